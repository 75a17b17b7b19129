"""How long a look takes at a thousand and at a hundred times, or a thousand times, as many.

    make bench ROW=review

In a database of its own, thrown away, in seconds of the processor: a busy machine changes little.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

import numpy as np

FRAMES_OF_A_VIDEO = 60


def measure() -> dict[str, list[float]]:
    """By what was done, in seconds."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.core.management import call_command

    django.setup()
    from detector_service.checks.models import Video

    call_command("migrate", verbosity=0)
    measured = {f"matcher {frames}": time_matcher(frames) for frames in (1_000, 1_000_000)}
    Video.objects.all().delete()
    for cases in (1_000, 100_000):
        make_cases(cases)
        measured[f"queue {cases}"] = time_queue()
    measured["told"] = time_telling()
    return measured


def time_matcher(frames: int) -> list[float]:
    """A video of 60 frames is looked up: every second one is a copy with 24 bits changed a frame.

    From its hashes to what it looks like, the database included.
    """
    from django.db import transaction

    from detector_service.checks.models import Video
    from detector_service.review import matching
    from detector_service.review.models import VideoPrint

    numbers = np.random.default_rng(1)
    begin = Video.objects.count()
    videos = [
        Video(pk=1_000_000 + at, sha256=f"m{at:063x}", size_bytes=1)
        for at in range(begin, frames // FRAMES_OF_A_VIDEO)
    ]
    hashes = numbers.integers(0, 256, (len(videos), FRAMES_OF_A_VIDEO, 32), dtype=np.uint8)
    with transaction.atomic():
        Video.objects.bulk_create(videos, batch_size=500)
        VideoPrint.objects.bulk_create(
            (
                VideoPrint(video=video, hashes=film.tobytes(), frames=FRAMES_OF_A_VIDEO)
                for video, film in zip(videos, hashes, strict=True)
            ),
            batch_size=500,
        )
    numbered = VideoPrint.objects.order_by("pk")
    rows = [numbered[int(at)] for at in numbers.integers(0, numbered.count(), 60)]
    looked_for = []
    for at, row in enumerate(rows):
        film = matching.unpacked(row.hashes).copy()
        if at % 2:
            film = numbers.integers(0, 256, film.shape, dtype=np.uint8)
        film[:, :3] ^= 0xFF  # 24 of 256 bits
        looked_for.append(VideoPrint(video_id=0, hashes=film.tobytes(), frames=len(film)))
    found = [len(list(matching._alike(each))) for each in looked_for]  # the first builds the index
    assert found == [(at + 1) % 2 for at in range(len(rows))]
    return [timed(lambda each=each: list(matching._alike(each))) for each in looked_for]


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


ASKED_EVERY_S = 0.02


def time_telling() -> list[float]:
    """From the end of the time to undo until a new request is told, with no worker anywhere."""
    from datetime import timedelta

    from django.test import Client
    from django.utils import timezone

    from analysis.finding import Outcome
    from detector_service.checks.overrides import plan_override
    from tests.pages.checks import finished_check

    client, waited = Client(SERVER_NAME="localhost"), []
    for number in range(10):
        check = finished_check(sha256=f"{number:064x}", url=f"https://video.example/t?v={number}")
        client.get(f"/api/v1/checks/{check.public_id}")  # what is loaded once is loaded now
        due = timezone.now() + timedelta(seconds=0.3)
        assert check.video is not None
        plan_override(
            check.video, outcome=Outcome.INCONCLUSIVE, public_reason="x", effective_at=due
        )
        told = ""
        while told != Outcome.INCONCLUSIVE:
            time.sleep(ASKED_EVERY_S)  # faster, and the service turns the asker away
            answer = client.get(f"/api/v1/checks/{check.public_id}").json()
            told = answer["verdict"]["outcome"]
        waited.append((timezone.now() - due).total_seconds())
    return waited


def timed(do: Callable[[], object]) -> float:
    begin = time.process_time()
    do()
    return time.process_time() - begin
