"""One check from claim to verdict, with the engine's doors replaced: what it fetches, what it lets
in, and what it sees. The doors themselves are opened in tests/recovery and tests/browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone

from analysis.errors import AnalysisFault, VideoProblem
from detector_service.checks import lifecycle, run_check, store
from detector_service.checks.asker import Asker
from detector_service.checks.models import Address, Check, Finding, Video
from detector_service.checks.queries import check_view, get_check
from detector_service.checks.signals import finding_made
from detector_service.checks.submit import submit_address, submit_upload
from tests.checks.conftest import known_finding
from tests.checks.engine import BYTES, SHA256, Engine

SAMPLES = Path(__file__).parents[2] / "analysis" / "samples"
inspect_in_a_child = run_check.inspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def check(asker: Asker) -> Check:
    return submit_address(url="https://example.com/v.mp4", asker=asker).check


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_address_becomes_a_finding_with_its_pictures_and_the_video_is_gone(
    engine: Engine, check: Check, run: Any, settings: Any
) -> None:
    run(check)
    assert check.state == Check.State.DONE and check.problem_code == ""
    finding = Finding.objects.get()
    assert (finding.video.sha256, finding.bundle) == (SHA256, "toy-1")
    assert finding.video.verdict_version == 1
    assert files_in(settings.STORE_DIR) == [f"{finding.evidence_folder}/face.webp"]
    assert files_in(settings.SCRATCH_DIR) == []
    address = Address.objects.get()
    assert (address.video, address.title) == (finding.video, "A title")


def test_a_verdict_keeps_the_title_of_what_it_was_found_in(
    engine: Engine, check: Check, run: Any, settings: Any, asker: Asker
) -> None:
    """Whatever the address leads to later, and whether or not that could be judged."""
    run(check)
    settings.VERDICT_CURRENT_FOR_S = 0
    engine.title, engine.data = "Something else", b"what is there by now"
    later = submit_address(url="https://example.com/v.mp4", asker=asker).check

    def told() -> list[str]:
        views = [check_view(get_check(each.public_id)) for each in (check, later)]
        return [view.source.title for view in views]

    run_check.fetch(later.pk)
    assert told() == ["A title", "Something else"]
    run_check.analyse(later.pk)
    assert told() == ["A title", "Something else"]


def test_checks_from_before_have_the_title_of_what_is_there_still(
    engine: Engine, check: Check, run: Any, settings: Any, asker: Asker
) -> None:
    run(check)
    settings.VERDICT_CURRENT_FOR_S = 0
    engine.title, engine.data = "Something else", b"what is there by now"
    later = run(submit_address(url="https://example.com/v.mp4", asker=asker).check)
    Check.objects.update(title="")
    import_module(
        "detector_service.checks.migrations.0007_titles_of_checks"
    ).title_what_is_there_still(apps, None)
    titles = dict(Check.objects.values_list("pk", "title"))
    assert titles == {check.pk: "", later.pk: "Something else"}


def test_the_same_bytes_elsewhere_need_no_model(
    engine: Engine, check: Check, run: Any, asker: Asker
) -> None:
    run(check)
    elsewhere = run(submit_address(url="https://example.org/copy.mp4", asker=asker).check)
    assert elsewhere.state == Check.State.DONE
    assert elsewhere.finding == check.finding
    assert (engine.fetched, engine.looked) == (2, 1)


def test_bytes_that_became_known_meanwhile_need_no_model(
    engine: Engine, asker: Asker, run: Any
) -> None:
    upload = submit_upload(file=SimpleUploadedFile("v", BYTES), name="v", asker=asker).check
    known_finding(sha256=SHA256)
    assert run(upload).state == Check.State.DONE
    assert engine.looked == 0


def test_each_file_is_inspected_once_however_it_came(
    engine: Engine, check: Check, asker: Asker, run: Any
) -> None:
    run(check)
    assert engine.inspected == 0  # the fetch has done it
    engine.data = b"another"
    run(submit_upload(file=SimpleUploadedFile("v", b"another"), name="v", asker=asker).check)
    assert (engine.inspected, engine.looked) == (1, 2)


@pytest.mark.parametrize("lines", [400, 180])
def test_an_upload_meets_the_limits_of_a_link(
    lines: int, engine: Engine, asker: Asker, run: Any, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(run_check, "inspect", inspect_in_a_child)
    settings.MAX_VIDEO_WIDTH_PX, settings.MAX_VIDEO_HEIGHT_PX = 480, lines
    clip = (SAMPLES / "untouched.mp4").read_bytes()
    engine.data = clip
    check = run(submit_upload(file=SimpleUploadedFile("v", clip), name="v", asker=asker).check)
    refused = lines == 180
    assert check.problem_code == ("content.too_large" if refused else "")
    assert engine.looked == (0 if refused else 1)


def test_new_bytes_at_an_old_address_are_looked_at(
    engine: Engine, check: Check, run: Any, asker: Asker
) -> None:
    run(check)
    Address.objects.update(fetched_at=timezone.now() - timedelta(days=365))
    engine.data = b"somebody replaced the video"
    again = run(submit_address(url="https://example.com/v.mp4", asker=asker).check)
    assert engine.looked == 2
    assert again.video != check.video and Address.objects.get().video == again.video


def test_a_first_finding_is_announced_once_it_is_committed(
    engine: Engine, check: Check, run: Any
) -> None:
    heard: list[Finding] = []

    def hear(finding: Finding, **_: Any) -> None:
        heard.append(finding)

    finding_made.connect(hear)
    try:
        run(check)
    finally:
        finding_made.disconnect(hear)
    assert heard == [Finding.objects.get()]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (VideoProblem("content.private"), "content.private"),
        (SoftTimeLimitExceeded(), "service.timeout"),
    ],
)
def test_a_problem_is_told_and_never_becomes_a_verdict(
    error: Exception, code: str, engine: Engine, check: Check, run: Any, settings: Any
) -> None:
    engine.during_look = raising(error)
    run(check)
    assert (check.state, check.problem_code) == (Check.State.FAILED, code)
    assert not Finding.objects.exists() and not Video.objects.exists()
    assert files_in(settings.STORE_DIR) + files_in(settings.SCRATCH_DIR) == []


@pytest.mark.parametrize(
    "error", [AnalysisFault("a broken bundle"), MemoryError(), OSError(28, "No space left")]
)
def test_a_fault_of_ours_is_tried_again(
    error: Exception, engine: Engine, check: Check, run: Any
) -> None:
    engine.during_look = raising(error)
    run(check)
    assert check.state == Check.State.QUEUED and check.not_before is not None
    engine.during_look = lambda tell: None
    Check.objects.update(not_before=None)
    assert run(check).state == Check.State.DONE
    assert engine.fetched == 1


def test_a_cancelled_check_stops_its_worker_and_leaves_nothing(
    engine: Engine, check: Check, run: Any, settings: Any
) -> None:
    reached_the_end = False

    def cancelled_meanwhile(tell: Any) -> None:
        nonlocal reached_the_end
        lifecycle.cancel(check)
        tell("finding_faces", 0.6)
        reached_the_end = True

    engine.during_look = cancelled_meanwhile
    run(check)
    assert not reached_the_end
    assert (check.state, check.problem_code) == (Check.State.FAILED, "service.cancelled")
    assert files_in(settings.STORE_DIR) + files_in(settings.SCRATCH_DIR) == []


def test_a_worker_that_lost_its_lease_at_the_very_end_records_nothing(
    engine: Engine, check: Check, run: Any, settings: Any
) -> None:
    engine.during_look = lambda tell: Check.objects.update(lease_token="somebody else's")
    run(check)
    assert check.lease_token == "somebody else's"
    assert not Finding.objects.exists()
    assert files_in(settings.STORE_DIR) == [check.work_file]


def test_two_who_looked_at_the_same_bytes_record_one_finding(
    engine: Engine, check: Check, run: Any, settings: Any
) -> None:
    engine.during_look = lambda tell: known_finding(sha256=SHA256)
    run(check)
    assert check.finding == Finding.objects.get()
    assert files_in(settings.STORE_DIR) == []


def test_bytes_that_are_gone_are_fetched_again(engine: Engine, check: Check, run: Any) -> None:
    run_check.fetch(check.pk)
    check.refresh_from_db()
    store.delete(check.work_file)
    run_check.analyse(check.pk)
    assert run(check).state == Check.State.DONE
    assert engine.fetched == 2


def test_a_database_that_is_away_for_a_moment_stops_nothing(
    engine: Engine, check: Check, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    def lose_it_for_a_moment(tell: Any) -> None:
        with monkeypatch.context() as moment:
            moment.setattr(lifecycle, "renew", away)
            moment.setattr(run_check.connection, "close", lambda: None)
            tell("finding_faces", 0.5)

    engine.during_look = lose_it_for_a_moment
    assert run(check).state == Check.State.DONE


def test_progress_only_reports_what_is_new_or_due(
    engine: Engine, check: Check, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, float]] = []
    monkeypatch.setattr(run_check, "RENEW_EVERY_S", 3600.0)
    monkeypatch.setattr(
        lifecycle, "renew", lambda _, *, stage, progress: told.append((stage, progress))
    )
    engine.during_fetch = lambda tell: [tell("downloading", n / 100) for n in range(100)]
    run(check)
    assert told == [("downloading", 0.0), ("finding_faces", pytest.approx(0.7))]


def raising(error: Exception) -> Callable[[Any], None]:
    def during(tell: Any) -> None:
        raise error

    return during


def test_a_platform_that_keeps_turning_us_away_is_left_alone(engine: Engine, asker: Asker) -> None:
    def turned_away(tell: Any) -> None:
        raise VideoProblem("platform.rate_limited")

    engine.during_fetch = turned_away
    checks = [
        submit_address(url=f"https://videos.example/{number}.mp4", asker=asker).check
        for number in range(6)
    ]

    for check in checks:
        run_check.fetch(check.pk)

    assert engine.fetched == 5
    checks[-1].refresh_from_db()
    assert checks[-1].state == Check.State.QUEUED
    assert checks[-1].not_before is not None
