from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from analysis.evaluation.harmless_edits import AS_IT_IS, EDITS, draw_edited, main
from analysis.models.bundles import DEFAULT_BUNDLE
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


def test_the_command_says_for_each_edit_how_many_are_called_and_how_well_it_is_seen(
    crops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--bundle", DEFAULT_BUNDLE, "--crops", str(crops), "--pictures", "6"]
    assert main([*given, "--split", "train"]) == 0

    first, plain, *rows = capsys.readouterr().out.splitlines()
    assert DEFAULT_BUNDLE in first
    assert re.fullmatch(r"as it is +\d+\.\d%", plain)
    assert [re.split(r"  +", row)[0] for row in rows] == list(EDITS)
    for row in rows:
        figures = re.search(r"(\S+)%  (\S+) \((\S+) to (\S+)\)$", row)
        assert figures
        share, whole, low, high = map(float, figures.groups())
        assert 0 <= share <= 100
        assert 0 <= low <= whole <= high <= 1
