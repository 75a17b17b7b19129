"""One known verdict in a real server, and a client that costs as little as a client can.

Kinds of request take turns, a third of a second each, so that whatever else the machine does meets
all alike.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tests import leash
from tests.bench.clips import ROOT
from tests.bench.measure import Measured

CONNECTIONS = 4
TURN_S = 0.33


@dataclass(frozen=True)
class Served:
    """One value a turn: answers a second, and the wait that one in a hundred exceeds."""

    per_s: Measured
    p99_ms: Measured


def served(requests: Callable[[str, str], dict[str, bytes]], *, turns: int) -> dict[str, Served]:
    """For each of ``requests(url, check)`` by its name."""
    with known_verdict() as (port, url, number):
        asked = requests(url, number)
        measured = {
            name: Served(Measured(name, "per_s"), Measured(name, "p99_ms")) for name in asked
        }
        for request in asked.values():
            take_turn(port, request, TURN_S * 3)
        for _ in range(turns):
            for name, request in asked.items():
                per_s, p99_ms = take_turn(port, request, TURN_S)
                measured[name].per_s.values.append(per_s)
                measured[name].p99_ms.values.append(p99_ms)
    return measured


@contextmanager
def known_verdict() -> Iterator[tuple[int, str, str]]:
    """The port of a server, an address that it knows the verdict of, and the check's number."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.bare_site"
    import django

    django.setup()
    from django.conf import settings

    try:
        url, number = put_verdict(Path(settings.VAR_DIR), Path(settings.BUNDLE))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = leash.start(
            [sys.executable, "-m", "gunicorn", "--config", "docker/gunicorn.py",
             "detector_service.wsgi"],
            cwd=ROOT,
            env={**os.environ, "BIND": f"127.0.0.1:{port}", "WEB_PROCESSES": "1",
                 "WEB_THREADS": "8", "VAR_DIR": str(settings.VAR_DIR)},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(port, server)
            yield port, url, number
        finally:
            server.terminate()
            server.wait(30)
    finally:
        shutil.rmtree(settings.VAR_DIR, ignore_errors=True)


def put_verdict(var_dir: Path, bundle: Path) -> tuple[str, str]:
    """A finished check of one address, with two faces of a hundred moments each."""
    from dataclasses import replace

    from django.core.management import call_command
    from django.utils import timezone

    from analysis.fetch.address import parse_address, url_hash
    from analysis.models.bundles import BUNDLES, DEFAULT_BUNDLE
    from detector_service.checks.models import Address, Check
    from tests.api.conftest import BUNDLE, URL, put_finding, seen

    bundle.mkdir()
    card = json.loads((BUNDLES / DEFAULT_BUNDLE / "card.json").read_text(encoding="utf-8"))
    (bundle / "card.json").write_text(json.dumps({**card, "version": BUNDLE}))
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
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


def take_turn(port: int, request: bytes, seconds: float) -> tuple[float, float]:
    """Answers a second, and how many milliseconds one in a hundred takes or more."""
    ends_at = time.perf_counter() + seconds
    waits_s: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    refused: list[str] = []

    def keep_asking(asker: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (asked_at := time.perf_counter()) < ends_at:
                said = ask(connection, request)
                if said is not None:
                    refused.append(said)
                    return
                waits_s[asker].append(time.perf_counter() - asked_at)

    began_at = time.perf_counter()
    askers = [threading.Thread(target=keep_asking, args=(n,)) for n in range(CONNECTIONS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    if refused:
        raise SystemExit(refused[0])
    took_s = time.perf_counter() - began_at
    waited_s = sorted(chain.from_iterable(waits_s))
    return len(waited_s) / took_s, 1000 * waited_s[len(waited_s) * 99 // 100]


def ask(connection: socket.socket, request: bytes) -> str | None:
    """What was said if it was no 200. As little work as a client can do: it shares the processor
    with the server."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1 << 16)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        return head.decode()
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    got = len(body)
    while got < length:
        got += len(connection.recv(1 << 16))
    return None


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
