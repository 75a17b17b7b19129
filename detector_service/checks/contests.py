"""Somebody says that a verdict is wrong; review answers it."""

from __future__ import annotations

from enum import StrEnum

from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from detector_service.checks.asker import Asker, hash_of_owner
from detector_service.checks.models import Check, Contest
from detector_service.checks.problems import Refused
from detector_service.checks.queries import verdict_of_check, why_withheld


class ContestReason(StrEnum):
    NOT_MANIPULATED = "not_manipulated"  # the verdict accuses a video that was not changed
    IS_MANIPULATED = "is_manipulated"  # the verdict misses a manipulation
    WRONG_STRETCH = "wrong_stretch"  # the marked part is not the one
    SHOWS_ME = "shows_me"  # the person who contests is in the video
    OTHER = "other"


LONGEST_WORDS = 2000
#: Beside what is seen: lines, and the marks that Arabic, Persian and emoji are written with.
_KEPT_UNSEEN = frozenset("\n\t\u200c\u200d\u200e\u200f")
MOST_OF_ONE_PERSON = 3  # of one video: a contest and two appeals


def make_contest(
    *,
    check: Check,
    asker: Asker,
    reason: ContestReason,
    words: str = "",
    start_s: float | None = None,
    end_s: float | None = None,
    contact: str = "",
) -> Contest:
    """One at a time per person and video, of a verdict that was told: else ``Refused``.

    What was answered may be contested again, which is an appeal, but not for ever.
    """
    if check.state != Check.State.DONE or check.video is None:
        raise Refused("verdict.not_yet")
    verdict = verdict_of_check(check)
    if verdict is None:
        raise Refused(why_withheld(check.video))
    person = _person(asker)
    if check.video.contests.filter(person_sha256=person).count() >= MOST_OF_ONE_PERSON:
        raise Refused("contest.already_made")
    try:
        with transaction.atomic():
            return Contest.objects.create(
                video=check.video,
                check_asked=check,
                reason=reason,
                words=_plain(words)[:LONGEST_WORDS],
                start_s=start_s,
                end_s=end_s,
                contact=contact,
                told_outcome=verdict.outcome,
                language=get_language() or "",
                person_sha256=person,
            )
    except IntegrityError as error:
        raise Refused("contest.already_made") from error


def _plain(words: str) -> str:
    """Without what turns a moderator's line around, or hides in it."""
    return "".join(each for each in words if each.isprintable() or each in _KEPT_UNSEEN)


def _person(asker: Asker) -> str:
    """The owner of the key, whichever key it is; else whoever is at that network address."""
    if asker.key is not None:
        return hash_of_owner(asker.key.owner_id)
    return asker.address_sha256
