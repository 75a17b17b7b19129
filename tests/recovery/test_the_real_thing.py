"""The whole service as ``make run`` starts it, with the real engine and a real video."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import leash
from tests.recovery.service import ROOT, free_port, wait_until

SAMPLES = ROOT / "analysis" / "samples"
VIDEO = SAMPLES / "untouched.mp4"
UNDER_WAY = {"queued", "fetching", "analysing"}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A site that serves the samples; the only private address that may be fetched from."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SAMPLES))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def started(site: str, tmp_path_factory: Any) -> Iterator[tuple[subprocess.Popen[str], str]]:
    folder, port = tmp_path_factory.mktemp("real"), free_port()
    with (folder / "out").open("w") as out:
        process = leash.start(
            ["docker/embedded.sh"],
            cwd=ROOT,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(folder),
                "VAR_DIR": str(folder / "var"),
                "PORT": str(port),
                "FETCH_ALLOWED_PRIVATE": site,
                "THREADS": "2",
            },
            stdout=out,
            stderr=subprocess.STDOUT,
            # Whoever runs the tests in the background runs them with Ctrl-C ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            text=True,
        )
    try:
        said = wait_until(
            lambda: (
                re.search(r"is ready: +(\S+)", (folder / "out").read_text())
                or process.poll() is not None
            ),
            "the service says that it is ready",
            (folder / "out").read_text,
        )
        assert said is not True, (folder / "out").read_text()
        yield process, said.group(1)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answer_to(request: urllib.request.Request | str) -> dict[str, Any]:
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def ended(check: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = wait_until(
        lambda: (now := answer_to(check["links"]["self"]))["state"] not in UNDER_WAY and now,
        f"check {check['id']} ends",
    )
    return found


def test_a_link_becomes_a_verdict_with_pictures_and_the_same_bytes_are_known(
    started: Any, site: str
) -> None:
    _, address = started
    asked = answer_to(
        urllib.request.Request(
            f"{address}/api/v1/checks",
            data=json.dumps({"url": f"http://{site}/{VIDEO.name}"}).encode(),
            headers={"Content-Type": "application/json"},
        )
    )
    check = ended(asked)
    assert check["state"] == "done", check
    verdict = check["verdict"]
    assert verdict["media"]["codec"] == "h264" and verdict["counts"]["faces_seen"] > 0
    picture = verdict["tracks"][0]["strip"][0]["url"]
    with urllib.request.urlopen(picture, timeout=60) as answer:
        assert answer.headers["Content-Type"] == "image/webp" and answer.read(4) == b"RIFF"

    boundary = "a-boundary"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="mine.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    ).encode() + VIDEO.read_bytes()
    uploaded = answer_to(
        urllib.request.Request(
            f"{address}/api/v1/checks",
            data=body + f"\r\n--{boundary}--\r\n".encode(),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
    )
    assert uploaded["state"] == "done", "known bytes were not known"
    assert uploaded["verdict"]["fake_probability"] == verdict["fake_probability"]


def test_a_picture_that_is_no_video_fails_with_a_reason_and_no_verdict(
    started: Any, site: str
) -> None:
    _, address = started
    asked = answer_to(
        urllib.request.Request(
            f"{address}/api/v1/checks",
            data=json.dumps({"url": f"http://{site}/ATTRIBUTION.md"}).encode(),
            headers={"Content-Type": "application/json"},
        )
    )
    check = ended(asked)
    assert check["state"] == "failed" and check["verdict"] is None
    assert check["problem"]["code"] in {"link.not_a_video", "content.corrupt"}


def test_stopping_it_leaves_no_process_behind(started: Any) -> None:
    process, _ = started
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=180) == 0
    left = subprocess.run(
        ["ps", "-o", "pid=,args=", "-s", str(process.pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    # Where nothing reaps orphans, as in some containers, the dead still have a name.
    assert [line for line in left.stdout.splitlines() if "<defunct>" not in line] == []
