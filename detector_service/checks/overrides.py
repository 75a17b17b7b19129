"""What people decided stands above what a model saw. Review calls this and nobody else.

A plan is a decision with a time: from then on every reader is told it, without anything having to
run. ``take_effect`` comes soon after, makes the plan an override and tells those who listen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from analysis.finding import Outcome
from detector_service.checks.models import Override, PlannedOverride, Video
from detector_service.checks.queries import VerdictView, verdict_of
from detector_service.checks.signals import verdict_changed


def set_override(
    video: Video,
    *,
    outcome: Outcome | None,
    public_reason: str = "",
    withheld: bool = False,
    decided_at: datetime | None = None,
) -> Override:
    """``outcome`` None goes with ``withheld``: nobody is told anything until it was seen."""
    if (outcome is None) != withheld:
        raise ValueError("either an outcome or withheld, never both and never neither")
    with _told(video):
        override, _ = Override.objects.update_or_create(
            video=video,
            defaults={
                "outcome": "" if outcome is None else outcome.value,
                "withheld": withheld,
                "public_reason": public_reason,
                "decided_at": decided_at or timezone.now(),
            },
        )
    return override


def plan_override(
    video: Video, *, outcome: Outcome, public_reason: str, effective_at: datetime
) -> None:
    with transaction.atomic():
        cancel_plan(video)
        PlannedOverride.objects.create(
            video=video,
            outcome=outcome.value,
            public_reason=public_reason,
            effective_at=effective_at,
        )


def cancel_plan(video: Video) -> None:
    with transaction.atomic():
        _drop_plan(video)


def take_effect(video: Video, *, now: datetime) -> bool:
    """Whether there was a plan whose time has come. Said twice, it changes nothing."""
    with transaction.atomic():
        due = PlannedOverride.objects.filter(video=video, effective_at__lte=now)
        plan = due.select_for_update().first()
        if plan is None:
            return False
        set_override(
            video,
            outcome=Outcome(plan.outcome),
            public_reason=plan.public_reason,
            decided_at=plan.effective_at,
        )
    return True


@contextmanager
def _told(video: Video) -> Iterator[None]:
    """The version is part of every ETag and cache key, so what was cached is out of date now."""
    with transaction.atomic():
        _drop_plan(video)
        before = _verdict(video)
        yield
        Video.objects.filter(pk=video.pk).update(verdict_version=F("verdict_version") + 1)
        after = _verdict(video)
        if _words(before) != _words(after):
            transaction.on_commit(lambda: _say(video, before, after))


def _drop_plan(video: Video) -> None:
    """Two versions more: readers whose time had come may have been told the plan under the next."""
    dropped, _ = PlannedOverride.objects.filter(video=video).delete()
    if dropped:
        Video.objects.filter(pk=video.pk).update(verdict_version=F("verdict_version") + 2)


def _verdict(video: Video) -> VerdictView | None:
    rows = Video.objects.select_related("override", "planned")
    return verdict_of(rows.get(pk=video.pk))


def _words(verdict: VerdictView | None) -> tuple[str, ...] | None:
    if verdict is None:
        return None
    return verdict.outcome, verdict.decided_by, verdict.public_reason


def _say(video: Video, before: VerdictView | None, after: VerdictView | None) -> None:
    verdict_changed.send_robust(sender=Video, video=video, before=before, after=after)
