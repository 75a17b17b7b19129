"""What the clock and a new Finding make a worker do here."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from detector_service.checks.models import Video
from detector_service.review import audit, deciding, opening, telling

log = logging.getLogger(__name__)


@shared_task(name="review.apply_due")
def apply_due() -> None:
    deciding.apply_due()


@shared_task(name="review.send_notices")
def send_notices() -> None:
    telling.send_notices()


@shared_task(name="review.catch_up")
def catch_up() -> None:
    """Overlaps itself on purpose: what one run missed, the next one finds."""
    opening.catch_up(timezone.now() - timedelta(minutes=30))
    # Outside of the database: a copy that is set back no longer fits it.
    log.info("audit anchor %s", audit.anchor())


@shared_task(name="review.match")
def match(video_pk: int) -> None:
    from detector_service.review import matching

    video = Video.objects.filter(pk=video_pk).first()
    if video is not None:
        matching.match(video)
