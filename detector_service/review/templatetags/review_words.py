"""Machine words as moderators read them."""

from __future__ import annotations

from django import template

from detector_service.checks.contests import ContestReason
from detector_service.checks.words import headline

register = template.Library()

_CONTESTS = {
    ContestReason.NOT_MANIPULATED: "It was not manipulated",
    ContestReason.IS_MANIPULATED: "It was manipulated",
    ContestReason.WRONG_STRETCH: "The wrong part is marked",
    ContestReason.SHOWS_ME: "It shows me",
    ContestReason.OTHER: "Something else",
}


@register.filter
def outcome_words(outcome: str) -> str:
    return headline(outcome) if outcome else "Withheld"


@register.filter
def contest_words(reason: str) -> str:
    return _CONTESTS.get(ContestReason(reason), reason)
