"""How long a look takes at a thousand and at a hundred times, or a thousand times, as many.

    python -m tests.review.bench_review

In a database of its own, thrown away. Prints the median and the slowest of each, in
milliseconds of the processor, so that a busy machine changes little.
"""

from __future__ import annotations

import json
import os
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
    """Straight into SQLite; only what the page shows has a whole document."""
    from django.db import connection

    from tests.pages.checks import seen

    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT (SELECT count(*) FROM checks_video) + 1"
        f" UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
    )
    with connection.cursor() as cursor:
        for into in (
            "checks_video (id, sha256, size_bytes, first_seen_at, kept_file, verdict_version)"
            " SELECT i, printf('%%064x', i), 1, '2026-01-01', '', 0",
            "checks_finding (id, video_id, bundle, outcome, reason, fake_probability, document,"
            " evidence_folder, created_at) SELECT i, i, 'toy', 'likely_manipulated', '', 0.9,"
            " CASE WHEN i <= 30 THEN %s ELSE '{}' END, 'e', '2026-01-01'",
            "review_case (id, video_id, state, version, priority, outcome, fake_probability,"
            " reach, blind, opened_at) SELECT i, i, 'open', 0,"
            " CASE WHEN i <= 30 THEN 100 ELSE abs(random() %% 90) END,"
            " 'likely_manipulated', 0.9, 0, 0, '2026-01-01'",
            "review_casereason (id, case_id, kind, created_at) SELECT i, i, 'score', '2026-01-01'",
        ):
            table = into.split(" ", 1)[0]
            start = numbers.replace("checks_video", table)
            document = [json.dumps(seen().to_document())] if "checks_finding" in into else []
            cursor.execute(
                f"INSERT INTO {into} FROM n".replace("INSERT", start + "INSERT", 1), document
            )
        cursor.execute("ANALYZE")


def time_queue() -> list[float]:
    from django.contrib.auth.models import User
    from django.test import Client

    user, _ = User.objects.get_or_create(username="root", is_superuser=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    client.get("/admin/review/case/")
    return [timed(lambda: client.get("/admin/review/case/")) for _ in range(15)]


def timed(do: Callable[[], object]) -> float:
    begin = time.process_time()
    do()
    return 1000 * (time.process_time() - begin)


def told(times_ms: list[float]) -> str:
    return f"{statistics.median(times_ms):8.2f}  {max(times_ms):8.2f}"


if __name__ == "__main__":
    sys.exit(main())
