"""Take away what nobody needs any more: uploads that were given up, and rows that are old."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from detector_service.posters import answering, files, uploads
from detector_service.posters.models import Callback, Posting

_STRAY_AFTER_S = 3600


def sweep() -> None:
    answering.settle_changed()
    uploads.expire_due()
    known = set(Posting.objects.filter(has_file=True).values_list("public_id", flat=True))
    files.sweep(known, older_than_s=_STRAY_AFTER_S, now_s=time.time())
    long_ago = timezone.now() - timedelta(days=settings.POSTINGS_KEPT_DAYS)
    Callback.objects.filter(created_at__lt=long_ago, next_attempt_at=None).delete()
    Posting.objects.filter(created_at__lt=long_ago, callbacks=None, has_file=False).exclude(
        state__in=(Posting.State.UPLOADING, Posting.State.CHECKING)
    ).delete()
