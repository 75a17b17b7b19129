"""A decision with a time is told from then on, though nothing has run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analysis.finding import Outcome
from detector_service.checks import queries
from detector_service.checks.models import Check, Override, PlannedOverride, Video
from detector_service.checks.overrides import (
    cancel_plan,
    plan_override,
    set_override,
    take_effect,
)
from detector_service.checks.signals import verdict_changed
from tests.pages.checks import finished_check

pytestmark = pytest.mark.django_db

URL = "https://video.example/watch?v=1"


@pytest.fixture
def check() -> Check:
    return finished_check(Outcome.LIKELY_MANIPULATED, url=URL)


@pytest.fixture
def heard() -> Any:
    told: list[tuple[str | None, str | None]] = []

    def listen(video: Video, before: Any, after: Any, **_: Any) -> None:
        told.append((before and before.outcome, after and after.outcome))

    verdict_changed.connect(listen)
    yield told
    verdict_changed.disconnect(listen)


def plan(check: Check, outcome: Outcome = Outcome.NO_MANIPULATION_FOUND) -> None:
    assert check.video is not None
    in_five_minutes = timezone.now() + timedelta(minutes=5)
    plan_override(
        check.video, outcome=outcome, public_reason="Seen live.", effective_at=in_five_minutes
    )


def move_the_clock(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    at = timezone.now() + timedelta(**by)
    monkeypatch.setattr(timezone, "now", lambda: at)


def told(check: Check) -> tuple[str, str]:
    row = queries.get_check(check.public_id)
    assert row is not None
    verdict = queries.verdict_of_check(row)
    return (verdict.outcome, verdict.decided_by) if verdict else ("", "")


def listed(check: Check) -> list[str]:
    assert check.address is not None
    prefix = check.address.key_sha256[:4]
    return [verdict.outcome for verdict in queries.verdicts_by_prefix(prefix)]


def test_it_is_told_everywhere_when_its_time_comes(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(check)
    before = queries.stamp_of(check.public_id)
    assert told(check) == ("likely_manipulated", "model")
    assert listed(check) == ["likely_manipulated"]
    move_the_clock(monkeypatch, minutes=5, seconds=1)
    assert told(check) == ("no_manipulation_found", "moderator")
    assert listed(check) == ["no_manipulation_found"]
    assert queries.stamp_of(check.public_id) != before
    assert check.address is not None
    assert queries.answer_for(check.address.key_sha256) == queries.stamp_of(check.public_id)


def test_to_take_effect_changes_nothing_that_is_told(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(check)
    move_the_clock(monkeypatch, minutes=6)
    assert check.video is not None
    row = queries.get_check(check.public_id)
    assert row is not None
    before = queries.verdict_of_check(row)
    assert take_effect(check.video, now=timezone.now())
    assert not take_effect(check.video, now=timezone.now())
    row = queries.get_check(check.public_id)
    assert row is not None
    after = queries.verdict_of_check(row)
    assert before is not None and after is not None
    assert (before.outcome, before.public_reason, before.decided_at) == (
        after.outcome,
        after.public_reason,
        after.decided_at,
    )
    assert Override.objects.count() == 1 and not PlannedOverride.objects.exists()


def test_what_was_cancelled_is_never_told_nor_taken_for_what_comes_next(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(check)
    with monkeypatch.context() as late:
        move_the_clock(late, minutes=6)  # a reader whose clock runs ahead
        early = queries.stamp_of(check.public_id)
    assert check.video is not None
    cancel_plan(check.video)
    assert queries.stamp_of(check.public_id) != early
    set_override(check.video, outcome=Outcome.INCONCLUSIVE)
    assert queries.stamp_of(check.public_id) != early
    assert told(check) == ("inconclusive", "moderator")


def test_a_plan_lifts_what_was_withheld(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check.video is not None
    set_override(check.video, outcome=None, withheld=True)
    plan(check, outcome=Outcome.LIKELY_MANIPULATED)
    assert (told(check), listed(check)) == (("", ""), [])
    move_the_clock(monkeypatch, minutes=6)
    assert told(check) == ("likely_manipulated", "moderator")
    assert listed(check) == ["likely_manipulated"]
    check.video = Video.objects.get(pk=check.video.pk)
    assert not queries.is_withheld(check.video)


def test_those_who_listen_hear_of_each_change_once(
    check: Check,
    heard: list[Any],
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    video = check.video
    assert video is not None
    with django_capture_on_commit_callbacks(execute=True):
        plan(check)
        assert heard == []
    move_the_clock(monkeypatch, minutes=6)
    with django_capture_on_commit_callbacks(execute=True):
        take_effect(video, now=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        take_effect(video, now=timezone.now())
        set_override(video, outcome=Outcome.NO_MANIPULATION_FOUND, public_reason="Seen live.")
        set_override(video, outcome=None, withheld=True)
    assert heard == [
        ("likely_manipulated", "no_manipulation_found"),
        ("no_manipulation_found", None),
    ]
