"""How fast a plain file arrives through the guard, beside a bare download in the same run.

python -m tests.fetch.bench_throughput [megabytes]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from analysis.fetch.address import parse_address
from analysis.fetch.fetch_video import FetchProgress, fetch_video
from analysis.fetch.limits import FetchLimits
from tests.fetch.site.media import make_video
from tests.fetch.site.server import HostileSite, Request

RUNS = 5
_PIECE_BYTES = 64 * 1024


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    link_mb_per_s = float(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        site = HostileSite(Path(folder))
        mp4 = make_video()
        # A box that players skip brings the file to its size.
        padding = megabytes * 1_000_000 - len(mp4)
        body = mp4 + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)
        site.routes["/large.mp4"] = lambda request: _serve(request, body, link_mb_per_s)
        limits = FetchLimits(allowed_private=site.allowed)
        bare, guarded, whole = [], [], []
        for _ in range(RUNS):
            bare.append(len(body) / _bare(f"http://127.0.0.1:{site.port}/large.mp4", folder))
            transfer_s, whole_s = _guarded(site, Path(folder), limits)
            guarded.append(len(body) / transfer_s)
            whole.append(whole_s)
        site.close()
    slow, fast = statistics.median(guarded) / 1e6, statistics.median(bare) / 1e6
    print(f"{megabytes} MB, median of {RUNS}: urllib {fast:.0f} MB/s, guarded {slow:.0f} MB/s")
    print(f"guarded / urllib = {slow / fast:.0%}")
    print(
        f"whole fetch (child, extraction, download, inspection): {statistics.median(whole):.2f} s"
    )


def _serve(request: Request, body: bytes, link_mb_per_s: float | None) -> None:
    if link_mb_per_s is None:
        request.send(body)
        return
    request.send(b"", headers={"Content-Length": str(len(body))})
    began_at, view = time.perf_counter(), memoryview(body)
    for at in range(0, len(view), _PIECE_BYTES):
        due_s = at / (link_mb_per_s * 1e6) - (time.perf_counter() - began_at)
        if due_s > 0:
            time.sleep(due_s)
        request.wfile.write(view[at : at + _PIECE_BYTES])


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


if __name__ == "__main__":
    main()
