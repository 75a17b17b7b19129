"""Videos that are known for good, and matches that are switched off for good."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from detector_service.checks.models import Video
from detector_service.review import audit
from detector_service.review.claims import require
from detector_service.review.models import BankEntry, Match
from detector_service.review.refusal import Refusal


def put_in_bank(*, video: Video, bank: str, by: User, reason: str) -> BankEntry:
    require(by, "review.manage_banks")
    if bank not in BankEntry.Bank.values:
        raise Refusal("bank.unknown", "There is no such bank.")
    if not reason.strip():
        raise Refusal("reason.missing", "Say how this is known.")
    with transaction.atomic():
        entry, _ = BankEntry.objects.update_or_create(
            video=video, defaults={"bank": bank, "by": by, "reason": reason.strip()}
        )
        audit.append(
            kind="bank.put",
            subject=f"video {video.sha256}",
            facts={"bank": bank, "reason": reason.strip()},
            actor=by.get_username(),
        )
    return entry


def dismiss(match: Match, *, by: User) -> None:
    """This pair is never proposed again, in either direction."""
    require(by, "review.manage_banks")
    Match.objects.filter(
        video__in=(match.video_id, match.other_id),
        other__in=(match.video_id, match.other_id),
        dismissed_at=None,
    ).update(dismissed_by=by, dismissed_at=timezone.now())
