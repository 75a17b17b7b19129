"""From "I have looked at it" to what everybody is told.

    decide --> (held --approve-->) pending --five minutes--> told, then applied
                  |                   |
                refuse               undo

When the five minutes are over every reader is told, whether or not a worker is there: the decision
was planned with its time. To apply it is to write that down, close the case and tell who asked.

Two people can never decide unseen: a decision names the version of the case that was looked at,
and takes it by a conditional UPDATE. Of undo and apply the database lets one happen. It names the
Finding too: whoever keeps the model's verdict keeps the one that they were shown.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from analysis.finding import Outcome
from detector_service.checks import overrides
from detector_service.checks.models import Finding
from detector_service.review import audit, telling
from detector_service.review.claims import claimed_by_another, require
from detector_service.review.models import Appeal, Case, Decision, DecisionStep
from detector_service.review.opening import finding_of
from detector_service.review.refusal import Refusal

log = logging.getLogger(__name__)

Kind = DecisionStep.Kind


def decide(
    *,
    case: Case,
    by: User,
    saw_version: int,
    saw_finding: int,
    effect: str,
    policy: str,
    public_reason: str,
    outcome: str = "",
    private_note: str = "",
) -> Decision:
    """``outcome`` is for an override alone: keeping repeats the model's, withholding has none."""
    require(by, "review.decide_case")
    if not public_reason.strip():
        raise Refusal("reason.missing", "Say why: whoever asked will read it.")
    with transaction.atomic():
        case = _locked(case.pk)
        finding = finding_of(case.video)
        _refuse_if_not_theirs(case, by, saw_version)
        if finding.pk != saw_finding:
            raise Refusal(
                "verdict.changed",
                "The model's verdict is another one since you looked: look again.",
            )
        now = timezone.now()
        decision = Decision(
            case=case,
            outcome=_outcome(effect, outcome, finding, blind=case.blind),
            effect=effect,
            policy=policy,
            public_reason=public_reason.strip(),
            private_note=private_note.strip(),
            by=by,
            by_name=by.get_username(),
            bundle=finding.bundle,
            model_outcome=finding.outcome,
            fake_probability=finding.fake_probability,
            blind=case.blind,
            overrides=case.decision,
            created_at=now,
        )
        decision.why_held = _why_held(case, decision)
        decision.save()
        audit.record_decision(decision)
        held = bool(decision.why_held)
        _move(
            case,
            saw_version=saw_version,
            state=Case.State.HELD if held else Case.State.PENDING,
            pending=decision,
            due_at=None if held else _due(now),
            claimed_by=None,
            claim_expires_at=None,
        )
        if not held:
            _plan(case)
    return decision


def approve(*, case: Case, by: User, saw_version: int) -> None:
    with transaction.atomic():
        case = _held(case, by)
        decision = case.pending
        assert decision is not None
        now = timezone.now()
        _step(decision, Kind.APPROVED, by, now)
        _move(case, saw_version=saw_version, state=Case.State.PENDING, due_at=_due(now))
        _plan(case)


def refuse(*, case: Case, by: User, saw_version: int) -> None:
    with transaction.atomic():
        case = _held(case, by)
        assert case.pending is not None
        _step(case.pending, Kind.REFUSED, by, timezone.now())
        _reopen(case, saw_version)


def undo(*, case: Case, by: User, saw_version: int) -> None:
    """Until it is told to anybody: by who decided, or by a senior who is not appealed against."""
    require(by, "review.decide_case")
    with transaction.atomic():
        case = _locked(case.pk)
        decision = case.pending
        now = timezone.now()
        if decision is None or (case.due_at is not None and case.due_at <= now):
            raise Refusal("decision.told", "It has been told already: decide again instead.")
        if decision.by_id != by.pk:
            require(by, "review.approve_decision")
            _refuse_if_appealed_against(case, by)
        _step(decision, Kind.UNDONE, by, now)
        overrides.cancel_plan(case.video)
        _reopen(case, saw_version)


def apply_due(now: datetime | None = None) -> int:
    """What the clock does: everything whose time to undo is over."""
    now = now or timezone.now()
    due = Case.objects.filter(state=Case.State.PENDING, due_at__lte=now)
    applied = 0
    for pk in list(due.order_by("due_at").values_list("pk", flat=True)[:500]):
        try:
            with transaction.atomic():
                case = _locked(pk)
                if case.state == Case.State.PENDING and case.pending is not None:
                    _apply(case, now)
                    applied += 1
        except Refusal:
            log.info("case %s: undone, applied or erased by somebody else", pk)
        except Exception:  # one broken case must not hold up the decisions of others
            log.exception("case %s: its decision could not be applied", pk)
    return applied


def is_appealed_against(case: Case, user: User) -> bool:
    return Case.objects.filter(appealed_against(user), pk=case.pk).exists()


def appealed_against(user: User) -> Q:
    """Cases with an open appeal against what they decided, or gave the second approval."""
    approved = DecisionStep.objects.filter(kind=Kind.APPROVED, by=user).values("decision")
    theirs = Q(against__by=user) | Q(against__in=approved)
    return Q(pk__in=Appeal.objects.filter(theirs, answered_by=None).values("case"))


def _plan(case: Case) -> None:
    decision = case.pending
    assert decision is not None and case.due_at is not None
    if decision.effect == Decision.Effect.WITHHOLD:
        _apply(case, timezone.now())  # to say nothing harms nobody, and waiting might
    else:  # what was kept is what a person says too, whatever the next model makes of it
        overrides.plan_override(
            case.video,
            outcome=Outcome(decision.outcome),
            public_reason=decision.public_reason,
            effective_at=case.due_at,
        )


def _apply(case: Case, now: datetime) -> None:
    decision = case.pending
    assert decision is not None
    _step(decision, Kind.APPLIED, None, timezone.now())
    before = case.decision
    if decision.effect == Decision.Effect.WITHHOLD:
        overrides.set_override(
            case.video, outcome=None, public_reason=decision.public_reason, withheld=True
        )
    else:
        overrides.take_effect(case.video, now=now)
    telling.write_notices(decision, before=before)
    contests = case.video.contests.filter(answered_at=None, created_at__lte=decision.created_at)
    contests.update(answered_at=timezone.now())
    # What arrived while it could be undone was not before whoever decided: it waits for its turn.
    unseen = case.reasons.filter(created_at__gt=decision.created_at).exists()
    answered = case.appeals.filter(answered_by=None, created_at__lte=decision.created_at)
    answered.update(answered_by=decision)
    Case.objects.filter(pk=case.pk).update(
        state=Case.State.OPEN if unseen else Case.State.CLOSED,
        decision=decision,
        pending=None,
        due_at=None,
        closed_at=None if unseen else timezone.now(),
        blind=False,
        version=F("version") + 1,
    )
    case.refresh_from_db()


def _refuse_if_not_theirs(case: Case, by: User, saw_version: int) -> None:
    if case.pending_id is not None:
        raise Refusal("decision.pending", "A decision is waiting already: undo it first.")
    if case.version != saw_version:
        raise Refusal("case.changed", "The case has changed since you opened it: look again.")
    if claimed_by_another(case, by):
        raise Refusal("case.claimed", "Somebody else has claimed this case.")
    _refuse_if_appealed_against(case, by)


def _refuse_if_appealed_against(case: Case, by: User) -> None:
    if is_appealed_against(case, by):
        raise Refusal("appeal.own", "An appeal is answered by somebody else.")


def _outcome(effect: str, outcome: str, finding: Finding, *, blind: bool) -> str:
    """Whoever has not been shown the model's verdict cannot keep it: they say their own."""
    if effect == Decision.Effect.WITHHOLD:
        return ""
    if effect == Decision.Effect.KEEP and not blind:
        return finding.outcome
    if effect != Decision.Effect.OVERRIDE or outcome not in set(Outcome):
        raise Refusal("outcome.missing", "Say which outcome is to be told.")
    return outcome


def _why_held(case: Case, decision: Decision) -> str:
    """The policy of the second approval, in one place. Empty: one person is enough."""
    before = case.decision
    if before is not None and before.effect != Decision.Effect.WITHHOLD:
        if decision.outcome != before.outcome:
            return "It overturns what another decision told."
        return ""
    changes = decision.outcome != decision.model_outcome
    if changes and case.reach >= settings.REVIEW_SECOND_PERSON_FROM_REACH:
        return f"It changes what {case.reach} people were told."
    return ""


def _locked(pk: int) -> Case:
    """Before anything else, as ``erasing`` does: of two that lock, only one has to wait."""
    case = Case.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if case is None:
        raise Refusal("case.gone", "This case is not there any more.")
    return case


def _held(case: Case, by: User) -> Case:
    require(by, "review.approve_decision")
    case = _locked(case.pk)
    if case.state != Case.State.HELD or case.pending is None:
        raise Refusal("decision.not_held", "Nothing waits for a second person here.")
    if case.pending.by_id == by.pk:
        raise Refusal("decision.own", "The second person is somebody else.")
    _refuse_if_appealed_against(case, by)
    return case


def _step(decision: Decision, kind: Kind, by: User | None, at: datetime) -> None:
    try:
        with transaction.atomic():
            step = DecisionStep.objects.create(
                decision=decision,
                kind=kind,
                by=by,
                by_name="" if by is None else by.get_username(),
                created_at=at,
            )
    except IntegrityError as error:
        raise Refusal("decision.ended", "Somebody was faster: it has ended already.") from error
    audit.record_step(step)


def _reopen(case: Case, saw_version: int) -> None:
    _move(case, saw_version=saw_version, state=Case.State.OPEN, pending=None, due_at=None)


def _move(case: Case, *, saw_version: int, **fields: object) -> None:
    moved = Case.objects.filter(pk=case.pk, version=saw_version).update(
        version=F("version") + 1, **fields
    )
    if not moved:
        raise Refusal("case.changed", "The case has changed since you opened it: look again.")
    case.refresh_from_db()


def _due(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.REVIEW_UNDO_S)
