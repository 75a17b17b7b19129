"""How fast a plain file arrives through the guard, beside a bare download by urllib.

From the first word of the transfer to the last; what comes before and after it, the child, the
extraction and the inspection, is told as a row of its own.
"""

from __future__ import annotations

import tempfile
import time
import urllib.request
from pathlib import Path

from analysis.fetch.address import parse_address
from analysis.fetch.fetch_video import FetchProgress, fetch_video
from analysis.fetch.limits import FetchLimits
from tests.bench.measure import Comparison, Measured
from tests.fetch.site.media import make_video
from tests.fetch.site.server import HostileSite

_SIZE_BYTES = 20_000_000
_PIECE_BYTES = 64 * 1024


def measure(runs: int) -> list[Comparison]:
    bare, guarded = Measured("urllib", "mb_per_s"), Measured("guarded", "mb_per_s")
    whole, whole_bare = Measured("the whole fetch"), Measured("urllib")
    with tempfile.TemporaryDirectory() as folder:
        site = HostileSite(Path(folder))
        mp4 = make_video()
        # A box that players skip brings the file to its size.
        padding = _SIZE_BYTES - len(mp4)
        body = mp4 + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)
        site.routes["/large.mp4"] = lambda request: request.send(body)
        limits = FetchLimits(allowed_private=site.allowed)
        for _ in range(runs):
            bare_s = _bare(f"http://127.0.0.1:{site.port}/large.mp4", folder)
            transfer_s, whole_s = _guarded(site, Path(folder), limits)
            bare.values.append(_SIZE_BYTES / bare_s / 1e6)
            guarded.values.append(_SIZE_BYTES / transfer_s / 1e6)
            whole_bare.values.append(bare_s)
            whole.values.append(whole_s)
        site.close()
    return [
        Comparison("fetch", guarded, bare, "ours / other"),
        Comparison("fetch, whole", whole, whole_bare, "ours / other"),
    ]


def _bare(url: str, folder: str) -> float:
    began_at = time.perf_counter()
    with urllib.request.urlopen(url) as answer, (Path(folder) / "bare").open("wb") as file:
        while piece := answer.read(_PIECE_BYTES):
            file.write(piece)
    return time.perf_counter() - began_at


def _guarded(site: HostileSite, folder: Path, limits: FetchLimits) -> tuple[float, float]:
    """Seconds of the transfer, from the first word of it to the last, and of everything."""
    began_at = time.perf_counter()
    moments: list[float] = []

    def on_progress(progress: FetchProgress) -> None:
        if progress.stage == "downloading":
            moments.append(time.perf_counter())

    video = fetch_video(
        parse_address(f"{site.http}/large.mp4"),
        folder=folder,
        limits=limits,
        on_progress=on_progress,
        resolve=site.resolve,
    )
    video.discard()
    return moments[-1] - moments[0], time.perf_counter() - began_at
