"""What moderators tell each other about a case."""

from __future__ import annotations

from django.contrib.auth.models import User

from detector_service.review.claims import require
from detector_service.review.models import Case, Note
from detector_service.review.refusal import Refusal


def add_note(*, case: Case, by: User, text: str) -> Note:
    require(by, "review.decide_case")
    if not text.strip():
        raise Refusal("note.empty", "The note is empty.")
    return Note.objects.create(
        case=case, by=by, by_name=by.get_username(), text=text.strip()[:4000]
    )
