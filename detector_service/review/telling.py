"""Those who asked are told what was decided: written with the decision, sent once.

Told are who contests and left a way to be reached, always; and who asked with a key, by the mail
address of their account, when the outcome they had been told is another one now. The row stands in
the transaction of the decision, so nobody is forgotten, and is taken by a conditional UPDATE before
the letter leaves, so nobody is told twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone, translation

from detector_service.celery import app
from detector_service.checks.models import Check, Contest
from detector_service.review import audit
from detector_service.review.claims import require
from detector_service.review.letters import Letter, letter_to_asker, letter_to_contester
from detector_service.review.models import Case, Decision, Notice
from detector_service.review.refusal import Refusal

log = logging.getLogger(__name__)

State = Notice.State
MAX_ATTEMPTS = 6
AT_ONCE = 100
#: After that another round may begin, though this one has not said that it ended.
ROUND_S = 120
#: What waits when another decision comes is dropped.
NEVER_ARRIVES = (State.WAITING, State.FAILED, State.DROPPED)
_ROUND = "review:notices"


def write_notices(decision: Decision, *, before: Decision | None) -> None:
    """In the transaction that applies it. ``before`` is the decision that it overrides."""
    now = timezone.now()
    if decision.effect == Decision.Effect.WITHHOLD:
        # Done at once, without time to undo: whoever lifts it soon spares everybody a letter.
        now += timedelta(seconds=settings.REVIEW_UNDO_S)
    told: set[str] = set()
    for to, contest, letter in _letters(decision, before):
        if to.casefold() in told:
            continue
        told.add(to.casefold())
        notice = Notice.objects.create(
            decision=decision,
            contest=contest,
            to=to,
            subject=letter.subject,
            body=letter.body,
            state=State.WAITING if _can_be_mailed(to) else State.BY_HAND,
            not_before=now,
        )
        audit.record_notice(notice)
    if told:
        transaction.on_commit(_ring, robust=True)


def send_notices() -> int:
    """What is due, one round at a time; how many were sent."""
    if not cache.add(_ROUND, True, ROUND_S):
        return 0
    try:
        due = Notice.objects.filter(state=State.WAITING, not_before__lte=timezone.now())
        # What has been decided anew is overtaken within minutes, unless that is undone.
        due = due.exclude(decision__case__state=Case.State.PENDING)
        rows = due.order_by("not_before").select_related("decision__case")
        return _send_all(list(rows[:AT_ONCE]))
    finally:
        cache.delete(_ROUND)


def passed_on(notice: Notice, *, by: User) -> None:
    """A moderator has told them, by a way that the machine has not."""
    require(by, "review.decide_case")
    require(by, "review.view_contact")
    with transaction.atomic():
        if not _move(notice, State.BY_HAND, State.SENT):
            raise Refusal("notice.told", "They have been told already.")
        audit.append(
            kind="told.by_hand",
            subject=f"notice {notice.pk}",
            facts={"decision": notice.decision_id},
            actor=by.get_username(),
        )


def _letters(
    decision: Decision, before: Decision | None
) -> Iterator[tuple[str, Contest | None, Letter]]:
    video = decision.case.video
    is_new_outcome = before is None or before.outcome != decision.outcome
    # What arrived later was not before whoever decided: it is answered in its turn.
    heard = video.contests.filter(created_at__lte=decision.created_at)
    contests = heard.exclude(contact="").select_related("check_asked__address")
    last_letters = dict(
        Notice.objects.filter(contest__in=contests)
        .exclude(state__in=NEVER_ARRIVES)
        .order_by("pk")
        .values_list("contest", "decision__outcome")
    )
    latest = {contest.contact.casefold(): contest for contest in contests.order_by("pk")}
    for contest in latest.values():
        if contest.pk not in last_letters or is_new_outcome:
            told = last_letters.get(contest.pk, contest.told_outcome)
            with translation.override(contest.language or "en"):
                letter = letter_to_contester(contest, decision, told=told)
            yield contest.contact, contest, letter
    told = decision.model_outcome if before is None else before.outcome
    if decision.outcome == told:
        return
    asked = Check.objects.filter(video=video, asked_by__owner__is_active=True)
    owners: set[int] = set()
    for check in asked.select_related("address", "asked_by__owner").order_by("-pk"):
        assert check.asked_by is not None
        owner = check.asked_by.owner
        if owner.email and owner.pk not in owners:
            owners.add(owner.pk)
            with translation.override("en"):
                yield owner.email, None, letter_to_asker(check, decision, told=told)


def _send_all(due: list[Notice]) -> int:
    sent = 0
    connection = get_connection()
    try:
        for notice in due:
            if notice.decision.case.decision_id != notice.decision_id:
                _move(notice, State.WAITING, State.DROPPED)
                continue
            try:
                connection.open()  # once, and again after a letter that went wrong
            except (OSError, SMTPException) as error:  # nor will it open for the others
                _later(notice, State.WAITING, error)
                break
            sent += _send(notice, connection)
    finally:
        connection.close()
    return sent


def _send(notice: Notice, connection: BaseEmailBackend) -> bool:
    """The promise first: whoever finds the row taken leaves it alone, for ever."""
    if not _move(notice, State.WAITING, State.SENDING):
        return False
    letter = EmailMessage(
        notice.subject,
        notice.body,
        to=[notice.to],
        connection=connection,
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        letter.send()
    except (SMTPResponseException, SMTPRecipientsRefused) as error:  # it was refused, in words
        _later(notice, State.SENDING, error)
    except (OSError, SMTPException):
        log.exception("notice %s: nobody knows whether it arrived", notice.pk)
    else:
        return _move(notice, State.SENDING, State.SENT)
    connection.close()
    return False


def _later(notice: Notice, held_as: str, error: Exception) -> None:
    attempts = notice.attempts + 1
    log.warning("notice %s was not sent: %s", notice.pk, type(error).__name__)
    _as_read(notice, held_as).update(
        state=State.FAILED if attempts >= MAX_ATTEMPTS else State.WAITING,
        attempts=F("attempts") + 1,
        not_before=timezone.now() + timedelta(minutes=2**attempts),
        problem=str(error)[:200],
        changed_at=timezone.now(),
    )


def _move(notice: Notice, held_as: str, state: str) -> bool:
    rows = _as_read(notice, held_as)
    return bool(rows.update(state=state, problem="", changed_at=timezone.now()))


def _as_read(notice: Notice, held_as: str) -> QuerySet[Notice]:
    """Nothing, if it has moved since or somebody else has tried: two never count one try twice."""
    return Notice.objects.filter(pk=notice.pk, state=held_as, attempts=notice.attempts)


def _can_be_mailed(to: str) -> bool:
    if not settings.EMAIL_URL:
        return False
    try:
        validate_email(to)
    except ValidationError:
        return False
    return True


def _ring() -> None:
    app.send_task("review.send_notices", retry=False)
