"""How long a look takes at a thousand and at a hundred times, or a thousand times, as many.

    python -m tests.review.bench_review

In a database of its own, thrown away. Prints the median and the slowest of each.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print("matcher, one frame: median and slowest ms")
    for frames in (1_000, 1_000_000):
        print(f"{frames:>10,}  {told(time_frames(frames))}")
    print("queue page: median and slowest ms")
    for cases in (1_000, 100_000):
        make_cases(cases)
        print(f"{cases:>10,}  {told(time_queue())}")


def time_frames(count: int) -> list[float]:
    from detector_service.review.matching import FrameIndex

    numbers = np.random.default_rng(1)
    hashes = numbers.integers(0, 256, (count, 32), dtype=np.uint8)
    index = FrameIndex(hashes, np.arange(count) // 60)
    looked_for = [hashes[at].copy() for at in numbers.integers(0, count, 300)]
    for frame in looked_for:
        frame[:3] ^= 0xFF  # 24 of 256 bits
        assert index.owners_of(frame)
    return [timed(lambda frame=frame: index.owners_of(frame)) for frame in looked_for]


def make_cases(count: int) -> None:
    from detector_service.checks.models import Finding, Video
    from detector_service.review.models import Case, CaseReason
    from tests.pages.checks import seen

    document = seen().to_document()
    have = Video.objects.count()
    for begin in range(have, count, 5000):
        span = range(begin, min(begin + 5000, count))
        videos = Video.objects.bulk_create(
            Video(sha256=f"{number:064x}", size_bytes=1) for number in span
        )
        Finding.objects.bulk_create(
            Finding(
                video=video,
                bundle="toy-0123456789ab",
                outcome="likely_manipulated",
                fake_probability=0.9,
                document=document if video.pk <= 30 else {},
                evidence_folder="e",
            )
            for video in videos
        )
        cases = Case.objects.bulk_create(
            Case(
                video=video,
                outcome="likely_manipulated",
                # Those with a whole document are the ones that the page shows.
                priority=random.random() + (10 if video.pk <= 30 else 0),
            )
            for video in videos
        )
        CaseReason.objects.bulk_create(CaseReason(case=case, kind="score") for case in cases)


def time_queue() -> list[float]:
    from django.contrib.auth.models import User
    from django.test import Client

    user, _ = User.objects.get_or_create(username="root", is_superuser=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    client.get("/admin/review/case/")
    return [timed(lambda: client.get("/admin/review/case/")) for _ in range(15)]


def timed(do: Callable[[], object]) -> float:
    begin = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - begin)


def told(times_ms: list[float]) -> str:
    return f"{statistics.median(times_ms):8.2f}  {max(times_ms):8.2f}"


if __name__ == "__main__":
    sys.exit(main())
