"""What a file from outside is, found out before anything else touches it.

The same for a fetched file and for an upload: size, magic, then container and streams in a guarded
child that may read this one file and nothing else.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.errors import VideoProblem
from analysis.fetch.limits import FetchLimits
from analysis.sandbox import ChildDied, ChildRaised, Sandbox, SandboxLimits

_MAGIC_BYTES = 1024
_ISO_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"free", b"skip", b"wide"})
_TRANSPORT_PACKET_BYTES = 188
_BEGINNINGS = {
    b"\x1aE\xdf\xa3": "matroska",
    b"FLV\x01": "flv",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
    b"OggS": "ogg",
    b"\x00\x00\x01\xba": "mpeg",
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}
_MEMORY_BYTES = 1536 * 1024 * 1024
_WALL_S = 60.0
_SILENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class FileFacts:
    """``kind`` is "video" or "picture"; ``duration_s`` and ``frames`` were counted."""

    size_bytes: int
    sha256: str
    kind: str
    container: str
    codec: str
    width_px: int
    height_px: int
    duration_s: float | None
    frames: int
    streams: int


def inspect_file(
    path: Path, limits: FetchLimits, *, on_tick: Callable[[], None] = lambda: None
) -> FileFacts:
    """The facts, or a VideoProblem. ``on_tick`` is called four times a second and may raise."""
    size_bytes = _size_within(path, limits)
    magic_of(path)
    path = path.resolve()
    child = Sandbox(
        "analysis.fetch.inspect_child:inspect",
        {"path": str(path), "limits": _numbers(limits)},
        readable=(path,),
        limits=SandboxLimits(
            wall_s=_WALL_S,
            silence_s=_SILENCE_S,
            cpu_s=int(_WALL_S),
            memory_bytes=_MEMORY_BYTES,
            threads=True,
        ),
    )
    with child:
        try:
            for _ in child.messages():
                on_tick()
        except ChildDied as death:
            raise VideoProblem("content.corrupt", f"decoder: {death}") from death
        except ChildRaised as error:
            raise VideoProblem("content.corrupt", f"decoder: {error}") from error
    return FileFacts(size_bytes=size_bytes, sha256=_sha256(path, on_tick), **child.result)


def magic_of(path: Path) -> str:
    """The family that the first bytes belong to, whatever the name says."""
    with path.open("rb") as file:
        head = file.read(_MAGIC_BYTES)
    if head[4:8] in _ISO_BOXES:
        return "iso"
    if head[:4] == b"RIFF" and head[8:12] in {b"AVI ", b"WEBP"}:
        return "avi" if head[8:12] == b"AVI " else "webp"
    if head[:1] == b"G" and head[_TRANSPORT_PACKET_BYTES:][:1] == b"G":
        return "mpegts"
    for beginning, name in _BEGINNINGS.items():
        if head.startswith(beginning):
            return name
    raise VideoProblem("content.corrupt", f"begins with {head[:16]!r}")


def _size_within(path: Path, limits: FetchLimits) -> int:
    try:
        status = path.lstat()
    except OSError as error:
        raise VideoProblem("content.corrupt", f"cannot be read: {error}") from error
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        raise VideoProblem("content.corrupt", "empty or not a plain file")
    if status.st_size > limits.max_bytes:
        raise VideoProblem("content.too_large", f"{status.st_size} bytes")
    return status.st_size


def _numbers(limits: FetchLimits) -> dict[str, int | float]:
    return {
        name: value
        for name, value in asdict(limits).items()
        if name.startswith("max_") and isinstance(value, int | float)
    }


def _sha256(path: Path, on_tick: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(16 * 1024 * 1024):
            digest.update(piece)
            on_tick()
    return digest.hexdigest()
