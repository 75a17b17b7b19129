"""Before a site is told to warn, a moderator looks, if that is the site's policy."""

from __future__ import annotations

from detector_service.checks.models import Video
from detector_service.checks.queries import VerdictView
from detector_service.posters.models import Posting
from detector_service.review import opening
from detector_service.review.models import Case, CaseReason


def is_due(posting: Posting, verdict: VerdictView) -> bool:
    """Never of what a site was told already, and never of what a person has decided."""
    return (
        posting.site.second_look
        and posting.answered_at is None
        and verdict.decided_by == "model"
        and verdict.outcome in posting.site.warn_on
    )


def ask_for(video: Video) -> None:
    """Said twice, it changes nothing. What is withheld waits too, though its case was closed."""
    case = opening.open_case(video, CaseReason.Kind.SECOND_LOOK)
    if case.state == Case.State.CLOSED:
        opening.open_again(case)


def hold_case(video: Video) -> None:
    """Before the posting, in the order of whoever erases: else each would wait for the other."""
    Case.objects.select_for_update(of=("self",)).filter(video=video).first()


def is_asked_for(video: Video) -> bool:
    return Case.objects.filter(video=video).exclude(state=Case.State.CLOSED).exists()
