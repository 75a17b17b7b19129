"""How something that is about to be published stands now, and what the site's policy says of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from detector_service.checks.models import Check, Video
from detector_service.checks.queries import VerdictView, verdict_of
from detector_service.posters import second_look
from detector_service.posters.models import Posting
from detector_service.posters.samples import SAMPLE_PROBLEM, verdict_of_sample
from detector_service.review import erasing

State = Posting.State


@dataclass(frozen=True, slots=True)
class Standing:
    state: str
    verdict: VerdictView | None = None
    problem_code: str = ""
    video: Video | None = None

    @property
    def told(self) -> tuple[str, str, str]:
        """What a site sees of it: a difference here is news."""
        if self.verdict is None:
            return self.state, "", ""
        return self.state, self.verdict.outcome, self.verdict.decided_by


def standing_of(posting: Posting) -> Standing:
    """How it stands now. What its site was told last may be older."""
    if posting.state in (State.UPLOADING, State.CANCELLED):
        return Standing(posting.state)
    if posting.sample:
        return _of_sample(posting)
    rows = Check.objects.select_related("video__override", "video__planned")
    check = rows.filter(postings=posting).first()
    if check is None:  # maybe since the posting was read
        return Standing(State.FAILED, problem_code=posting.problem_code or "video.erased")
    return _of_check(posting, check)


def _of_check(posting: Posting, check: Check) -> Standing:
    if check.state == Check.State.FAILED:
        return Standing(State.FAILED, problem_code=check.problem_code)
    if check.state != Check.State.DONE or check.video is None:
        return Standing(State.CHECKING)
    verdict = verdict_of(check.video)
    if verdict is None and erasing.is_erased(check.video):  # nobody will ever look at it
        return Standing(State.FAILED, problem_code="video.erased")
    if verdict is None or second_look.is_due(posting, verdict):
        return Standing(State.SECOND_LOOK, video=check.video)
    return Standing(State.ANSWERED, verdict=verdict, video=check.video)


def advice(posting: Posting) -> str | None:
    """The site's policy, applied to the words. None: not yet."""
    match posting.state:
        case State.ANSWERED:
            return "warn" if posting.told_outcome in posting.site.warn_on else "publish"
        case State.FAILED | State.CANCELLED:
            return "publish" if posting.site.on_failure == "open" else "hold"
        case State.SECOND_LOOK:
            return "hold"
        case _:
            return None


def _of_sample(posting: Posting) -> Standing:
    if posting.sample == "failed":
        return Standing(State.FAILED, problem_code=SAMPLE_PROBLEM)
    now = timezone.now()
    verdict = verdict_of_sample(posting.sample, asked_at=posting.created_at, now=now)
    return Standing(State.SECOND_LOOK if verdict is None else State.ANSWERED, verdict=verdict)
