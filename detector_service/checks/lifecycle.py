"""Every change of a Check's state after it was made, and nothing else.

    queued --claim--> fetching --hand_over--> queued --claim--> analysing --finish--> done
       ^                 |                      ^                   |
       +--fail, in time--+                      +---fail, in time---+---fail---> failed

Each is one conditional UPDATE. Who works on a row holds its lease: a token and a time. An UPDATE
that no longer finds the token changes nothing, so a worker that was thought dead and comes back
late can do no harm, and a cancelled check stops its worker at the next ``renew``.
"""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from analysis.errors import PROBLEMS, Cancelled
from detector_service.checks import store
from detector_service.checks.doorbell import messages_waiting, ring, ring_on_commit
from detector_service.checks.models import Address, Check, Finding
from detector_service.checks.same_video import share
from detector_service.checks.steps import Step

MAX_ATTEMPTS = 3
BACKOFF_S = (15.0, 90.0)  # before the second and the third attempt
# Asking the same of these at once costs much and changes nothing.
NOT_RETRIED = frozenset({"service.timeout", "platform.bot_check"})
RUNG_IN_VAIN_AFTER_S = 30
RING_AGAIN_AFTER_S = 3600
RINGS_PER_SWEEP = 500


class LeaseLost(Cancelled):
    """Somebody else has this check now, or it was cancelled: stop, and write nothing."""


@dataclass(frozen=True, slots=True)
class Lease:
    check_pk: int
    public_id: str
    step: Step
    token: str


def claim(check_pk: int, step: Step) -> Lease | None:
    """Take a row whose next step this is; None if there is nothing to do or somebody has it."""
    now = timezone.now()
    token = secrets.token_hex(16)
    abandoned = Q(state=step.running_state, lease_expires_at__lt=now)
    claimed = Check.objects.filter(
        Q(state=Check.State.QUEUED) | abandoned,
        Q(not_before=None) | Q(not_before__lte=now),
        step.due,
        pk=check_pk,
        attempts__lt=MAX_ATTEMPTS,
    ).update(
        state=step.running_state,
        stage="starting",
        attempts=F("attempts") + 1,
        lease_token=token,
        lease_expires_at=_lease_end(now),
        not_before=None,
    )
    if not claimed:
        return None
    public_id = Check.objects.values_list("public_id", flat=True).get(pk=check_pk)
    return Lease(check_pk=check_pk, public_id=public_id, step=step, token=token)


def renew(lease: Lease, *, stage: str, progress: float) -> None:
    _change(
        lease,
        stage=stage[:40],
        progress=min(max(progress, 0.0), 1.0),
        lease_expires_at=_lease_end(timezone.now()),
    )


def hand_over(lease: Lease, *, work_file: str, title: str = "", found_as: str = "") -> None:
    """The bytes are in the store: what is left is to look at them. The attempt went well."""
    with transaction.atomic():
        _change(
            lease,
            work_file=work_file,
            attempts=F("attempts") - 1,
            **_titled(title),
            **_waiting(stage="fetched", not_before=None),
        )
        Address.objects.filter(checks=lease.check_pk).update(**_found(title, found_as))
        ring_on_commit(lease.check_pk, Step.ANALYSE)


def fetch_again(lease: Lease) -> None:
    """The bytes are gone from the store. Counts as an attempt, so it cannot go on for ever."""
    if not _change_if_attempts_left(lease, work_file="", **_waiting(stage="", not_before=None)):
        fail(lease, code="service.internal")
        return
    ring_on_commit(lease.check_pk, Step.FETCH)


def finish(lease: Lease, *, finding: Finding, title: str = "", found_as: str | None = None) -> None:
    """``found_as`` None: as ``hand_over`` has said."""
    with transaction.atomic():
        _end(
            _held(lease),
            state=Check.State.DONE,
            video=finding.video,
            finding=finding,
            progress=1.0,
            **_titled(title),
        )
        Address.objects.filter(checks=lease.check_pk).update(
            video=finding.video, fetched_at=timezone.now(), **_found(title, found_as)
        )
        for address in Address.objects.filter(checks=lease.check_pk):
            share(address, finding.video)


def fail(lease: Lease, *, code: str, retry_after_s: float | None = None) -> None:
    """Failed for good, unless the problem is one that passes and attempts are left."""
    if PROBLEMS[code].transient and code not in NOT_RETRIED:
        attempts = Check.objects.values_list("attempts", flat=True).get(pk=lease.check_pk)
        backoff_s = BACKOFF_S[min(attempts, len(BACKOFF_S)) - 1]
        wait_s = max(retry_after_s or 0.0, random.uniform(0.8, 1.2) * backoff_s)  # noqa: S311
        not_before = timezone.now() + timedelta(seconds=min(wait_s, 900.0))
        if _change_if_attempts_left(
            lease, **_waiting(stage="waiting_to_retry", not_before=not_before)
        ):
            return
    _end(_held(lease), state=Check.State.FAILED, problem_code=code)


def cancel(check: Check) -> bool:
    """Takes the lease away; whoever works on it notices within a second and stops.

    False if it has ended, or if others wait for it too, who may have joined since it was read.
    """
    under_way = Check.objects.filter(pk=check.pk, state__in=Check.ACTIVE, shared=False)
    try:
        _end(under_way, state=Check.State.FAILED, problem_code="service.cancelled")
    except LeaseLost:
        return False
    return True


def requeue_stalled() -> None:
    """The net under everything: no row waits for ever, whatever died and whatever was lost."""
    now = timezone.now()
    abandoned = Q(state__in=Check.RUNNING, lease_expires_at__lt=now)
    used_up = Check.objects.filter(
        abandoned | Q(state=Check.State.QUEUED), attempts__gte=MAX_ATTEMPTS
    )
    for row in used_up:
        still = Check.objects.filter(pk=row.pk, state=row.state, lease_token=row.lease_token)
        try:
            _end(still, state=Check.State.FAILED, problem_code="service.internal")
        except LeaseLost:
            continue
    Check.objects.filter(abandoned, attempts__lt=MAX_ATTEMPTS).update(
        **_waiting(stage="waiting_to_retry", not_before=None)
    )
    for step in Step:
        for check_pk in _waiting_unheard(step, now):
            ring(check_pk, step)


def _waiting_unheard(step: Step, now: datetime) -> list[int]:
    """Rows that wait although their message was never sent, or was sent and is lost.

    That a message is lost shows in an empty queue; ringing only then keeps a long queue of
    patient rows from being doubled at every sweep.
    """
    unheard = Q(published_at=None) | Q(published_at__lt=now - timedelta(seconds=RING_AGAIN_AFTER_S))
    if messages_waiting(step) == 0:
        unheard |= Q(published_at__lt=now - timedelta(seconds=RUNG_IN_VAIN_AFTER_S))
    rows = Check.objects.filter(
        unheard, Q(not_before=None) | Q(not_before__lte=now), step.due, state=Check.State.QUEUED
    )
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:RINGS_PER_SWEEP])


def _found(title: str, found_as: str | None) -> dict[str, str]:
    found = {} if found_as is None else {"found_as": found_as}
    return found | _titled(title)


def _titled(title: str) -> dict[str, str]:
    return {"title": title[:500]} if title else {}


def _lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.LEASE_S)


def _held(lease: Lease) -> QuerySet[Check]:
    return Check.objects.filter(pk=lease.check_pk, lease_token=lease.token)


def _change(lease: Lease, **fields: object) -> None:
    if not _held(lease).update(**fields):
        raise LeaseLost(lease.public_id)


def _change_if_attempts_left(lease: Lease, **fields: object) -> bool:
    return bool(_held(lease).filter(attempts__lt=MAX_ATTEMPTS).update(**fields))


def _waiting(*, stage: str, not_before: datetime | None) -> dict[str, object]:
    return {
        "state": Check.State.QUEUED,
        "stage": stage,
        "lease_token": "",
        "lease_expires_at": None,
        "not_before": not_before,
        "published_at": None,
    }


def _end(
    rows: QuerySet[Check], *, state: Check.State, problem_code: str = "", **fields: object
) -> None:
    """Done or failed: no lease, and no bytes, since nobody needs them any more."""
    check = rows.first()
    ended = rows.update(
        state=state,
        stage="",
        problem_code=problem_code,
        work_file="",
        lease_token="",
        lease_expires_at=None,
        not_before=None,
        finished_at=timezone.now(),
        **fields,
    )
    if check is None or not ended:
        raise LeaseLost
    if check.work_file:
        bytes_key = check.work_file
        transaction.on_commit(lambda: store.delete(bytes_key), robust=True)
