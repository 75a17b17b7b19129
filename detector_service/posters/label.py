"""The label: a block for the site to store with the post, in the poster's language.

What was found, by what, when, and what was not judged; whether a disclosure may be needed; and a
ready statement of reasons: how it was detected, who decides, on what ground, where to object.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from analysis.finding import Outcome
from detector_service.checks import words as check_words
from detector_service.checks.queries import VerdictView
from detector_service.posters import words
from detector_service.posters.models import Posting

LABEL_VERSION = 1


def label(posting: Posting, verdict: VerdictView) -> dict[str, Any]:
    warns = verdict.outcome in posting.site.warn_on
    manipulated = verdict.outcome == Outcome.LIKELY_MANIPULATED
    return {
        "version": LABEL_VERSION,
        "language": get_language() or "en",
        "test": posting.test,
        "posting": posting.public_id,
        "reference": posting.reference,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "headline": check_words.headline(verdict.outcome),
        "explanation": check_words.explanation(verdict),
        "meaning": check_words.meaning(verdict).sentence,
        "decided_by": verdict.decided_by,
        "public_reason": verdict.public_reason,
        "bundle": verdict.bundle,
        "checked_at": moment(verdict.checked_at),
        "decided_at": moment(verdict.decided_at),
        "sha256": verdict.finding.fingerprint.sha256,
        "not_judged": [
            {
                "track": track.number,
                "reason": track.reason,
                "sentence": check_words.why_not_judged(track),
            }
            for track in verdict.not_judged
        ],
        "not_looked_for": words.not_looked_for(),
        "disclosure": {
            "may_be_needed": manipulated,
            "sentence": words.disclosure() if manipulated else None,
        },
        "statement_of_reasons": _reasons(posting, verdict) if warns else None,
        "report_url": report_url(posting),
        "contest_url": contest_url(posting),
    }


def report_url(posting: Posting) -> str | None:
    check = posting.check_asked
    return None if check is None else f"{settings.PUBLIC_URL}/checks/{check.public_id}"


def contest_url(posting: Posting) -> str | None:
    report = report_url(posting)
    return None if report is None else f"{report}/contest"


def moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _reasons(posting: Posting, verdict: VerdictView) -> dict[str, Any]:
    found = words.facts(verdict.outcome, by_moderator=verdict.decided_by == "moderator")
    ground = posting.site.ground or words.ground()
    redress = words.redress()
    where = posting.site.redress_url or contest_url(posting)
    said = [found, words.means(), ground, redress]
    return {
        "restriction": "none",
        "automated_detection": True,
        "automated_decision": False,
        "facts": found,
        "means": words.means(),
        "ground": ground,
        "redress": {"sentence": redress, "url": where},
        "text": " ".join([*said, where] if where else said),
    }
