"""The sentences of the command line."""

from __future__ import annotations

from analysis.finding import Finding, Outcome, Reason, Track

OUTCOMES = {
    Outcome.LIKELY_MANIPULATED: "likely manipulated",
    Outcome.NO_MANIPULATION_FOUND: "no manipulation found",
    Outcome.INCONCLUSIVE: "inconclusive",
}
REASONS = {
    Reason.NO_FACE: "no face was found",
    Reason.FACE_TOO_SMALL: "the face is too small",
    Reason.TOO_DARK: "the face is too dark",
    Reason.TOO_SHORT: "the face is not seen for long enough",
    Reason.TOO_BLURRED: "the face is too blurred",
    Reason.CUT_OFF: "the face reaches too far beyond the edge of the picture",
    Reason.TOO_MANY_FACES: "there are too many faces to judge each of them",
    Reason.BORDERLINE: "the score lies between the two thresholds",
    Reason.ONE_STRETCH: "a stretch of it looks manipulated, all of it together does not",
}


def verdict_sentence(finding: Finding) -> str:
    sentence = OUTCOMES[finding.outcome]
    if finding.reason is not None:
        sentence += f": {REASONS[finding.reason]}"
    return sentence


def why_not_judged(track: Track) -> str:
    sentence = REASONS[track.reason] if track.reason else "no reason is known"
    return f"{sentence}, but what was seen looks manipulated" if track.suspicious else sentence


def printable(text: str) -> str:
    """A file's name can hold anything, even commands to the terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)
