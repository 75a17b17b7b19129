"""What a file from outside is, found out before anything else touches it.

The same for a fetched file and for an upload: size, magic, then container and streams in a guarded
child that may read this one file and nothing else.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.errors import VideoProblem
from analysis.fetch.limits import FetchLimits
from analysis.fetch.magic import family_of
from analysis.media.death import problem_of_death
from analysis.sandbox import ChildDied, ChildRaised, Sandbox, SandboxLimits

NURSERY = "analysis.media.decode_child"  # has imported nearly all of what the inspection needs
_MAGIC_BYTES = 1024
_MEMORY_BYTES = 1536 * 1024 * 1024
_WALL_S = 60.0
_SILENCE_S = 20.0
_TICK_S = 0.25
# Hashed while it still lies in the processor's cache: half as long again without.
_HASHED_BYTES = 256 * 1024


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
    _check_magic(path)
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
        warm=NURSERY,
    )
    on_tick()
    digest = _Digest(path)
    with ThreadPoolExecutor(1, "hash") as hasher:
        hashed = hasher.submit(digest.of_all)
        try:
            with child:
                for _ in child.messages():
                    on_tick()
            while not hashed.done():
                on_tick()
                wait([hashed], timeout=_TICK_S)
        except ChildDied as death:
            raise problem_of_death(death) from death
        except ChildRaised as error:
            raise VideoProblem("content.corrupt", f"decoder: {error}") from error
        finally:
            digest.stopped = True
    return FileFacts(size_bytes=size_bytes, sha256=hashed.result(), **child.result)


def _check_magic(path: Path) -> None:
    """Whatever the name says."""
    with path.open("rb") as file:
        head = file.read(_MAGIC_BYTES)
    if family_of(head) is None:
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


class _Digest:
    """SHA-256 of a file, in a thread, for as long as anybody wants it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.stopped = False

    def of_all(self) -> str:
        digest = hashlib.sha256()
        with self._path.open("rb") as file:
            while not self.stopped and (piece := file.read(_HASHED_BYTES)):
                digest.update(piece)
        return digest.hexdigest()
