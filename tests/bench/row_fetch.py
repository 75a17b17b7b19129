"""How fast a plain file of 20 MB arrives, beside a bare download by urllib.

First the transfer alone, for as long as the site is busy with it, over the loopback: what the guard
does to the flow of bytes. Then the whole fetch, from the address to the inspected file, over the
loopback, where there is nothing to wait for and its fixed cost is all that one sees, and at the
pace of two links that a server can have.

Each writes a file that was not there, into memory that the kernel has at hand: a virtual machine
gives what lies idle for a second or two back to its host, and whoever comes next pays for that.
"""

from __future__ import annotations

import tempfile
import time
import urllib.request
from pathlib import Path

from analysis.fetch import fetch_video as fetching
from analysis.fetch.address import parse_address
from analysis.fetch.limits import FetchLimits
from tests.bench.measure import Comparison, Measured
from tests.bench.paced_site import serving, took_s
from tests.fetch.site.media import make_video

SIZE_BYTES = 20_000_000
_PIECE_BYTES = 64 * 1024
_FIRST_ROUNDS = 3
_LINKS = {0: "loopback", 1000: "1 Gbit/s", 100: "100 Mbit/s"}


def measure(runs: int) -> list[Comparison]:
    busy = {ours: Measured(what, "mb_per_s") for ours, what in _NAMES.items()}
    whole = {link: {ours: Measured(what, "mb_per_s") for ours, what in _NAMES.items()}
             for link in _LINKS}  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = _video(folder / "video")
        with serving(file) as port:
            for link in _LINKS:
                for run in range(runs + _FIRST_ROUNDS):
                    for ours, download in ((False, _bare), (True, _guarded)):
                        _have_memory_at_hand(folder)
                        seconds = download(f"http://127.0.0.1:{port}/{link}/video.mp4", folder)
                        if run < _FIRST_ROUNDS:  # they warm what a worker has warm
                            continue
                        whole[link][ours].values.append(SIZE_BYTES / seconds / 1e6)
                        if not link:
                            busy[ours].values.append(SIZE_BYTES / took_s(port) / 1e6)
    return [
        Comparison("fetch", busy[True], busy[False], "ours / other", "at least 0.8"),
        *(
            Comparison(f"fetch, whole, {name}", whole[link][True], whole[link][False],
                       "ours / other", "at least 0.8" if link else "")
            for link, name in _LINKS.items()
        ),
    ]  # fmt: skip


_NAMES = {True: "guarded", False: "urllib"}


def _video(path: Path) -> Path:
    """A small one, and a box that players skip to bring it to its size."""
    mp4 = make_video()
    padding = SIZE_BYTES - len(mp4)
    path.write_bytes(mp4 + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    return path


def _have_memory_at_hand(folder: Path) -> None:
    path = folder / "passing"
    with path.open("xb") as file:
        for _ in range(10):
            file.write(bytes(SIZE_BYTES))
    path.unlink()


def _bare(url: str, folder: Path) -> float:
    path = folder / "bare"
    began_at = time.perf_counter()
    with urllib.request.urlopen(url) as answer, path.open("xb") as file:
        while piece := answer.read(_PIECE_BYTES):
            file.write(piece)
    seconds = time.perf_counter() - began_at
    path.unlink()
    return seconds


def _guarded(url: str, folder: Path) -> float:
    address = parse_address(url)
    limits = FetchLimits(allowed_private=(url.split("/")[2],))
    began_at = time.perf_counter()
    video = fetching.fetch_video(address, folder=folder, limits=limits)
    seconds = time.perf_counter() - began_at
    video.discard()
    return seconds
