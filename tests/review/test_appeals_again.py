"""Whoever contested and was answered may contest the answer: once at a time, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from detector_service.checks.asker import Asker
from detector_service.checks.contests import MOST_OF_ONE_PERSON, ContestReason, make_contest
from detector_service.checks.models import Check
from detector_service.checks.problems import Refused
from detector_service.review import opening
from detector_service.review.models import Appeal, Case
from detector_service.review.refusal import Refusal
from tests.review.conftest import checked, let_time_pass, overturn, signed_in, someone

pytestmark = pytest.mark.django_db
ANNA = Asker(address_sha256="a" * 64)


def contest(check: Check) -> Case:
    made = make_contest(check=check, asker=ANNA, reason=ContestReason.NOT_MANIPULATED)
    return opening.on_contest(made)


def decide(case: Case, by: Any = None) -> None:
    overturn(case, by or someone(), effect="keep", outcome="")
    let_time_pass()


def test_the_answer_to_a_contest_may_be_appealed_and_somebody_else_decides() -> None:
    check, judge = checked(), someone()
    decide(contest(check), judge)
    case = contest(check)
    assert case.state == Case.State.OPEN
    assert Appeal.objects.get().contest.person_sha256 == ANNA.address_sha256
    with pytest.raises(Refusal) as refusal:
        overturn(case, judge)
    assert refusal.value.code == "appeal.own"


def test_until_there_is_an_answer_once_is_enough() -> None:
    check = checked()
    contest(check)
    with pytest.raises(Refused) as refusal:
        contest(check)
    assert refusal.value.code == "contest.already_made"


def test_it_ends_in_the_end() -> None:
    check = checked()
    for _ in range(MOST_OF_ONE_PERSON):
        decide(contest(check))
    with pytest.raises(Refused):
        contest(check)


def test_who_contests_what_came_from_the_cache_is_somebody_it_reached() -> None:
    check = checked()
    assert opening.open_case(check.video, "by_hand").reach == 0  # type: ignore[arg-type]
    assert contest(check).reach == 1
    Check.objects.update(asked_from_sha256=ANNA.address_sha256)
    case = opening.refresh_if_open(check.video)  # type: ignore[arg-type]
    assert case is not None and case.reach == 1  # the same person, counted once


def test_the_next_case_is_none_that_one_may_not_decide() -> None:
    check, judge, other = checked(), someone(), someone()
    overturn(contest(check), judge)
    let_time_pass()
    case = contest(check)
    page = signed_in(judge).get("/admin/review/case/next/", follow=True).content.decode()
    assert "Nothing waits" in page
    case.refresh_from_db()
    assert case.claimed_by is None
    where = f"/admin/review/case/{case.pk}/"
    assert b"somebody else answers it" in signed_in(judge).get(where).content
    assert signed_in(other).get("/admin/review/case/next/")["Location"] == where
