"""Wait until web and workers answer, then say how to use them and how to stop."""

from __future__ import annotations

import json
import socket
import sys
import time
import urllib.error
import urllib.request

PATIENCE_S = 180
# Of this machine itself, also where it has a proxy for all others.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

READY = """
  Deepfake Check is ready:  {public_url}

  Try it:  curl -F file=@video.mp4 {public_url}/api/v1/checks
           curl -H 'Content-Type: application/json' -d '{{"url": "https://..."}}' \\
                {public_url}/api/v1/checks
  Stop:    Ctrl-C
"""


def main() -> int:
    if sys.argv[1] == "--port-is-free":
        return _port_is_free(sys.argv[2])
    return _wait(inside=sys.argv[1], public_url=sys.argv[2])


def _port_is_free(bind: str) -> int:
    host, _, port = bind.rpartition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return _refuse(f"A port is a number from 1 to 65535, and not {port!r}: make run PORT=8000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            another = int(port) + 1 if int(port) < 65535 else 8000
            return _refuse(
                f"{bind} cannot be used ({error.strerror}). Choose another port: "
                f"make run PORT={another}"
            )
    return 0


def _refuse(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


def _wait(*, inside: str, public_url: str) -> int:
    said = "nothing"
    question = urllib.request.Request(
        f"{inside}/api/v1/health/ready", headers={"Host": "localhost"}
    )
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with OPENER.open(question, timeout=10) as answer:
                json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:1000]
        except OSError as error:
            said = str(error)
        else:
            sys.stdout.write(READY.format(public_url=public_url) + "\n")
            sys.stdout.flush()
            return 0
        time.sleep(0.3)
    sys.stderr.write(f"Not ready after {PATIENCE_S} s. It last said: {said}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
