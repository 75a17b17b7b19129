"""A person has the last word: once, seen, undone in time, and by two where it weighs much."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from analysis.finding import Outcome
from detector_service.checks.models import Check, Override, PlannedOverride
from detector_service.checks.queries import is_withheld, verdict_of
from detector_service.review import claims, deciding, opening
from detector_service.review.append_only import NeverChanged
from detector_service.review.models import Case, Decision, DecisionStep
from detector_service.review.refusal import Refusal
from tests.review.conftest import (
    checked,
    contested,
    let_time_pass,
    opened,
    overturn,
    picked,
    signed_in,
    someone,
)

pytestmark = pytest.mark.django_db
State = Case.State


def told(case: Case) -> tuple[str, str]:
    verdict = verdict_of(type(case.video).objects.get(pk=case.video_id))
    assert verdict is not None
    return verdict.outcome, verdict.decided_by


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match="") if not code else _Refused(code)


class _Refused:
    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        assert isinstance(error, Refusal), f"nothing was refused: {error!r}"
        assert error.code == self.code
        return True


def test_nobody_is_told_before_the_time_to_undo_is_over() -> None:
    case = opened()
    overturn(case, someone())
    case.refresh_from_db()
    assert case.state == State.PENDING and deciding.apply_due() == 0
    assert told(case) == ("likely_manipulated", "model")
    assert let_time_pass() == 1
    assert told(case) == ("no_manipulation_found", "moderator")
    case.refresh_from_db()
    assert case.state == State.CLOSED and case.decision == Decision.objects.get()


def test_what_was_cached_is_out_of_date_at_once() -> None:
    case = opened()
    before = case.video.verdict_version
    overturn(case, someone())
    let_time_pass()
    case.video.refresh_from_db()
    assert case.video.verdict_version > before


def test_a_decision_that_was_undone_is_never_told() -> None:
    case, judge = opened(), someone()
    overturn(case, judge)
    case.refresh_from_db()
    deciding.undo(case=case, by=judge, saw_version=case.version)
    assert let_time_pass() == 0
    assert told(case) == ("likely_manipulated", "model")
    case.refresh_from_db()
    assert case.state == State.OPEN
    overturn(case, judge)  # and can be decided again


def test_after_it_was_told_it_cannot_be_undone_only_decided_again() -> None:
    case, judge = opened(), someone()
    overturn(case, judge)
    let_time_pass()
    case.refresh_from_db()
    with refused("decision.told"):
        deciding.undo(case=case, by=judge, saw_version=case.version)


def test_keeping_the_models_verdict_closes_the_case_and_a_person_stands_behind_it() -> None:
    case = opened()
    decision = overturn(case, someone(), effect="keep", outcome="")
    assert told(case) == ("likely_manipulated", "model")
    let_time_pass()
    assert decision.outcome == Outcome.LIKELY_MANIPULATED
    assert told(case) == ("likely_manipulated", "moderator")
    assert case.video.override.public_reason == decision.public_reason
    case.refresh_from_db()
    assert case.state == State.CLOSED


def test_what_was_kept_before_a_person_stood_behind_it_is_mended() -> None:
    closed, waiting = opened(1), opened(2)
    overturn(closed, someone(), effect="keep", outcome="")
    let_time_pass()
    overturn(waiting, someone(), effect="keep", outcome="")
    Override.objects.all().delete()
    PlannedOverride.objects.all().delete()
    migration = import_module("detector_service.review.migrations.0006_what_was_kept")
    for _ in range(2):
        migration.a_person_stands_behind_it(apps, None)
        migration.nor_is_any_plan_without_an_outcome(apps, None)
    assert told(closed) == ("likely_manipulated", "moderator")
    assert told(waiting) == ("likely_manipulated", "model")
    let_time_pass()
    assert told(waiting) == ("likely_manipulated", "moderator")


def test_who_judges_blind_keeps_no_verdict_unseen(settings: Any) -> None:
    settings.REVIEW_BLIND_SHARE = 1.0
    finding = checked(1, Outcome.NO_MANIPULATION_FOUND).finding
    assert finding is not None
    case = opening.on_finding(finding)
    assert case is not None and case.blind
    with refused("outcome.missing"):
        overturn(case, someone(), effect="keep", outcome="")
    assert overturn(case, someone()).blind


def test_withholding_happens_at_once() -> None:
    case, judge = opened(), someone()
    page = signed_in(judge).get(reverse("admin:review_case_change", args=[case.pk]))
    assert b"withheld at once" in page.content
    overturn(case, judge, effect="withhold", outcome="")
    case.refresh_from_db()
    with refused("decision.told"):
        deciding.undo(case=case, by=judge, saw_version=case.version)
    assert is_withheld(type(case.video).objects.get(pk=case.video_id))


def test_two_people_never_decide_unseen() -> None:
    case = opened()
    seen = case.version
    overturn(case, someone(), saw_version=seen)
    let_time_pass()
    with refused("case.changed"):
        overturn(case, someone(), saw_version=seen)
    assert Decision.objects.count() == 1


def test_what_joins_while_somebody_looks_must_be_seen_first() -> None:
    check = checked()
    case = opening.on_contest(contested(check, "a"))
    seen = case.version
    opening.on_contest(contested(check, "b"))
    with refused("case.changed"):
        overturn(case, someone(), saw_version=seen)


def test_a_claimed_case_is_decided_by_who_claimed_it() -> None:
    case, first, second = opened(), someone(), someone()
    claims.claim(case, by=first)
    with refused("case.claimed"):
        claims.claim(case, by=second)
    with refused("case.claimed"):
        overturn(case, second)
    overturn(case, first)


def test_a_claim_expires(settings: Any) -> None:
    settings.REVIEW_CLAIM_S = -1
    case, first, second = opened(), someone(), someone()
    claims.claim(case, by=first)
    claims.claim(case, by=second)
    assert case.claimed_by == second


def test_only_a_senior_takes_a_claim_from_somebody_else() -> None:
    case, holder = opened(), someone()
    claims.claim(case, by=holder)
    with refused("case.claimed"):
        claims.release(case, by=someone())
    assert case.claimed_by == holder
    many = {"action": "release", "confirmed": "yes", "case": picked(case)}
    told = signed_in(someone()).post(reverse("admin:review_bulk"), many, follow=True)
    assert b"Release: 0 of 1" in told.content
    claims.release(case, by=someone("senior"))
    assert case.claimed_by is None


def test_a_public_reason_is_mandatory() -> None:
    with refused("reason.missing"):
        overturn(opened(), someone(), public_reason="  ")


def test_what_many_were_told_is_changed_by_two() -> None:
    case = opened()
    Case.objects.filter(pk=case.pk).update(reach=500)
    judge, second = someone("senior"), someone("senior")
    decision = overturn(case, judge)
    case.refresh_from_db()
    assert case.state == State.HELD and "500" in decision.why_held
    assert let_time_pass() == 0
    with refused("decision.own"):
        deciding.approve(case=case, by=judge, saw_version=case.version)
    with refused("not.allowed"):
        deciding.approve(case=case, by=someone(), saw_version=case.version)
    deciding.approve(case=case, by=second, saw_version=case.version)
    assert told(case)[1] == "model"  # the time to undo begins with the approval
    assert let_time_pass() == 1
    assert told(case) == ("no_manipulation_found", "moderator")


def test_the_second_person_can_refuse() -> None:
    case = opened()
    Case.objects.filter(pk=case.pk).update(reach=500)
    overturn(case, someone())
    case.refresh_from_db()
    deciding.refuse(case=case, by=someone("senior"), saw_version=case.version)
    case.refresh_from_db()
    assert case.state == State.OPEN and case.decision is None


def test_a_later_decision_overrides_and_never_edits() -> None:
    case = opened()
    first = overturn(case, someone())
    let_time_pass()
    second = overturn(case, someone(), outcome=Outcome.LIKELY_MANIPULATED)
    assert second.overrides == first and second.why_held  # it overturns a person: two decide
    case.refresh_from_db()
    deciding.approve(case=case, by=someone("senior"), saw_version=case.version)
    let_time_pass()
    assert told(case) == ("likely_manipulated", "moderator")
    assert Decision.objects.get(pk=first.pk).outcome == Outcome.NO_MANIPULATION_FOUND


def test_an_appeal_goes_to_somebody_else_and_is_answered_by_the_decision() -> None:
    check, judge = checked(), someone()
    case = opening.on_contest(contested(check, "a"))
    overturn(case, judge)
    let_time_pass()
    opening.on_contest(contested(check, "b"))
    with refused("appeal.own"):
        overturn(case, judge)
    answer = overturn(case, someone())
    let_time_pass()
    appeal = case.appeals.get()
    assert appeal.answered_by == answer


def test_what_arrives_while_it_can_be_undone_is_not_closed_unseen() -> None:
    check = checked()
    case = opening.on_contest(contested(check, "a"))
    overturn(case, someone())
    opening.on_contest(contested(check, "b"))
    case.refresh_from_db()
    assert case.state == State.PENDING
    let_time_pass()
    assert told(case) == ("no_manipulation_found", "moderator")
    case.refresh_from_db()
    assert case.state == State.OPEN and case.decision is not None


def test_who_approved_does_not_answer_the_appeal_either() -> None:
    check, second = checked(), someone("senior")
    case = opening.on_contest(contested(check, "a"))
    Case.objects.filter(pk=case.pk).update(reach=500)
    overturn(case, someone())
    case.refresh_from_db()
    deciding.approve(case=case, by=second, saw_version=case.version)
    let_time_pass()
    opening.on_contest(contested(check, "b"))
    with refused("appeal.own"):
        overturn(case, second)


def test_who_is_appealed_against_neither_refuses_nor_undoes_the_answer() -> None:
    check, judge = checked(), someone("senior")
    case = opening.on_contest(contested(check, "a"))
    overturn(case, judge, effect="keep", outcome="")
    let_time_pass()
    opening.on_contest(contested(check, "a"))
    overturn(case, someone())
    case.refresh_from_db()
    assert case.state == State.HELD
    with refused("appeal.own"):
        deciding.refuse(case=case, by=judge, saw_version=case.version)
    assert not buttons_of(case, judge)
    assert buttons_of(case, someone("senior")) == {"approve", "refuse", "undo"}
    deciding.approve(case=case, by=someone("senior"), saw_version=case.version)
    with refused("appeal.own"):
        deciding.undo(case=case, by=judge, saw_version=case.version)
    assert not buttons_of(case, judge)
    assert let_time_pass() == 1
    assert told(case) == ("no_manipulation_found", "moderator")


def test_who_answers_an_appeal_can_undo_the_answer() -> None:
    check, second = checked(), someone()
    case = opening.on_contest(contested(check, "a"))
    overturn(case, someone("senior"))
    let_time_pass()
    opening.on_contest(contested(check, "b"))
    overturn(case, second)
    case.refresh_from_db()
    assert buttons_of(case, second) == {"undo"}
    deciding.undo(case=case, by=second, saw_version=case.version)


def buttons_of(case: Case, user: User) -> set[str]:
    """What the page lets somebody do with a decision that waits."""
    page = signed_in(user).get(reverse("admin:review_case_change", args=[case.pk])).content.decode()
    actions = ("approve", "refuse", "undo")
    return {each for each in actions if reverse(f"admin:review_{each}", args=[case.pk]) in page}


@pytest.mark.parametrize("row", ["decision", "step"])
def test_what_was_decided_cannot_be_edited_or_deleted(row: str) -> None:
    case = opened()
    decision = overturn(case, someone())
    let_time_pass()
    written: Any = decision if row == "decision" else DecisionStep.objects.get()
    for change in (
        written.save,
        written.delete,
        lambda: type(written).objects.update(by_name="x"),
        lambda: type(written).objects.filter(pk=written.pk).delete(),
    ):
        with pytest.raises(NeverChanged):
            change()


def test_the_database_lets_a_decision_end_only_once() -> None:
    case = opened()
    decision = overturn(case, someone())
    let_time_pass()
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionStep.objects.create(decision=decision, kind="undone", created_at=timezone.now())


def test_one_broken_case_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = opened(1), opened(2)
    overturn(broken, someone())
    overturn(sound, someone())
    apply = deciding._apply

    def breaks(case: Case, now: datetime) -> None:
        if case.pk == broken.pk:
            raise RuntimeError("the disk is gone")
        apply(case, now)

    monkeypatch.setattr(deciding, "_apply", breaks)
    assert let_time_pass() == 1
    broken.refresh_from_db()
    assert broken.state == State.PENDING
    assert told(sound)[1] == "moderator"


def test_a_decision_keeps_what_was_before_the_moderator() -> None:
    decision = overturn(opened(), someone())
    check = Check.objects.get()
    assert check.finding is not None
    assert decision.bundle == check.finding.bundle
    assert decision.model_outcome == "likely_manipulated"
    assert decision.fake_probability == check.finding.fake_probability
