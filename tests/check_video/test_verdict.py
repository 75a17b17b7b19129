"""The most suspicious face decides; what was not judged counts neither for nor against."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.faces.quality import Quality
from analysis.finding import Outcome, Reason, Stretch, Track
from analysis.models.bundles import Thresholds
from analysis.verdict import decide, suspicious_from, why_not_judged, why_not_usable

THRESHOLDS = Thresholds(
    likely_manipulated_at=0.8,
    no_manipulation_below=0.3,
    rise_with_faces=1.0,
    min_frames=5,
    min_face_px=60.0,
    min_light=25.0,
    min_sharpness=2.0,
)
GOOD = Quality(width_px=100, light=120, sharpness=10, outside=0)


def track(probability: float | None, reason: Reason | None = None) -> Track:
    return Track(
        number=1,
        first_seen_s=0,
        last_seen_s=1,
        frames_seen=9,
        frames_used=9,
        median_width_px=100,
        fake_probability=probability,
        reason=reason,
        timeline=(),
        suspicious=(),
        strip=(),
        heat_maps=(),
    )


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.1, 0.95, 0.2], (Outcome.LIKELY_MANIPULATED, None, 0.95)),
        ([0.1, 0.29], (Outcome.NO_MANIPULATION_FOUND, None, 0.29)),
        ([0.1, 0.3], (Outcome.INCONCLUSIVE, Reason.BORDERLINE, 0.3)),
        ([0.8], (Outcome.LIKELY_MANIPULATED, None, 0.8)),
        ([0.79], (Outcome.INCONCLUSIVE, Reason.BORDERLINE, 0.79)),
    ],
)
def test_the_most_suspicious_face_decides(
    scores: list[float], expected: tuple[Outcome, Reason | None, float]
) -> None:
    assert decide([track(score) for score in scores], THRESHOLDS) == expected


def test_nothing_is_cleared_in_which_a_stretch_is_marked() -> None:
    marked = replace(track(0.1), suspicious=(Stretch(40.0, 46.0),))

    assert decide([track(0.2), marked], THRESHOLDS) == (
        Outcome.INCONCLUSIVE,
        Reason.ONE_STRETCH,
        0.2,
    )


def test_a_glimpsed_face_that_stands_out_keeps_a_video_from_being_cleared() -> None:
    glimpsed = replace(track(None, Reason.TOO_SHORT), suspicious=(Stretch(40.0, 40.4),))

    assert decide([track(0.2), glimpsed], THRESHOLDS) == (
        Outcome.INCONCLUSIVE,
        Reason.ONE_STRETCH,
        0.2,
    )
    assert decide([glimpsed], THRESHOLDS) == (Outcome.INCONCLUSIVE, Reason.TOO_SHORT, None)


def test_stretches_are_marked_on_faces_that_were_judged_or_glimpsed_and_on_no_other() -> None:
    """Of two faces odds of 4 must be 8, of four 16: who is glimpsed raises nobody else's bar."""
    faces = [
        (None, 20),
        (None, 5),
        (Reason.TOO_SHORT, 4),
        (Reason.TOO_SHORT, 3),
        (Reason.TOO_DARK, 4),
        (Reason.CUT_OFF, 4),
    ]

    assert suspicious_from(faces, THRESHOLDS) == [
        pytest.approx(8 / 9),
        pytest.approx(8 / 9),
        pytest.approx(16 / 17),
        None,
        None,
        pytest.approx(16 / 17),
    ]


def test_the_more_faces_were_judged_the_surer_the_most_suspicious_one_must_be() -> None:
    """.8 are odds of 4: of two faces it takes 8, of ten 40."""
    limits = [THRESHOLDS.likely_among(faces) for faces in (0, 1, 2, 10)]
    assert limits == pytest.approx([0.8, 0.8, 8 / 9, 40 / 41])

    two, ten = [track(0.9), track(0.1)], [track(0.9)] + [track(0.1)] * 9
    assert decide(two, THRESHOLDS) == (Outcome.LIKELY_MANIPULATED, None, 0.9)
    assert decide(ten, THRESHOLDS) == (Outcome.INCONCLUSIVE, Reason.BORDERLINE, 0.9)
    assert decide([track(0.98), *ten], THRESHOLDS)[0] is Outcome.LIKELY_MANIPULATED


def test_faces_that_were_not_judged_raise_nothing() -> None:
    unjudged = [track(None, Reason.FACE_TOO_SMALL)] * 9

    assert decide([track(0.8), *unjudged], THRESHOLDS)[0] is Outcome.LIKELY_MANIPULATED


def test_a_bundle_that_accuses_nobody_accuses_nobody_in_a_crowd() -> None:
    never = replace(THRESHOLDS, likely_manipulated_at=1.1)

    assert decide([track(1.0)] * 50, never)[1] is Reason.BORDERLINE


def test_no_face_at_all_is_inconclusive() -> None:
    assert decide([], THRESHOLDS) == (Outcome.INCONCLUSIVE, Reason.NO_FACE, None)


def test_faces_that_were_not_judged_give_their_reason_and_no_score() -> None:
    tracks = [track(None, Reason.TOO_DARK), track(None, Reason.FACE_TOO_SMALL)]

    assert decide(tracks, THRESHOLDS) == (Outcome.INCONCLUSIVE, Reason.TOO_DARK, None)


def test_a_face_that_was_left_out_keeps_the_others_from_clearing_the_video() -> None:
    left_out = track(None, Reason.TOO_MANY_FACES)

    assert decide([track(0.1), left_out], THRESHOLDS) == (
        Outcome.INCONCLUSIVE,
        Reason.TOO_MANY_FACES,
        0.1,
    )
    assert decide([track(0.9), left_out], THRESHOLDS)[0] is Outcome.LIKELY_MANIPULATED
    assert decide([track(0.5), left_out], THRESHOLDS)[1] is Reason.BORDERLINE


def test_a_face_that_was_not_judged_does_not_hide_one_that_was() -> None:
    tracks = [track(None, Reason.FACE_TOO_SMALL), track(0.95)]

    assert decide(tracks, THRESHOLDS)[0] is Outcome.LIKELY_MANIPULATED


@pytest.mark.parametrize(
    ("quality", "reason"),
    [
        (GOOD, None),
        (Quality(59, 120, 10, 0), Reason.FACE_TOO_SMALL),
        (Quality(100, 24, 10, 0), Reason.TOO_DARK),
        (Quality(100, 120, 1.9, 0), Reason.TOO_BLURRED),
        (Quality(100, 120, 10, 0.5), Reason.CUT_OFF),
        (Quality(60, 25, 2, 0.35), None),
    ],
)
def test_a_crop_is_used_only_if_it_can_be_seen_well(
    quality: Quality, reason: Reason | None
) -> None:
    assert why_not_usable(quality, THRESHOLDS) is reason


@pytest.mark.parametrize(
    ("refused", "used", "left_out", "looked_at", "reason"),
    [
        ([], 5, 0, 20, None),
        ([], 5, 9, 20, None),
        ([], 4, 0, 20, Reason.TOO_SHORT),
        ([], 4, 1, 20, Reason.TOO_MANY_FACES),
        ([], 3, 1, 20, Reason.TOO_SHORT),
        ([Reason.TOO_DARK] * 16, 4, 0, 20, Reason.TOO_DARK),
        ([Reason.TOO_DARK] * 11, 4, 5, 20, Reason.TOO_MANY_FACES),
        ([Reason.TOO_DARK] * 2, 4, 0, 20, Reason.TOO_SHORT),
        ([], 1, 0, 1, None),
        ([], 0, 1, 1, Reason.TOO_MANY_FACES),
        ([], 3, 0, 3, Reason.TOO_SHORT),
    ],
)
def test_a_track_is_judged_from_enough_crops_or_says_what_was_missing(
    refused: list[Reason], used: int, left_out: int, looked_at: int, reason: Reason | None
) -> None:
    assert (
        why_not_judged(
            refused,
            used=used,
            left_out=left_out,
            frames_looked_at=looked_at,
            thresholds=THRESHOLDS,
        )
        is reason
    )
