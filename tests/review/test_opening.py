"""Which videos come before a person, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from analysis.finding import Outcome, Reason
from detector_service.checks import housekeeping
from detector_service.checks.models import Check, Contest, Finding
from detector_service.checks.signals import finding_made
from detector_service.review import deciding, opening
from detector_service.review.letters import letter_to_asker
from detector_service.review.models import Appeal, Case, CaseReason, CaseSource
from tests.review.conftest import (
    checked,
    contested,
    let_time_pass,
    opened,
    overturn,
    signed_in,
    someone,
)

pytestmark = pytest.mark.django_db
Kind = CaseReason.Kind


def kinds(case: Case | None) -> set[str]:
    return set() if case is None else set(case.reasons.values_list("kind", flat=True))


def known_as(check: Check) -> set[str]:
    return set(Contest.objects.filter(check_asked=check).values_list("person_sha256", flat=True))


def asked_by(check: Check, *addresses: str) -> None:
    for address in addresses:
        Check.objects.create(
            upload_sha256="f" * 64,
            state="done",
            video=check.video,
            finding=check.finding,
            asked_from_sha256=address,
            finished_at=timezone.now(),
        )


def finding(check: Check) -> Finding:
    assert check.finding is not None
    return check.finding


def test_a_high_score_opens_a_case() -> None:
    assert kinds(opening.on_finding(finding(checked()))) == {Kind.SCORE}


def test_a_finding_is_heard_of_by_its_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(
        "detector_service.review.listening.app.send_task", lambda *a, **k: told.append((a, k))
    )
    row = finding(checked())
    finding_made.send(sender=Finding, finding=row)
    assert Case.objects.filter(video=row.video).exists()
    assert told == [(("review.match",), {"args": (row.video_id,), "retry": False})]


def test_no_case_for_a_video_in_which_nothing_was_found() -> None:
    assert opening.on_finding(finding(checked(1, Outcome.NO_MANIPULATION_FOUND))) is None


def test_a_lower_score_waits_until_many_have_asked(settings: Any) -> None:
    settings.REVIEW_OPEN_AT_SCORE = 0.99
    check = checked()
    asked_by(check, "a", "a", "b")
    assert opening.on_finding(finding(check)) is None
    asked_by(check, "c")
    assert kinds(opening.on_finding(finding(check))) == {Kind.REACH}


def test_the_sweep_finds_what_became_known_later(settings: Any) -> None:
    settings.REVIEW_OPEN_AT_SCORE = 0.99
    check = checked()
    asked_by(check, "a", "b", "c")
    contested(checked(2, Outcome.NO_MANIPULATION_FOUND))
    opening.catch_up(timezone.now() - timedelta(minutes=5))
    assert {case.video.sha256[-1] for case in Case.objects.all()} == {"1", "2"}


@pytest.mark.parametrize("reason", [Reason.BORDERLINE, Reason.ONE_STRETCH])
def test_what_the_model_is_unsure_of_opens_a_case(reason: Reason) -> None:
    row = finding(checked(1, Outcome.INCONCLUSIVE))
    assert opening.on_finding(row) is None  # too small a face: nothing for a person to see either
    row.reason = reason
    assert kinds(opening.on_finding(row)) == {Kind.UNCERTAIN}


def test_every_contest_opens_a_case_or_joins_it() -> None:
    check = checked(1, Outcome.NO_MANIPULATION_FOUND)
    case = opening.on_contest(contested(check, "a"))
    before = case.version
    again = opening.on_contest(contested(check, "b"))
    assert again.pk == case.pk and again.version == before + 1
    assert case.reasons.filter(kind=Kind.CONTEST).count() == 2


def test_the_same_said_twice_changes_nothing() -> None:
    check = checked()
    contest = contested(check)
    first = opening.on_contest(contest)
    second = opening.on_contest(contest)
    assert first.version == second.version and second.reasons.count() == 1
    assert opening.open_case(first.video, Kind.SCORE).version == first.version + 1
    assert opening.open_case(first.video, Kind.SCORE).version == first.version + 1


def test_a_contest_of_what_a_person_decided_is_an_appeal_with_a_deadline(settings: Any) -> None:
    check, judge = checked(), someone()
    case = opening.open_case(check.video, Kind.BY_HAND)  # type: ignore[arg-type]
    decision = overturn(case, judge)
    let_time_pass()
    again = opening.on_contest(contested(check))
    assert again.state == Case.State.OPEN and Kind.APPEAL in kinds(again)
    appeal = Appeal.objects.get()
    assert appeal.against == decision
    assert appeal.due_at - timezone.now() > timedelta(days=settings.REVIEW_APPEAL_DAYS - 1)


@pytest.mark.parametrize(("hours", "heard"), [(35.5, True), (36.5, False)])
def test_all_of_the_last_day_that_a_letter_names_is_one_to_appeal(
    settings: Any, monkeypatch: pytest.MonkeyPatch, hours: float, heard: bool
) -> None:
    """Also for whoever lives where it ends last: twelve hours later than by our clock."""
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: midnight + timedelta(hours=9))
    check = checked()
    case = opening.open_case(check.video, Kind.BY_HAND)  # type: ignore[arg-type]
    decision = overturn(case, someone())
    deciding.apply_due(timezone.now() + timedelta(hours=1))
    letter = letter_to_asker(check, decision, told=decision.model_outcome)
    assert "you can appeal until June 2, 2027" in letter.body
    last_day = midnight + timedelta(days=settings.REVIEW_APPEAL_WITHIN_DAYS)
    monkeypatch.setattr(timezone, "now", lambda: last_day + timedelta(hours=hours))
    opening.on_contest(contested(check, created_at=timezone.now()))
    assert Appeal.objects.exists() == heard


def test_the_blind_sample_is_about_its_share_and_always_the_same(settings: Any) -> None:
    settings.REVIEW_BLIND_SHARE = 0.1
    chosen = [number for number in range(2000) if opening.in_blind_sample(f"{number:08x}" * 8)]
    assert 130 < len(chosen) < 270
    assert all(opening.in_blind_sample(f"{number:08x}" * 8) for number in chosen)
    settings.REVIEW_BLIND_SHARE = 1.0
    case = opening.on_finding(finding(checked(1, Outcome.NO_MANIPULATION_FOUND)))
    assert case is not None and case.blind


def test_the_sample_is_judged_blind_whatever_the_model_made_of_it(settings: Any) -> None:
    settings.REVIEW_BLIND_SHARE = 1.0
    rows = [finding(checked(number, outcome)) for number, outcome in enumerate(Outcome)]
    Finding.objects.filter(outcome=Outcome.INCONCLUSIVE).update(reason=Reason.BORDERLINE)
    for row in rows:
        row.refresh_from_db()
        opening.on_finding(row)
    cases = list(Case.objects.all())
    assert len(cases) == 3 and all(case.blind for case in cases)
    assert {Kind.SCORE, Kind.UNCERTAIN} <= set.union(*(kinds(case) for case in cases))
    assert len({case.priority for case in cases}) == 1  # nor does its place tell


@pytest.mark.parametrize("outcome", [Outcome.LIKELY_MANIPULATED, Outcome.NO_MANIPULATION_FOUND])
def test_a_case_is_blind_only_while_no_person_brought_it(settings: Any, outcome: Outcome) -> None:
    settings.REVIEW_BLIND_SHARE = 1.0
    check = checked(1, outcome)
    case = opening.on_finding(finding(check))
    assert case is not None and case.blind
    assert not opening.on_contest(contested(check)).blind


def test_reach_and_contests_bring_a_case_up() -> None:
    quiet, loud = opened(1), opened(2)
    check = Check.objects.get(video=loud.video)
    asked_by(check, "a", "b", "c")
    contested(check, "x")
    assert opening.refresh(loud).priority > opening.refresh(quiet).priority


def test_a_flood_from_one_source_pushes_nobody_down() -> None:
    honest = opening.on_contest(contested(checked(1, Outcome.NO_MANIPULATION_FOUND), "h"))
    for number in range(2, 62):
        opening.on_contest(contested(checked(number), "f"))
    for case in Case.objects.exclude(pk=honest.pk):
        opening.refresh(case)
    ranked = list(Case.objects.order_by("-priority").values_list("pk", flat=True))
    # The first of the flood were ordinary contests of an accusing verdict and stay what they are.
    assert ranked.index(honest.pk) == 0


def test_a_flooded_case_that_somebody_else_asks_about_counts_in_full() -> None:
    for number in range(1, 41):
        opening.on_contest(contested(checked(number), "f"))
    case = opening.refresh(Case.objects.get(video__sha256=f"{40:08x}" * 8))
    drowned = case.priority
    asked_by(Check.objects.get(video=case.video), "somebody else")
    assert opening.refresh(case).priority > 3 * drowned


def test_nobody_is_known_by_their_address_for_longer_than_was_promised(settings: Any) -> None:
    """The pages say that its hash is kept, and not for long."""
    check = checked()
    asked_by(check, "asker")
    case = [opening.on_contest(contested(check, person)) for person in "pq"][-1]
    sources = case.sources.values_list("source", flat=True)
    assert set(sources) == {"asker", *known_as(check)} and known_as(check) == {"p" * 64, "q" * 64}
    housekeeping.sweep()
    assert len(sources.all()) == 3 and known_as(check) == {"p" * 64, "q" * 64}

    long_ago = timezone.now() - timedelta(days=settings.FORGET_ASKERS_AFTER_DAYS, minutes=1)
    Check.objects.update(created_at=long_ago, finished_at=long_ago)
    for known in (Contest.objects, CaseSource.objects):
        known.update(created_at=long_ago)
    for _ in range(2):  # nor does what the queue works out anew bring them back
        housekeeping.sweep()
        opening.refresh(case)
    assert not sources.all()
    assert len(known_as(check)) == 2 and not known_as(check) & {"p" * 64, "q" * 64}


def test_what_opens_again_waits_since_then_and_what_is_closed_for_nobody() -> None:
    check = checked()
    case = opening.on_contest(contested(check, "a"))
    Case.objects.update(opened_at=timezone.now() - timedelta(days=60))
    overturn(case, someone())
    let_time_pass()
    assert waits("closed") == "–"
    opening.on_contest(contested(check, "b"))
    assert waits("open") == "0\xa0minutes"


def waits(state: str) -> str:
    page = signed_in(someone()).get("/admin/review/case/", {"state": state}).content.decode()
    return page.split("<dt>Waits</dt><dd>")[1].split("</dd>")[0]
