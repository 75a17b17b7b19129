from __future__ import annotations

import numpy as np
import pytest

from analysis.evaluation.held_in import told_apart
from analysis.evaluation.single_differences import ROWS, draw_pairs
from analysis.training.feed import Faces


def changes(faces: Faces, difference: str) -> np.ndarray:
    """How far the two of each pair lie apart."""
    images, groups = draw_pairs(faces, difference=difference, count=16, side_px=96)
    assert len(images) == len(groups) == 32
    assert groups[0::2] == groups[1::2]
    return np.abs(images[0::2].astype(int) - images[1::2]).mean(axis=(1, 2, 3))


def test_where_nothing_differs_only_a_codec_does(faces: Faces) -> None:
    assert (changes(faces, "none") == 0).sum() > 4


@pytest.mark.parametrize("difference", [name for name in ROWS if name != "none"])
def test_each_difference_is_one(faces: Faces, difference: str) -> None:
    assert (changes(faces, difference) > changes(faces, "none")).mean() > 0.3


def test_half_a_pixel_is_less_than_what_is_drawn(faces: Faces) -> None:
    assert changes(faces, "half a pixel").mean() < changes(faces, "place and shape").mean() / 2


def test_told_apart_is_the_auc_with_its_interval_over_people() -> None:
    scores = np.array([0.0, 1.0, 0.2, 0.1, 0.3, 0.9, 0.4, 0.8])
    groups = list("aabbccdd")
    whole, low, high = told_apart(scores, groups)
    assert whole == pytest.approx(13 / 16)
    assert low <= whole <= high
    with pytest.raises(SystemExit, match="too few people"):
        told_apart(scores[:2], groups[:2])
