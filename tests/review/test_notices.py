"""Those who asked are told what was decided: the exact words are kept, and nobody is told twice."""

from __future__ import annotations

from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from analysis.finding import Outcome
from detector_service.checks.keys import issue_key
from detector_service.checks.models import Check
from detector_service.review import audit, deciding, erasing, opening, telling
from detector_service.review.models import Case, Notice
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

ANNA = "anna@example.org"


@pytest.fixture(autouse=True)
def _mail_is_set_up(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example"
    settings.PUBLIC_URL = "https://check.example"


def contested_case(number: int = 1, **fields: Any) -> Case:
    return opening.on_contest(contested(checked(number), **{"contact": ANNA, **fields}))


def decided(case: Case, **how: Any) -> None:
    overturn(case, someone(), **how)
    let_time_pass()


def test_who_contested_is_told_what_changed_and_why(mailoutbox: Any) -> None:
    case = contested_case()
    overturn(case, someone(), public_reason="The broadcaster shows\nthe same.")
    assert telling.send_notices() == 0  # it can still be undone
    let_time_pass()
    assert telling.send_notices() == 1
    letter = mailoutbox[0]
    assert letter.to == [ANNA]
    assert letter.subject == "Your contest was answered: the verdict has changed"
    assert "Before: Likely manipulated\nNow: No manipulation found" in letter.body
    assert "    The broadcaster shows\n    the same." in letter.body
    check = Check.objects.get()
    assert f"https://check.example/checks/{check.public_id}/contest" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_nobody_hears_of_what_was_undone(mailoutbox: Any) -> None:
    case, judge = contested_case(), someone()
    overturn(case, judge)
    case.refresh_from_db()
    deciding.undo(case=case, by=judge, saw_version=case.version)
    let_time_pass()
    assert telling.send_notices() == 0 and not Notice.objects.exists()


def test_who_contests_while_it_can_be_undone_is_answered_in_their_turn(mailoutbox: Any) -> None:
    case = contested_case()
    overturn(case, someone())
    late = contested(Check.objects.get(), "q", contact="bert@example.org")
    opening.on_contest(late)
    let_time_pass()
    telling.send_notices()
    assert [letter.to for letter in mailoutbox] == [[ANNA]]
    late.refresh_from_db()
    assert late.answered_at is None and Case.objects.get().state == Case.State.OPEN


def test_nothing_is_sent_twice(mailoutbox: Any) -> None:
    decided(contested_case())
    assert (telling.send_notices(), telling.send_notices(), let_time_pass()) == (1, 0, 0)
    assert len(mailoutbox) == 1


def test_the_verdict_that_stands_is_told_too(mailoutbox: Any) -> None:
    decided(contested_case(), effect="keep", outcome="")
    telling.send_notices()
    assert mailoutbox[0].subject == "Your contest was answered: the verdict stands"


def appeal_of(case: Case, person: str, contact: str) -> None:
    """Of a decision that found no manipulation; two people take it back."""
    check = Check.objects.get()
    contested(check, person, contact=contact, told_outcome=Outcome.NO_MANIPULATION_FOUND)
    opening.on_contest(check.contests.latest("pk"))
    overturn(case, someone(), outcome=Outcome.LIKELY_MANIPULATED)
    case.refresh_from_db()
    deciding.approve(case=case, by=someone("senior"), saw_version=case.version)
    let_time_pass()
    telling.send_notices()


TAKEN_BACK = (
    "Your contest was answered: the verdict has changed",
    "Before: No manipulation found\nNow: Likely manipulated",
)


def test_who_won_hears_that_it_was_taken_back(mailoutbox: Any) -> None:
    case = contested_case()
    decided(case)
    telling.send_notices()
    appeal_of(case, "b", "bert@example.org")
    to_anna = [letter for letter in mailoutbox if letter.to == [ANNA]]
    assert len(to_anna) == 2
    assert to_anna[1].subject == TAKEN_BACK[0] and TAKEN_BACK[1] in to_anna[1].body


def test_who_contests_again_is_answered_on_the_latest(mailoutbox: Any) -> None:
    case = contested_case()
    decided(case)
    telling.send_notices()
    appeal_of(case, "p", ANNA)
    assert len(mailoutbox) == 2
    assert mailoutbox[1].subject == TAKEN_BACK[0] and TAKEN_BACK[1] in mailoutbox[1].body


def test_what_was_decided_again_before_the_letter_left_is_told_as_one_answer(
    mailoutbox: Any,
) -> None:
    case = contested_case()
    decided(case)
    appeal_of(case, "b", "bert@example.org")
    to_anna = [letter for letter in mailoutbox if letter.to == [ANNA]]
    assert [letter.subject for letter in to_anna] == [
        "Your contest was answered: the verdict stands"
    ]


def test_an_answer_whose_letter_never_left_is_told_with_the_next(mailoutbox: Any) -> None:
    case = contested_case()
    decided(case)
    decided(case)
    telling.send_notices()
    assert [letter.to for letter in mailoutbox] == [[ANNA]]


def test_an_account_that_asked_is_told_once_and_only_of_a_change(mailoutbox: Any) -> None:
    owner = User.objects.create_user("owner", email="owner@example.org")
    keys = [issue_key(owner=owner, name=name, scopes=[])[0] for name in ("a", "b")]
    case = opened()
    for key in keys:
        Check.objects.create(
            upload_sha256=case.video.sha256,
            upload_name="holiday.mp4",
            asked_by=key,
            state="done",
            video=case.video,
            finding=case.video.findings.get(),
            finished_at=timezone.now(),
        )
    decided(case, effect="keep", outcome="")
    assert telling.send_notices() == 0
    overturn(case, someone())
    case.refresh_from_db()
    deciding.approve(case=case, by=someone("senior"), saw_version=case.version)
    let_time_pass()
    assert telling.send_notices() == 1
    assert "holiday.mp4" in mailoutbox[0].body
    assert mailoutbox[0].subject == "A verdict that you asked for has changed"


def test_whoever_left_no_mail_address_is_to_be_told_by_hand(mailoutbox: Any) -> None:
    decided(contested_case(contact="+44 20 7946 0000"))
    assert telling.send_notices() == 0
    assert Notice.objects.get().state == Notice.State.BY_HAND


def test_without_mail_the_words_are_kept_for_a_person_to_pass_on(settings: Any) -> None:
    settings.EMAIL_URL = ""
    decided(contested_case())
    notice = Notice.objects.get()
    assert notice.state == Notice.State.BY_HAND and "No manipulation found" in notice.body


class Away(EmailBackend):
    """A mail server that is away, refuses, or goes in the middle of it."""

    opens: Exception | None = None
    sends: Exception | None = None

    def open(self) -> bool:
        if self.opens:
            raise self.opens
        return True

    def send_messages(self, messages: Any) -> int:
        if self.sends:
            raise self.sends
        return super().send_messages(messages)


@pytest.mark.parametrize(
    ("fault", "state", "sent_later"),
    [
        ({"opens": ConnectionRefusedError()}, Notice.State.WAITING, 1),
        ({"sends": SMTPRecipientsRefused({})}, Notice.State.WAITING, 1),
        ({"sends": SMTPServerDisconnected()}, Notice.State.SENDING, 0),  # it may have arrived
    ],
)
def test_only_what_surely_did_not_arrive_is_tried_again(
    fault: dict[str, Exception],
    state: str,
    sent_later: int,
    monkeypatch: pytest.MonkeyPatch,
    mailoutbox: Any,
) -> None:
    decided(contested_case())
    with monkeypatch.context() as broken:
        broken.setattr(telling, "get_connection", type("Broken", (Away,), fault))
        assert telling.send_notices() == 0
    assert Notice.objects.get().state == state
    Notice.objects.update(not_before=timezone.now())
    assert telling.send_notices() == sent_later
    assert len(mailoutbox) == sent_later


def test_it_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    decided(contested_case())
    away = type("Gone", (Away,), {"opens": ConnectionRefusedError("nobody there")})
    monkeypatch.setattr(telling, "get_connection", away)
    for _ in range(telling.MAX_ATTEMPTS):
        Notice.objects.update(not_before=timezone.now())
        telling.send_notices()
    notice = Notice.objects.get()
    assert (notice.state, notice.problem) == (Notice.State.FAILED, "nobody there")


def test_a_server_that_is_away_is_asked_once_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        decided(contested_case(number))
    rounds_meanwhile = []

    class Gone(Away):
        def open(self) -> bool:
            rounds_meanwhile.append(telling.send_notices())
            raise ConnectionRefusedError

    monkeypatch.setattr(telling, "get_connection", Gone)
    assert telling.send_notices() == 0
    assert rounds_meanwhile == [0]
    assert sorted(Notice.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    assert telling.send_notices() == 0 and len(rounds_meanwhile) == 2  # the next round does ask


def test_two_who_saw_one_try_fail_count_it_once() -> None:
    decided(contested_case())
    for notice in [Notice.objects.get(), Notice.objects.get()]:
        telling._later(notice, Notice.State.WAITING, ConnectionRefusedError())
    assert Notice.objects.get().attempts == 1


def test_letters_share_a_connection_until_one_goes_wrong(
    monkeypatch: pytest.MonkeyPatch, mailoutbox: Any
) -> None:
    for number in (1, 2, 3):
        decided(contested_case(number))
    done: list[str] = []

    class Choosy(EmailBackend):
        def open(self) -> None:
            done.append("open")

        def close(self) -> None:
            done.append("close")

        def send_messages(self, messages: Any) -> int:
            if "refused" not in done:
                done.append("refused")
                raise SMTPRecipientsRefused({})
            done.append("sent")
            return super().send_messages(messages)

    monkeypatch.setattr(telling, "get_connection", Choosy)
    assert telling.send_notices() == len(mailoutbox) == 2
    assert done == ["open", "refused", "close", "open", "sent", "open", "sent", "close"]


def test_what_another_decision_overtook_is_never_sent(mailoutbox: Any) -> None:
    case = contested_case()
    overturn(case, someone(), effect="withhold", outcome="")
    assert telling.send_notices() == 0  # withheld at once, told after the time to undo
    case.refresh_from_db()
    decided(case)
    Notice.objects.update(not_before=timezone.now())
    assert telling.send_notices() == 1
    assert "Now: No manipulation found" in mailoutbox[0].body
    assert Notice.objects.filter(state=Notice.State.DROPPED).count() == 1


@pytest.mark.parametrize("is_undone", [False, True])
def test_what_was_withheld_and_is_decided_anew_in_time_is_told_once(
    mailoutbox: Any, is_undone: bool
) -> None:
    case, judge = contested_case(), someone()
    overturn(case, judge, effect="withhold", outcome="")
    overturn(case, judge)  # a minute later, so it can be undone for a minute longer
    Notice.objects.update(not_before=timezone.now())
    assert telling.send_notices() == 0
    case.refresh_from_db()
    if is_undone:
        deciding.undo(case=case, by=judge, saw_version=case.version)
    let_time_pass()
    assert telling.send_notices() == 1
    now = "withheld for now" if is_undone else "No manipulation found"
    assert f"Now: {now}" in mailoutbox[0].body


def test_a_title_makes_no_line_and_no_link(mailoutbox: Any) -> None:
    check = checked()
    assert check.address is not None
    check.address.title = "See https://evil.example/\r\nBcc: all@example.org"
    check.address.save()
    decided(opening.on_contest(contested(check, contact=ANNA)))
    telling.send_notices()
    assert "https://evil" not in mailoutbox[0].body
    assert "\nBcc" not in mailoutbox[0].body


def test_the_exact_words_stand_in_the_history_for_those_who_may_see_contacts() -> None:
    case = contested_case()
    decided(case)
    telling.send_notices()
    page = f"/admin/review/case/{case.pk}/"
    assert "Now: No manipulation found" in signed_in(someone()).get(page).content.decode()
    assert ANNA in signed_in(someone()).get(page).content.decode()
    assert ANNA not in signed_in(someone("reader")).get(page).content.decode()


def test_a_letter_that_was_rewritten_or_removed_is_found() -> None:
    decided(contested_case())
    assert list(audit.problems()) == []
    Notice.objects.update(body="Something else")
    assert any(
        "notice 1 was altered" in each.replace(str(Notice.objects.get().pk), "1")
        for each in audit.problems()
    )
    Notice.objects.all().delete()
    assert any(each.endswith("was removed") for each in audit.problems())


def test_an_erased_video_takes_its_letters_along() -> None:
    case = contested_case()
    decided(case)
    erasing.erase(video=case.video, by=someone("administrator"), reason="Anna asks for it.")
    assert not Notice.objects.exists()
    assert list(audit.problems()) == []


def test_an_outcome_that_is_told_again_bothers_nobody_twice(mailoutbox: Any) -> None:
    case = contested_case()
    decided(case)
    telling.send_notices()
    decided(case, public_reason="Said again in other words.")
    assert telling.send_notices() == 0
    assert Outcome.NO_MANIPULATION_FOUND.value == Case.objects.get().decision.outcome  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("role", "state"),
    [("reader", Notice.State.BY_HAND), ("moderator", Notice.State.SENT)],
)
def test_what_was_told_by_hand_is_noted_by_who_did_it(role: str, state: str) -> None:
    case = contested_case(contact="+44 20 7946 0000")
    decided(case)
    notice = Notice.objects.get()
    where = f"/admin/review/case/{case.pk}/passed_on/"
    client = signed_in(someone(role))
    client.post(where, {"notice": notice.pk})
    again = client.post(where, {"notice": notice.pk}, follow=True).content.decode()
    notice.refresh_from_db()
    assert notice.state == state
    assert ("They have been told already." in again) == (role == "moderator")
    assert list(audit.problems()) == []
