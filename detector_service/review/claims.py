"""One case is looked at by one person at a time, for as long as they are really there."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from detector_service.review.models import Case
from detector_service.review.refusal import Refusal


def claim(case: Case, *, by: User) -> None:
    """Take it, or keep it for longer. One conditional UPDATE: of two people one gets it."""
    require(by, "review.decide_case")
    now = timezone.now()
    free = Q(claimed_by=None) | Q(claimed_by=by) | Q(claim_expires_at__lte=now)
    taken = Case.objects.filter(free, pk=case.pk).update(
        claimed_by=by, claim_expires_at=now + timedelta(seconds=settings.REVIEW_CLAIM_S)
    )
    if not taken:
        raise Refusal("case.claimed", "Somebody else has claimed this case.")
    case.refresh_from_db(fields=["claimed_by", "claim_expires_at"])


def release(case: Case, *, by: User) -> None:
    """One's own; a senior may take it from anybody."""
    require(by, "review.decide_case")
    rows = Case.objects.filter(pk=case.pk)
    if not by.has_perm("review.approve_decision"):
        rows = rows.filter(claimed_by=by)
    released = rows.update(claimed_by=None, claim_expires_at=None)
    case.refresh_from_db(fields=["claimed_by", "claim_expires_at"])
    if not released and claimed_by_another(case, by):
        raise Refusal("case.claimed", "Somebody else has claimed this case.")


def claimed_by_another(case: Case, user: User) -> bool:
    return (
        case.claimed_by_id not in (None, user.pk)
        and case.claim_expires_at is not None
        and case.claim_expires_at > timezone.now()
    )


def require(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise Refusal("not.allowed", "Your role does not allow this.")
