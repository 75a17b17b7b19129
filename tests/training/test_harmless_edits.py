from __future__ import annotations

import numpy as np
import pytest

from analysis.evaluation.harmless_edits import AS_IT_IS, EDITS, draw_edited
from analysis.training.feed import Faces


def pictures(faces: Faces, edit: str) -> np.ndarray:
    images, groups = draw_edited(faces, edit=edit, count=8, side_px=96)
    assert images.shape == (8, 96, 96, 3)
    assert len(groups) == 8
    return images.astype(int)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_the_picture_and_leaves_it_the_same_person_in_the_same_place(
    faces: Faces, edit: str
) -> None:
    plain, done = pictures(faces, AS_IT_IS), pictures(faces, edit)
    changed = np.abs(done - plain).mean(axis=(1, 2, 3))
    assert (changed > 0.2).all()
    alike = [
        np.corrcoef(a.mean(2).ravel(), b.mean(2).ravel())[0, 1]
        for a, b in zip(plain, done, strict=True)
    ]
    assert np.median(alike) > 0.5


def test_the_same_pictures_are_drawn_each_time(faces: Faces) -> None:
    np.testing.assert_array_equal(pictures(faces, "grain"), pictures(faces, "grain"))


def test_a_bar_hides_the_eyes_and_nothing_below_the_nose(faces: Faces) -> None:
    changed = np.abs(pictures(faces, "bar over the eyes") - pictures(faces, AS_IT_IS)).mean(
        axis=(0, 2, 3)
    )
    assert changed[20:48].max() > 10 * changed[72:].max()
