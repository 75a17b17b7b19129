"""From scores to an outcome. Every number that decides comes from the bundle.

A person is never averaged with another: each track has its own score, and the video takes the
outcome of its most suspicious one, which must be the surer the more of them were judged. What
cannot be judged is inconclusive, with the reason; it is never counted for or against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analysis.faces.quality import Quality
from analysis.finding import Outcome, Reason, Track
from analysis.models.bundles import Thresholds

MOST_OUTSIDE = 0.35
"""The share of a crop that may lie beyond the frame: the encoder never saw half a face."""

GLIMPSED_FROM = 4
"""Usable crops, as many as a window has, that are enough for a suspicion. A verdict takes more."""


def why_not_usable(quality: Quality, thresholds: Thresholds) -> Reason | None:
    """What keeps one crop from being scored, the most telling first; None if nothing does."""
    if quality.width_px < thresholds.min_face_px:
        return Reason.FACE_TOO_SMALL
    if quality.light < thresholds.min_light:
        return Reason.TOO_DARK
    if quality.sharpness < thresholds.min_sharpness:
        return Reason.TOO_BLURRED
    return Reason.CUT_OFF if quality.outside > MOST_OUTSIDE else None


def why_not_judged(
    refused: Sequence[Reason],
    *,
    used: int,
    left_out: int,
    frames_looked_at: int,
    thresholds: Thresholds,
) -> Reason | None:
    """Why a track gets no score; None if enough of its crops were usable.

    A picture has one frame, and one is then enough. Those ``left_out`` were usable too.
    """
    enough = 1 if frames_looked_at == 1 else thresholds.min_frames
    if used >= enough:
        return None
    if used + left_out >= enough:
        return Reason.TOO_MANY_FACES
    if len(refused) > used:
        return Counter(refused).most_common(1)[0][0]
    return Reason.TOO_SHORT


def suspicious_from(
    faces: Sequence[tuple[Reason | None, int]], thresholds: Thresholds
) -> list[float | None]:
    """The score from which a stretch of each face stands out; None where none is marked.

    ``faces``: why each was not judged, and its usable crops. One that is too short in view, or in
    view as a whole, to be judged accuses nobody, but it may stand out: else a person who shows for
    some seconds of a minute could be put there, and the video would be cleared by all the others.
    """
    brief = (Reason.TOO_SHORT, Reason.CUT_OFF)
    glimpsed = [reason in brief and used >= GLIMPSED_FROM for reason, used in faces]
    judged = sum(reason is None for reason, _ in faces)
    of_judged = thresholds.likely_among(judged)
    of_glimpsed = thresholds.likely_among(judged + sum(glimpsed))
    return [
        of_judged if reason is None else of_glimpsed if glimpse else None
        for (reason, _), glimpse in zip(faces, glimpsed, strict=True)
    ]


def decide(
    tracks: Sequence[Track], thresholds: Thresholds
) -> tuple[Outcome, Reason | None, float | None]:
    """The video's outcome, the reason if it is inconclusive, and its fake_probability."""
    judged = [track.fake_probability for track in tracks if track.fake_probability is not None]
    if not judged:
        reason = tracks[0].reason if tracks else Reason.NO_FACE
        return Outcome.INCONCLUSIVE, reason, None
    worst = max(judged)
    if worst >= thresholds.likely_among(len(judged)):
        return Outcome.LIKELY_MANIPULATED, None, worst
    if worst >= thresholds.no_manipulation_below:
        return Outcome.INCONCLUSIVE, Reason.BORDERLINE, worst
    if any(track.reason is Reason.TOO_MANY_FACES for track in tracks):
        return Outcome.INCONCLUSIVE, Reason.TOO_MANY_FACES, worst
    if any(track.suspicious for track in tracks):
        # Over all of its length a face is a mean, in which a short insert drowns; and one that
        # was only glimpsed has no score.
        return Outcome.INCONCLUSIVE, Reason.ONE_STRETCH, worst
    return Outcome.NO_MANIPULATION_FOUND, None, worst
