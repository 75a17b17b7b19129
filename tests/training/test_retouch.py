"""What is done alike to both of a pair: it changes a picture and is no sign of a blend."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.training import feed, retouch
from analysis.training.augment import draw_view, seen
from analysis.training.face_points import LEFT_EYE, LIPS, RIGHT_EYE, Face
from analysis.training.feed import Faces, draw_pair
from analysis.training.retouch import KINDS, retouched


@pytest.fixture
def face(faces: Faces) -> Face:
    rng = np.random.default_rng(3)
    crop = faces.stored[0].crop(0)
    return seen(crop, draw_view(rng, native_side_px=crop.image.shape[0]))


def only(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(retouch, "SHARES", tuple(float(each == kind) for each in KINDS))


@pytest.mark.parametrize("kind", KINDS)
def test_each_changes_the_picture_and_is_the_same_for_the_same_seed(
    face: Face, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, kind)
    done = [retouched(face.image, face.points, seed) for seed in range(1, 9)]
    again = [retouched(face.image, face.points, seed) for seed in range(1, 9)]
    np.testing.assert_array_equal(done, again)
    assert sum((image != face.image).mean() > 0.002 for image in done) >= 6


def test_make_up_is_where_people_put_it(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "make_up")
    changed = np.zeros(face.image.shape[:2])
    for seed in range(1, 9):
        image = retouched(face.image, face.points, seed)
        changed += np.abs(image.astype(int) - face.image).sum(2)
    for part in (LIPS, LEFT_EYE, RIGHT_EYE):
        x, y = face.points[part].mean(0).astype(int)
        assert changed[y - 4 : y + 5, x - 4 : x + 5].max() > 0
    assert changed[:3].max() == 0
    assert changed[-3:].max() == 0


def test_a_bar_at_the_edge_of_the_picture_breaks_nothing(
    face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, "bar")
    side = face.image.shape[0]
    for shift in ((-side, 0), (side, 0), (0, -side), (0, side)):
        beside = (face.points + np.array(shift)).astype(np.float32)
        for seed in range(1, 20):
            assert retouched(face.image, beside, seed).shape == face.image.shape


def test_light_has_no_edge(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "light")
    grey = np.full_like(face.image, 120)
    for seed in range(1, 9):
        lit = retouched(grey, face.points, seed).astype(int)
        assert max(np.abs(np.diff(lit, axis=axis)).max() for axis in (0, 1)) <= 4
        assert np.ptp(lit) > 5


def test_both_of_a_pair_are_retouched_alike(faces: Faces, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is blended, retouching leaves the two as they were: the same."""
    calls: list[int] = []

    def noted(image: np.ndarray, points: np.ndarray, seed: int) -> np.ndarray:
        calls.append(seed)
        return np.full_like(image, 90)

    monkeypatch.setattr(feed, "RETOUCHED", 1.0)
    monkeypatch.setattr(feed, "retouched", noted)
    before = after = 0
    for number in range(30):
        calls.clear()
        pair = draw_pair(faces, np.random.default_rng(number), side_px=64, donor_share=0.0)
        if len(calls) == 1:
            before += 1
        else:
            assert len(calls) == 2
            assert calls[0] == calls[1]
            after += 1
            np.testing.assert_array_equal(*pair.made)
    assert before > 5
    assert after > 5
