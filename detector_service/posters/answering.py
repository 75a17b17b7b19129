"""From how a check stands to what its site is told.

``settle`` may be called at any time and by anybody: it compares what is true with what the site
was told last, and writes the difference and its Callback in one transaction. Whoever reads a
posting calls it, whoever makes a verdict is heard, and the clock calls it for all that are left,
so nothing that was true is ever left untold.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from detector_service.checks.bundle import notice_promotion
from detector_service.checks.models import Check, Video
from detector_service.posters import callbacks, files, second_look
from detector_service.posters.models import Callback, Posting
from detector_service.posters.standing import Standing, standing_of

log = logging.getLogger(__name__)

State = Posting.State
Kind = Callback.Kind
_AT_ONCE = 500


def settle(posting: Posting) -> Posting:
    return look(posting)[0]


def look(posting: Posting) -> tuple[Posting, Standing]:
    """The posting as its site is told it from now on, and all that stands behind it."""
    standing = standing_of(posting)
    if _is_told(posting, standing):
        if standing.state == State.SECOND_LOOK and standing.video is not None:
            _see_that_somebody_looks(standing.video)
        return posting, standing
    with transaction.atomic():
        if standing.video is not None:
            second_look.hold_case(standing.video)
        rows = Posting.objects.select_for_update(of=("self",)).select_related("site")
        posting = rows.get(pk=posting.pk)
        notice_promotion()  # or a version that it made would be told with the verdict before it
        standing = standing_of(posting)
        if not _is_told(posting, standing):
            _tell(posting, standing)
    return posting, standing


def fail(posting: Posting, code: str) -> None:
    """An upload that cannot become a check: nothing of it is kept."""
    with transaction.atomic():
        posting.problem_code = code
        _tell(posting, Standing(State.FAILED, problem_code=code))


def cancel(posting: Posting) -> None:
    with transaction.atomic():
        _tell(posting, Standing(State.CANCELLED))


def settle_due() -> int:
    """What the clock does every few seconds: answers that came without anybody looking."""
    ended = Q(check_asked__state__in=(Check.State.DONE, Check.State.FAILED))
    settled = _settle_some("ended", Q(state=State.CHECKING) & (ended | Q(check_asked=None)))
    # Apart: those that wait for a person may be any number, and stay.
    return settled + _settle_some("waiting", Q(state=State.SECOND_LOOK))


def settle_changed() -> int:
    """And every minute: what changed after an answer, if nobody heard of it when it did."""
    since = timezone.now() - timedelta(days=settings.POSTINGS_KEPT_DAYS)
    told = Q(told_version=F("check_asked__video__verdict_version"))
    changed = Q(state=State.ANSWERED, sample="") & (Q(check_asked=None) | ~told)
    return _settle_some("changed", Q(created_at__gte=since) & changed)


def _settle_some(name: str, due: Q) -> int:
    """Each round goes on behind the one before, so that those that stay as they are hide none."""
    turn = f"posters:turn:{name}"
    rest = Posting.objects.filter(due, pk__gt=cache.get(turn, 0))
    rows = list(rest.select_related("site").order_by("pk")[:_AT_ONCE])
    cache.set(turn, rows[-1].pk if len(rows) == _AT_ONCE else 0, timeout=None)
    _settle_each(rows)
    return len(rows)


def settle_video(video: Video) -> None:
    """Everybody who asked about it is told what changed."""
    asked = Posting.objects.filter(check_asked__video=video).select_related("site")
    _settle_each(asked.order_by("pk").iterator())


def _settle_each(postings: Iterable[Posting]) -> None:
    for posting in postings:
        try:
            settle(posting)
        except Exception:  # one that cannot be told now must not keep others from their answers
            log.exception("posting %s could not be settled", posting.public_id)


def _is_told(posting: Posting, standing: Standing) -> bool:
    version = None if standing.verdict is None else standing.verdict.version
    told = (posting.state, posting.told_outcome, posting.told_by)
    return standing.told == told and (version is None or posting.told_version == version)


def _tell(posting: Posting, standing: Standing) -> None:
    """In the caller's transaction: the change and the news of it stand or fall as one."""
    before = (posting.state, posting.told_outcome, posting.told_by)
    was_told = posting.answered_at is not None
    verdict = standing.verdict
    posting.state, posting.told_outcome, posting.told_by = standing.told
    posting.problem_code = standing.problem_code
    posting.told_version = None if verdict is None else verdict.version
    if posting.has_ended and posting.answered_at is None:
        posting.answered_at = timezone.now()
    _see_to_bytes(posting, standing)
    posting.save()
    if before == standing.told:
        return
    if was_told:
        callbacks.put(posting, standing, Kind.CHANGED, before=before)
    elif posting.state == State.ANSWERED:
        callbacks.put(posting, standing, Kind.ANSWERED)
    elif posting.state == State.FAILED:
        callbacks.put(posting, standing, Kind.FAILED)


def _see_that_somebody_looks(video: Video) -> None:
    """Whoever withholds it closes its case, and those who wait would go on waiting for nobody."""
    if not second_look.is_asked_for(video):
        second_look.ask_for(video)


def _see_to_bytes(posting: Posting, standing: Standing) -> None:
    if posting.state == State.SECOND_LOOK and standing.video is not None:
        second_look.ask_for(standing.video)
        files.keep(posting, standing.video)
    elif posting.state == State.ANSWERED and posting.site.keep_files and standing.video:
        files.keep(posting, standing.video)
        files.drop(posting)
    elif posting.has_ended:
        files.drop(posting)
