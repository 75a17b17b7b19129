"""An upload that is interrupted again and again, by kill -9 of the server and by a sender who
vanishes; and how much memory the web process has meanwhile.

    python -m tests.posters.interrupted --megabytes 200 --interruptions 10

prints how much was sent in all, whether it arrived bit for bit, and the memory.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.posters.contents import MP4_HEAD
from tests.recovery.service import ROOT, Service, wait_until

PIECE_BYTES = 1 << 18
RESET = struct.pack("ii", 1, 0)  # of SO_LINGER: close with a reset, as when a cable is pulled


@dataclass(frozen=True)
class Account:
    key: str
    secret: str


@dataclass
class Sent:
    """What it took, and what the web process had in memory, in megabytes."""

    bytes_sent: int = 0
    kills: int = 0
    vanished: int = 0
    before_mb: float = 0.0
    peaks_mb: list[float] = field(default_factory=list)


class Sender:
    """A tus client of thirty lines, against a service of real processes."""

    def __init__(self, service: Service, account: Account) -> None:
        self.service = service
        self.headers = {"Authorization": f"Bearer {account.key}", "Tus-Resumable": "1.0.0"}
        self.sent = Sent()

    def announce(self, path: Path) -> str:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        document = {"sha256": digest, "size_bytes": path.stat().st_size, "media_type": "video/mp4"}
        status, answer = self.service.request("POST", "/api/v1/uploads", document, **self.headers)
        assert status == 201, answer
        return f"/api/v1/uploads/{answer['id']}"

    def offset(self, where: str) -> int:
        connection = self._connection()
        connection.request("HEAD", where, headers=self.headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        return int(answer.headers["Upload-Offset"])

    def send(self, where: str, path: Path, *, from_offset: int, until: int) -> None:
        """From the offset to the end, unless ``until`` comes first: then the line stays open."""
        size = path.stat().st_size
        self.connection = connection = self._connection()
        connection.putrequest("PATCH", where)
        told = {
            **self.headers,
            "Upload-Offset": str(from_offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(size - from_offset),
        }
        for name, value in told.items():
            connection.putheader(name, value)
        connection.endheaders()
        with path.open("rb") as file:
            file.seek(from_offset)
            at = from_offset
            while at < until:
                piece = file.read(min(PIECE_BYTES, until - at))
                connection.send(piece)
                at += len(piece)
                self.sent.bytes_sent += len(piece)
        if until == size:
            answer = connection.getresponse()
            assert answer.status == 204, answer.read()

    def vanish(self) -> None:
        assert self.connection.sock is not None
        self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.sock.close()
        self.sent.vanished += 1

    def kill_server(self) -> None:
        self.service.kill("web")
        self.sent.kills += 1
        self.service.start("web")
        wait_until(self.service._live, "the web process answers again")

    def note_memory(self) -> None:
        self.sent.peaks_mb.append(memory_mb(self.service, "VmHWM"))

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=120)


@contextmanager
def web_alone(folder: Path, *, allowed: str = "") -> Iterator[tuple[Service, Account]]:
    """The web process, with a site's account; nobody who would look at what was sent."""
    service = Service(folder, redis=False, database=None)
    service.environment["CALLBACKS_ALLOWED_PRIVATE"] = allowed
    try:
        service._run("docker/release.sh")
        service.start("web")
        wait_until(service._live, "the web process answers", service.last_words)
        made = subprocess.run(
            [sys.executable, "manage.py", "make_site", "A site", "--contact", "a@b.example"],
            cwd=ROOT,
            env=service.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        yield service, Account(*re.findall(r"(?:dfc|whsec)_\S+", made.stdout))
    finally:
        service.kill_all()


def upload_interrupted(
    sender: Sender, path: Path, *, interruptions: int, seed: int = 1
) -> dict[str, Any]:
    """Interrupted at places drawn by chance, by turns on either side. The posting, at its end."""
    chance = random.Random(seed)
    where = sender.announce(path)
    size = path.stat().st_size
    places = sorted(chance.randrange(1, size) for _ in range(interruptions))
    sender.sent.before_mb = memory_mb(sender.service, "VmRSS")
    for turn, place in enumerate(places):
        offset = _reached(sender, where)
        if place > offset:
            sender.send(where, path, from_offset=offset, until=place)
        if turn % 2:
            sender.vanish() if place > offset else None
        else:
            sender.note_memory()
            sender.kill_server()
    sender.send(where, path, from_offset=_reached(sender, where), until=size)
    sender.note_memory()
    number = where.rpartition("/")[2]
    _, posting = sender.service.request("GET", f"/api/v1/postings/{number}", **sender.headers)
    return posting


def arrived(service: Service) -> list[str]:
    """The SHA-256 of everything in the store."""
    return [
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (service.folder / "store" / "work").iterdir()
    ]


def make_file(path: Path, size_bytes: int) -> str:
    """Begins like a video; the rest is chance, so that a byte in the wrong place shows."""
    chance = random.Random(size_bytes)
    with path.open("wb") as file:
        file.write(MP4_HEAD)
        left = size_bytes - len(MP4_HEAD)
        while left:
            left -= file.write(chance.randbytes(min(1 << 20, left)))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def memory_mb(service: Service, what: str) -> float:
    """Of the largest of the web's processes."""
    leader = service.processes["web"].pid
    found = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            text = status.read_text()
            if int(text.split("NSpgid:")[1].split()[0]) == leader and f"{what}:" in text:
                found.append(int(text.split(f"{what}:")[1].split()[0]) / 1024)
    return max(found)


def _reached(sender: Sender, where: str) -> int:
    """A server that has just lost its sender may still hold the upload for a moment."""
    before = -1
    while (now := sender.offset(where)) != before:
        before = now
        time.sleep(0.2)
    return now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--interruptions", type=int, default=10)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "upload.mp4"
        sha256 = make_file(path, wanted.megabytes * 1_000_000)
        with web_alone(Path(name) / "service") as (service, account):
            sender = Sender(service, account)
            posting = upload_interrupted(sender, path, interruptions=wanted.interruptions)
            told = {
                "state": posting["state"],
                "bit_for_bit": arrived(service) == [sha256],
                "sent_for_each_byte": round(sender.sent.bytes_sent / path.stat().st_size, 3),
                "killed": sender.sent.kills,
                "vanished": sender.sent.vanished,
                "memory_before_mb": round(sender.sent.before_mb, 1),
                "memory_peaks_mb": [round(peak, 1) for peak in sender.sent.peaks_mb],
            }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
