"""The crop is the same square whatever the frame's size, with level eyes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from analysis.faces.crop import FaceBox, Image, crop_face, crop_transform
from analysis.faces.quality import measure


def box(left: float, top: float, side: float, *, tilt: float = 0.0) -> FaceBox:
    eyes_y = top + 0.4 * side
    return FaceBox(
        left=left,
        top=top,
        right=left + side,
        bottom=top + side,
        left_eye=(left + 0.3 * side, eyes_y - tilt / 2),
        right_eye=(left + 0.7 * side, eyes_y + tilt / 2),
        confidence=1.0,
    )


def scene(scale: float = 1.0) -> Image:
    """Smooth, so that its values say where they are at any scale."""
    height, width = round(360 * scale), round(640 * scale)
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x / width * 255, y / height * 255, np.full_like(x, 128)], -1).astype(np.uint8)


def test_the_middle_of_the_box_is_the_middle_of_the_crop() -> None:
    face = box(300, 100, 80)
    matrix = crop_transform(face, side_px=128, margin=1.3)

    assert matrix @ np.array([340, 140, 1]) == pytest.approx([64, 64])
    left = matrix @ np.array([300 - 0.15 * 80, 140, 1])
    assert left[0] == pytest.approx(0, abs=1e-6)


def test_tilted_eyes_become_level() -> None:
    face = box(300, 100, 80, tilt=20)
    matrix = crop_transform(face, side_px=128, margin=1.3)

    (_, left_y), (_, right_y) = (
        matrix @ np.array([*eye, 1]) for eye in (face.left_eye, face.right_eye)
    )
    assert left_y == pytest.approx(right_y)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 3.7])
def test_a_larger_frame_gives_the_same_crop(scale: float) -> None:
    reference = crop_face(scene(), box(300, 100, 80), side_px=96, margin=1.3)
    crop = crop_face(
        scene(scale), box(300 * scale, 100 * scale, 80 * scale), side_px=96, margin=1.3
    )

    assert np.abs(crop.astype(int) - reference).max() <= 3


def test_fine_texture_is_averaged_and_not_sampled() -> None:
    stripes = np.zeros((800, 800, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    crop = crop_face(stripes, box(100, 100, 600), side_px=96, margin=1.2)

    assert crop[8:-8, 8:-8].std() < 12


def test_beyond_the_frame_its_edge_is_repeated() -> None:
    frame = np.full((200, 200, 3), 50, dtype=np.uint8)
    frame[:, :60] = 200
    crop = crop_face(frame, box(-40, 60, 80), side_px=96, margin=1.3)

    assert crop[48, 2, 0] == pytest.approx(200, abs=2)
    assert crop[48, 94, 0] < 210


@pytest.mark.parametrize("place", [(-500, -500), (5000, 10), (10, 5000)])
def test_a_box_outside_the_frame_is_still_a_crop(place: tuple[int, int]) -> None:
    assert crop_face(scene(), box(*place, 900), side_px=64, margin=1.3).shape == (64, 64, 3)


def face_like() -> Image:
    rng = np.random.default_rng(2)
    rough = rng.integers(60, 200, (48, 48, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(rough, (192, 192), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def test_light_falls_with_the_light_and_sharpness_does_not() -> None:
    face = box(100, 100, 150)
    day = measure(face, face_like(), frame_size=(640, 360), margin=1.3)
    dusk = measure(face, np.asarray(face_like() * 0.4, np.uint8), frame_size=(640, 360), margin=1.3)

    assert dusk.light == pytest.approx(0.4 * day.light, rel=0.05)
    assert dusk.sharpness == pytest.approx(day.sharpness, rel=0.1)


def test_sharpness_falls_with_blur() -> None:
    face = box(100, 100, 150)
    blurred = np.asarray(cv2.GaussianBlur(face_like(), (0, 0), 4), dtype=np.uint8)
    sharp = measure(face, face_like(), frame_size=(640, 360), margin=1.3)

    assert measure(face, blurred, frame_size=(640, 360), margin=1.3).sharpness < sharp.sharpness / 4


def test_the_share_beyond_the_frame_is_measured() -> None:
    crop = face_like()
    inside = measure(box(200, 100, 100), crop, frame_size=(640, 360), margin=1.3)
    half = measure(box(-50, 100, 100), crop, frame_size=(640, 360), margin=1.3)

    assert inside.outside == 0
    assert half.outside == pytest.approx(0.5, abs=0.06)
