"""What people decided stands above what a model saw. Review calls this and nobody else."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from analysis.finding import Outcome
from detector_service.checks.models import Override, Video


def set_override(
    video: Video, *, outcome: Outcome | None, public_reason: str = "", withheld: bool = False
) -> Override:
    """``outcome`` None goes with ``withheld``: nobody is told anything until it was seen."""
    if (outcome is None) != withheld:
        raise ValueError("either an outcome or withheld, never both and never neither")
    with transaction.atomic():
        override, _ = Override.objects.update_or_create(
            video=video,
            defaults={
                "outcome": "" if outcome is None else outcome.value,
                "withheld": withheld,
                "public_reason": public_reason,
                "decided_at": timezone.now(),
            },
        )
        _tell(video)
    return override


def clear_override(video: Video) -> None:
    with transaction.atomic():
        Override.objects.filter(video=video).delete()
        _tell(video)


def _tell(video: Video) -> None:
    """The version is part of every ETag and cache key, so what was cached is out of date now."""
    Video.objects.filter(pk=video.pk).update(verdict_version=F("verdict_version") + 1)
