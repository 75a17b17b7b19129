"""A URL becomes a local file within limits, or a VideoProblem.

    address -> guarded child (yt-dlp) -> file -> size, magic, container, streams -> FetchedVideo

The parent holds the clock, the budgets and the network; the child holds nothing but its folder.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from analysis import sandbox
from analysis.errors import AnalysisFault, VideoProblem
from analysis.fetch.address import CanonicalAddress
from analysis.fetch.inspect_file import NURSERY, FileFacts, inspect_file
from analysis.fetch.limits import MEBIBYTE, FetchLimits
from analysis.sandbox import (
    ChildDied,
    ChildRaised,
    Message,
    PublicNetwork,
    Sandbox,
    SandboxLimits,
)
from analysis.sandbox.broker import Resolve, resolve_by_system

log = logging.getLogger(__name__)

Stage = Literal["resolving", "downloading", "inspecting"]

_DOWNLOADER = "analysis.fetch.child"
_ENVIRONMENT = {"YTDLP_NO_PLUGINS": "1"}
_PREFIX = "fetch-"
_FILE = "video"
_CONNECTIONS_BESIDES_SEGMENTS = 200
# A segment lies on disk twice for a moment: in its own file and in the whole.
_ROOM_FOR_PARTS = 1.25
_FILES_BESIDES_SEGMENTS = 10


@dataclass(frozen=True, slots=True)
class FetchProgress:
    stage: Stage
    received_bytes: int = 0
    total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FetchedVideo:
    """The file is the caller's to delete, with its folder: ``discard`` does both.

    ``platform`` and ``platform_id`` are what yt-dlp found, which can be more than the address says;
    the id is empty for a plain file or page.
    """

    path: Path
    facts: FileFacts
    title: str
    platform: str
    platform_id: str
    webpage_url: str

    @property
    def sha256(self) -> str:
        return self.facts.sha256

    @property
    def size_bytes(self) -> int:
        return self.facts.size_bytes

    @property
    def duration_s(self) -> float | None:
        return self.facts.duration_s

    def discard(self) -> None:
        shutil.rmtree(self.path.parent, ignore_errors=True)


def fetch_video(
    address: CanonicalAddress,
    *,
    folder: Path,
    limits: FetchLimits,
    on_progress: Callable[[FetchProgress], None] = lambda progress: None,
    resolve: Resolve = resolve_by_system,
) -> FetchedVideo:
    """Fetch into a new folder inside ``folder``; nothing is left there unless it succeeds.

    ``on_progress`` is called at least four times a second. What it raises ends the fetch at once.
    """
    with _private_folder(folder) as own:
        target = own / _FILE
        found = _download(address, target, limits, on_progress, resolve)
        on_progress(FetchProgress("inspecting"))
        facts = inspect_file(
            target, limits, on_tick=lambda: on_progress(FetchProgress("inspecting"))
        )
        return FetchedVideo(
            path=target,
            facts=facts,
            title=str(found["title"]),
            platform=str(found["platform"]) or address.platform,
            platform_id=str(found["platform_id"]),
            webpage_url=str(found["webpage_url"]),
        )


def make_ready() -> None:
    """Begin to load what fetching needs, before the first person waits for it."""
    sandbox.make_ready(_DOWNLOADER, environment=_ENVIRONMENT, threads=False)
    sandbox.make_ready(NURSERY, threads=True)


def _download(
    address: CanonicalAddress,
    target: Path,
    limits: FetchLimits,
    on_progress: Callable[[FetchProgress], None],
    resolve: Resolve,
) -> dict[str, Any]:
    budget = _Budget(limits, target.parent)
    with _child(address, target, limits, resolve) as child:
        try:
            on_progress(budget.progress)
            for message in child.messages():
                budget.account(message)
                on_progress(budget.progress)
        except VideoProblem as problem:
            log.info("fetch of %s: %s", address.platform, problem)
            if child.blocked:
                raise VideoProblem("link.blocked_address", child.blocked[-1]) from problem
            raise
        except ChildDied as death:
            raise _problem_of_death(death, child) from death
        except ChildRaised as error:
            raise _problem_of_raised(error, child) from error
    if not isinstance(child.result, dict) or not target.is_file():
        raise VideoProblem("content.unavailable", "the download ended without a file")
    return child.result


class _Budget:
    """What the parent holds a download to, besides its wall clock.

    Time and disk are what it sees for itself; how much was received is the child's own word.
    """

    def __init__(self, limits: FetchLimits, folder: Path) -> None:
        self._limits = limits
        self._folder = folder
        self._began_at = time.monotonic()
        self._download_began_at: float | None = None
        self.progress = FetchProgress("resolving")

    def account(self, message: Message | None) -> None:
        now = time.monotonic()
        if message is not None and message.header.get("stage") == "downloading":
            if self._download_began_at is None:
                self._download_began_at = now
            total = message.header.get("total_bytes")
            self.progress = FetchProgress(
                "downloading",
                received_bytes=int(message.header.get("received_bytes") or 0),
                total_bytes=int(total) if isinstance(total, int | float) else None,
            )
        self._check_time(now)
        files, stored_bytes = _stored(self._folder)
        if files > self._limits.max_segments + _FILES_BESIDES_SEGMENTS:
            raise VideoProblem("content.too_long", f"{files} files on disk")
        if stored_bytes > self._limits.max_bytes * _ROOM_FOR_PARTS + MEBIBYTE:
            raise VideoProblem("content.too_large", f"{stored_bytes} bytes on disk")

    def _check_time(self, now: float) -> None:
        limits = self._limits
        if self._download_began_at is None:
            if now - self._began_at > limits.max_extraction_s:
                raise VideoProblem("service.timeout", "nothing to download was found in time")
            return
        took_s = now - self._download_began_at
        average = self.progress.received_bytes / took_s if took_s else 0.0
        if took_s > limits.slow_start_s and average < limits.min_average_bytes_per_s:
            raise VideoProblem("service.timeout", f"{average:.0f} bytes/s is too slow")


def _child(
    address: CanonicalAddress, target: Path, limits: FetchLimits, resolve: Resolve
) -> Sandbox:
    certificates = limits.trusted_certificates
    environment = dict(_ENVIRONMENT)
    if certificates is not None:
        environment["SSL_CERT_FILE"] = str(certificates.resolve())
    told = {
        name: value
        for name, value in asdict(limits).items()
        if name not in {"allowed_private", "proxy", "trusted_certificates"}
    }
    return Sandbox(
        f"{_DOWNLOADER}:fetch",
        {
            "url": address.url,
            "target": str(target),
            "limits": {**told, "own_certificates": certificates is not None},
        },
        folder=target.parent,
        readable=(certificates,) if certificates is not None else (),
        environment=environment,
        limits=SandboxLimits(
            wall_s=limits.max_wall_s,
            cpu_s=limits.max_processor_s,
            memory_bytes=limits.max_memory_bytes,
            file_bytes=limits.max_bytes + MEBIBYTE,
        ),
        network=PublicNetwork(
            allowed_private=limits.allowed_private,
            proxy=limits.proxy,
            max_connections=limits.max_segments + _CONNECTIONS_BESIDES_SEGMENTS,
            connect_timeout_s=limits.socket_timeout_s,
            resolve=resolve,
        ),
        warm=_DOWNLOADER,
    )


def _problem_of_death(death: ChildDied, child: Sandbox) -> Exception:
    if death.took_too_long:
        return VideoProblem("service.timeout", str(death))
    if death.reason == "memory":
        return VideoProblem("content.too_large", "the site's answer does not fit into memory")
    return AnalysisFault(f"fetching child: {death}; {child.stderr_tail[-1000:]}")


def _problem_of_raised(error: ChildRaised, child: Sandbox) -> Exception:
    if child.blocked:
        return VideoProblem("link.blocked_address", child.blocked[-1])
    return AnalysisFault(f"fetching child: {error}; {child.stderr_tail[-1000:]}")


def _stored(folder: Path) -> tuple[int, int]:
    """How many files, and their bytes: all there are, since the sandbox makes no folder in this one
    and leaves no file without a name."""
    with os.scandir(folder) as entries:
        files = [entry.stat(follow_symlinks=False) for entry in entries]
    # Blocks that were only set aside do not count as its size.
    return len(files), sum(max(file.st_size, 512 * file.st_blocks) for file in files)


@contextmanager
def _private_folder(folder: Path) -> Iterator[Path]:
    """A new folder, deleted unless the work succeeds."""
    own = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder)).resolve()
    try:
        yield own
    except BaseException:
        shutil.rmtree(own, ignore_errors=True)
        raise
