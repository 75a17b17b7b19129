"""How quick is a verdict that is known, against a view that does nothing, in the same server?

    python -m tests.api.bench_cached_verdict [seconds for each]

Three kinds of request take turns, a third of a second each, so that whatever else the machine does
meets all three alike. Ends with 1 if a known verdict comes at less than half the rate of the bare
view, or with a 99th percentile of three times its own.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.api.bench_site"
CONNECTIONS = 4
TURN_S = 0.33


@dataclass
class Measured:
    name: str
    request: bytes
    took_s: list[float] = field(default_factory=list)
    turns_s: float = 0.0

    @property
    def per_s(self) -> float:
        return len(self.took_s) / self.turns_s

    def percentile_ms(self, share: float) -> float:
        return sorted(self.took_s)[int(len(self.took_s) * share)] * 1000


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    import django

    django.setup()
    from django.conf import settings

    try:
        url, number = put_verdict(Path(settings.VAR_DIR), Path(settings.BUNDLE))
        return measure(url, number, seconds=seconds)
    finally:
        shutil.rmtree(settings.VAR_DIR, ignore_errors=True)


def put_verdict(var_dir: Path, bundle: Path) -> tuple[str, str]:
    """A finished check of one address, with two faces of a hundred moments each."""
    from dataclasses import replace

    from django.core.management import call_command
    from django.utils import timezone

    from analysis.fetch.address import parse_address, url_hash
    from detector_service.checks.models import Address, Check
    from tests.api.conftest import BUNDLE, URL, put_finding, seen

    bundle.mkdir()
    card = {"schema": 1, "name": "toy", "version": BUNDLE}
    (bundle / "card.json").write_text(json.dumps(card))
    call_command("migrate", verbosity=0)
    what = seen()
    face = replace(what.tracks[0], timeline=what.tracks[0].timeline * 100)
    finding = put_finding(replace(what, tracks=(face, replace(face, number=2))), var_dir)
    place = parse_address(URL)
    now = timezone.now()
    address = Address.objects.create(
        key=place.key,
        key_sha256=url_hash(place.key),
        url=place.url,
        platform=place.platform,
        video=finding.video,
        fetched_at=now,
    )
    done = {"state": "done", "progress": 1.0, "finding": finding, "finished_at": now}
    check = Check.objects.create(address=address, video=finding.video, **done)
    return URL, check.public_id


def measure(url: str, number: str, *, seconds: float) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "docker/gunicorn.py",
         "detector_service.wsgi"],
        env={**os.environ, "BIND": f"127.0.0.1:{port}", "WEB_PROCESSES": "1", "WEB_THREADS": "8"},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(port, server)
        body = json.dumps({"url": url}).encode()
        bare = Measured("a view that does nothing", http("GET", "/bare"))
        known = [
            Measured("GET a known verdict", http("GET", f"/api/v1/checks/{number}")),
            Measured("POST a known address", http("POST", "/api/v1/checks", body)),
        ]
        for one in (bare, *known):
            take_turn(port, one, TURN_S * 3)
            one.took_s.clear()
            one.turns_s = 0.0
        while bare.turns_s < seconds:
            for one in (bare, *known):
                take_turn(port, one, TURN_S)
    finally:
        server.terminate()
        server.wait(30)
    return tell(bare, known)


def tell(bare: Measured, known: list[Measured]) -> int:
    print(f"{'':26}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}")
    for one in (bare, *known):
        p50, p99 = one.percentile_ms(0.5), one.percentile_ms(0.99)
        print(f"{one.name:26}{one.per_s:12.0f}{p50:10.2f}{p99:10.2f}")
    kept = True
    for one in known:
        rate = one.per_s / bare.per_s
        slower = one.percentile_ms(0.99) / bare.percentile_ms(0.99)
        kept = kept and rate >= 0.5 and slower < 3
        print(f"{one.name}: {rate:.2f} of its rate (at least 0.5), {slower:.2f} its p99 (under 3)")
    return 0 if kept else 1


def take_turn(port: int, one: Measured, seconds: float) -> None:
    ends_at = time.perf_counter() + seconds

    def keep_asking() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < ends_at:
                asked_at = time.perf_counter()
                ask(connection, one.request)
                one.took_s.append(time.perf_counter() - asked_at)

    began_at = time.perf_counter()
    askers = [threading.Thread(target=keep_asking) for _ in range(CONNECTIONS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    one.turns_s += time.perf_counter() - began_at


def ask(connection: socket.socket, request: bytes) -> None:
    """As little work as a client can do: it shares the processor with the server."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1 << 16)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(head.decode())
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    got = len(body)
    while got < length:
        got += len(connection.recv(1 << 16))


def http(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    return (head + "Content-Type: application/json\r\n\r\n").encode() + body


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise SystemExit("the server did not start")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


if __name__ == "__main__":
    raise SystemExit(main())
