"""Through the whole service: the first request, the same address again, the same bytes elsewhere.

Each run asks for bytes that the service has never seen: the clip and a box that players skip.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.clips import clip
from tests.bench.measure import Comparison, Measured
from tests.bench.service import serving, started


def measure(runs: int) -> list[Comparison]:
    first = Measured("first request to verdict")
    same = Measured("the same address again")
    elsewhere = Measured("the same bytes at another address")
    original = clip().read_bytes()
    with (
        tempfile.TemporaryDirectory() as name,
        serving(Path(name)) as site,
        started(may_fetch_from=site) as service,
    ):
        for number in range(runs + 1):
            video = Path(name) / f"{number}.mp4"
            box = number.to_bytes(8, "big")
            video.write_bytes(original + (len(box) + 8).to_bytes(4, "big") + b"free" + box)
            address = f"http://{site}/{video.name}"
            for measured, url in (
                (first, address),
                (same, address),
                (elsewhere, f"{address}?from=elsewhere"),
            ):
                began_at = time.perf_counter()
                service.check(url)
                if number:  # the first round warms what a worker warms late
                    measured.values.append(time.perf_counter() - began_at)
    return [
        Comparison("again", same, first, "other / ours"),
        Comparison("again, elsewhere", elsewhere, first, "other / ours"),
    ]
