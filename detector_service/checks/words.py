"""What people read: one sentence for each outcome, reason and number, in their language.

Never "real" and never "fake". A share of wrong verdicts is told only where the bundle's card has
measured rates, and only at a stated prevalence: without one, an error rate says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop

from analysis.errors import Problem
from analysis.finding import Outcome, Reason, Track
from detector_service.checks.bundle import card_of
from detector_service.checks.queries import VerdictView

#: Of the videos that people send, the share that is taken to be manipulated.
PREVALENCE = 0.01

_HEADLINES: Mapping[str, str] = {
    Outcome.LIKELY_MANIPULATED: gettext_noop("Likely manipulated"),
    Outcome.NO_MANIPULATION_FOUND: gettext_noop("No manipulation found"),
    Outcome.INCONCLUSIVE: gettext_noop("Inconclusive"),
}
_EXPLANATIONS: Mapping[str, str] = {
    Outcome.LIKELY_MANIPULATED: gettext_noop("At least one face shows signs of manipulation."),
    Outcome.NO_MANIPULATION_FOUND: gettext_noop(
        "The faces that could be judged show no sign of manipulation. "
        "That does not prove that nothing was changed."
    ),
    Outcome.INCONCLUSIVE: gettext_noop("It could not be judged either way."),
}
_WHY_INCONCLUSIVE: Mapping[str, str] = {
    Reason.NO_FACE: gettext_noop("No face was found, so there was nothing to judge."),
    Reason.FACE_TOO_SMALL: gettext_noop("The faces are too small to be judged."),
    Reason.TOO_DARK: gettext_noop("The faces are too dark to be judged."),
    Reason.TOO_SHORT: gettext_noop("No face is in view long enough to be judged."),
    Reason.TOO_BLURRED: gettext_noop("The faces are too blurred to be judged."),
    Reason.CUT_OFF: gettext_noop(
        "The faces reach too far beyond the edge of the picture to be judged."
    ),
    Reason.TOO_MANY_FACES: gettext_noop("There are too many faces to judge each of them."),
    Reason.BORDERLINE: gettext_noop(
        "The score lies between the two thresholds, so neither can be said."
    ),
    Reason.ONE_STRETCH: gettext_noop(
        "A stretch of it shows signs of manipulation, all of it together does not."
    ),
}
_WHY_NOT_JUDGED: Mapping[str, str] = {
    Reason.NO_FACE: gettext_noop("No face was seen."),
    Reason.FACE_TOO_SMALL: gettext_noop("This face is too small to be judged."),
    Reason.TOO_DARK: gettext_noop("This face is too dark to be judged."),
    Reason.TOO_SHORT: gettext_noop("This face is not in view long enough to be judged."),
    Reason.TOO_BLURRED: gettext_noop("This face is too blurred to be judged."),
    Reason.CUT_OFF: gettext_noop(
        "This face reaches too far beyond the edge of the picture to be judged."
    ),
    Reason.TOO_MANY_FACES: gettext_noop("There are too many faces to judge this one as well."),
    Reason.BORDERLINE: gettext_noop("The score of this face lies between the two thresholds."),
}
_STATES: Mapping[str, str] = {
    "queued": gettext_noop("Waiting in the queue"),
    "fetching": gettext_noop("Fetching the video"),
    "analysing": gettext_noop("Looking at the faces"),
    "done": gettext_noop("Finished"),
    "failed": gettext_noop("Could not be checked"),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """How much such a verdict is worth; ``share_wrong`` is None where that was not measured."""

    sentence: str
    prevalence: float
    share_wrong: float | None


def headline(outcome: str) -> str:
    return gettext(_HEADLINES[outcome])


def explanation(verdict: VerdictView) -> str:
    if verdict.decided_by == "moderator":
        return gettext("A person has looked at it and decided.")
    if verdict.outcome == Outcome.INCONCLUSIVE and verdict.reason:
        return gettext(_WHY_INCONCLUSIVE[verdict.reason])
    return gettext(_EXPLANATIONS[verdict.outcome])


def why_not_judged(face: Track) -> str:
    if face.suspicious:
        return gettext(
            "Too little of this face is in view to judge it, "
            "but what was seen of it shows signs of manipulation."
        )
    return gettext(_WHY_NOT_JUDGED[face.reason or ""])


def state_words(state: str) -> str:
    return gettext(_STATES[state])


def problem_title(problem: Problem) -> str:
    return gettext(problem.sentence)


def problem_advice(problem: Problem) -> str:
    return gettext(problem.what_to_do)


def meaning(verdict: VerdictView) -> Meaning:
    if verdict.decided_by == "moderator":
        sentence = gettext("A person decided this, so the model's error rates do not apply.")
        return Meaning(sentence, PREVALENCE, None)
    if verdict.outcome == Outcome.INCONCLUSIVE:
        sentence = gettext("Nothing follows from this: there may or may not be a manipulation.")
        return Meaning(sentence, PREVALENCE, None)
    share_wrong = _share_wrong(verdict)
    if share_wrong is None:
        sentence = gettext(
            "How often this model is wrong has not been measured, so no share can be told."
        )
    elif share_wrong < 0.005:
        sentence = gettext(
            "If 1 in 100 videos sent here is manipulated, "
            "fewer than 1 in 100 results like this one are wrong."
        )
    else:
        sentence = gettext(
            "If 1 in 100 videos sent here is manipulated, "
            "about %(wrong)s in 100 results like this one are wrong."
        ) % {"wrong": round(share_wrong * 100)}
    return Meaning(sentence, PREVALENCE, share_wrong)


def _share_wrong(verdict: VerdictView) -> float | None:
    """By Bayes' rule from how often manipulated and genuine videos get this outcome."""
    card = card_of(verdict.bundle)
    rates = outcome_rates(card)
    if card is None or rates is None:
        return None
    told_of_manipulated = rates["manipulated"].get(verdict.outcome, 0.0)
    told_of_genuine = rates["genuine"].get(verdict.outcome, 0.0)
    accused = verdict.outcome == Outcome.LIKELY_MANIPULATED
    if accused and "among_faces" in card["measured"]:
        told_of_manipulated, told_of_genuine = _called_among(
            verdict.finding.faces_judged, card, genuine_alone=told_of_genuine
        )
    of_manipulated = told_of_manipulated * PREVALENCE
    of_genuine = told_of_genuine * (1.0 - PREVALENCE)
    if of_manipulated + of_genuine == 0.0 or (accused and of_manipulated == 0.0):
        return None
    wrong = of_genuine if accused else of_manipulated
    return wrong / (of_manipulated + of_genuine)


def _called_among(
    faces: int, card: Mapping[str, Any], *, genuine_alone: float
) -> tuple[float, float]:
    """How often one manipulated face, and genuine ones alone, are called among so many, or among
    the next more that were measured; 0 manipulated ones beyond all of them.

    The threshold rises so that genuine ones are called no more often than one alone is, which it
    does not quite reach; and where none of them was called, too few were there to say never. So
    theirs is the highest that was measured up to there.
    """
    told = {int(number): rates for number, rates in card["measured"]["among_faces"].items()}
    among = min((number for number in told if number >= faces), default=None)
    if among is None:
        return 0.0, genuine_alone
    genuine = [rates.get("genuine_called", 0.0) for n, rates in told.items() if n <= among]
    return float(told[among]["manipulated_called"]), max(genuine_alone, *genuine)


def outcome_rates(card: Mapping[str, Any] | None) -> dict[str, dict[str, float]] | None:
    """``{"manipulated": {outcome: rate}, "genuine": {outcome: rate}}``; None if not measured."""
    measured = (card or {}).get("measured")
    rates = measured.get("outcome_rates") if isinstance(measured, Mapping) else None
    if not isinstance(rates, Mapping) or not {"manipulated", "genuine"} <= rates.keys():
        return None
    return {
        side: {outcome: float(rate) for outcome, rate in rates[side].items()}
        for side in ("manipulated", "genuine")
    }
