"""Faces are found at any scale, in the dark, and only where there are any."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from analysis.faces import cascade
from analysis.faces.crop import FaceBox, Image
from analysis.faces.detect import find_faces, follow_faces, light_curve, overlap
from analysis.samples.make_samples import read_frames

SAMPLES = Path(__file__).parents[2] / "analysis" / "samples"


@pytest.fixture(scope="module")
def portrait() -> Image:
    bgr = cv2.imread(str(SAMPLES / "portrait.jpg"))
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


@pytest.fixture(scope="module")
def two_people() -> Image:
    return read_frames(SAMPLES / "two-people.mp4")[30]


def only(faces: list[FaceBox]) -> FaceBox:
    (face,) = faces
    return face


def test_the_cascade_sees_what_the_mtcnn_package_sees(portrait: Image, two_people: Image) -> None:
    from mtcnn import MTCNN

    package = MTCNN()
    networks = cascade.load_networks()
    pictures = (portrait, two_people, portrait[100:500:2, 50:600:2], two_people[::-1])
    for image in map(np.ascontiguousarray, pictures):
        theirs = package.detect_faces(
            image, output_type="numpy", box_format="xyxy", fit_to_image=False
        )
        ours = cascade.detect(networks, image[None].astype(np.float32))
        assert len(ours) == len(theirs)
        for row in theirs:
            assert np.abs(ours - row).max(axis=1).min() < 0.05


def test_frames_in_one_call_give_what_each_gives_alone(two_people: Image) -> None:
    frames = [two_people, two_people[:, ::-1], np.zeros_like(two_people)]
    together = find_faces([np.ascontiguousarray(frame) for frame in frames], smallest_px=50)
    alone = [find_faces([np.ascontiguousarray(f)], smallest_px=50)[0] for f in frames]

    assert [len(faces) for faces in together] == [2, 2, 0]
    for one, other in zip(together, alone, strict=True):
        assert [f.left for f in one] == pytest.approx([f.left for f in other], abs=0.01)


@pytest.mark.parametrize("smallest_px", [20, 28, 40, 60, 100])
def test_asking_for_larger_faces_only_loses_none_that_is_large(
    portrait: Image, smallest_px: float
) -> None:
    reference = only(find_faces([portrait], smallest_px=30)[0])

    assert overlap(only(find_faces([portrait], smallest_px=smallest_px)[0]), reference) > 0.85


def test_smaller_faces_than_asked_for_are_left_out(portrait: Image) -> None:
    small = np.asarray(cv2.resize(portrait, (160, 160), interpolation=cv2.INTER_AREA), np.uint8)

    assert find_faces([small], smallest_px=80) == [[]]
    assert only(find_faces([small], smallest_px=40)[0]).width < 80


def test_a_face_with_a_tenth_of_the_light_is_found_where_it_is(portrait: Image) -> None:
    dark = np.asarray((portrait * 0.1).round(), dtype=np.uint8)

    day = only(find_faces([portrait], smallest_px=60)[0])
    night = only(find_faces([dark], smallest_px=60)[0])
    assert overlap(day, night) > 0.85


def test_a_light_frame_is_left_as_it_is(portrait: Image) -> None:
    assert light_curve(portrait) is None


def test_brightening_keeps_order_and_white(portrait: Image) -> None:
    curve = light_curve(np.asarray(portrait * 0.1, dtype=np.uint8))

    assert curve is not None
    assert (np.diff(curve.astype(int)) >= 0).all()
    assert (curve[0], curve[255]) == (0, 255)
    assert curve[20] > 80


def test_there_is_no_face_in_a_landscape_or_in_noise() -> None:
    landscape = read_frames(SAMPLES / "no-face.mp4")[::25]
    noise = np.random.default_rng(5).integers(0, 255, (4, 240, 320, 3), dtype=np.uint8)

    assert find_faces(landscape, smallest_px=24) == [[]] * len(landscape)
    assert find_faces(list(noise), smallest_px=24) == [[]] * 4


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (30, 30), (400, 8)])
def test_a_frame_too_small_for_a_face_has_none(size: tuple[int, int]) -> None:
    assert find_faces([np.zeros((*size, 3), dtype=np.uint8)], smallest_px=40) == [[]]


def test_no_frames_have_no_faces() -> None:
    assert find_faces([], smallest_px=40) == []


def test_a_face_is_followed_when_it_moves_and_let_go_when_it_leaves(portrait: Image) -> None:
    face = only(find_faces([portrait], smallest_px=60)[0])
    moved = np.roll(portrait, (6, 14), axis=(0, 1))

    (followed,) = follow_faces(moved, [face])
    assert followed is not None
    assert followed.left - face.left == pytest.approx(14, abs=4)
    assert followed.left_eye[1] - face.left_eye[1] == pytest.approx(6, abs=4)
    assert follow_faces(np.full_like(portrait, 90), [face]) == [None]


def test_eyes_are_named_as_the_viewer_sees_them(portrait: Image) -> None:
    face = only(find_faces([portrait], smallest_px=60)[0])

    assert face.left < face.left_eye[0] < face.right_eye[0] < face.right
    assert face.top < face.left_eye[1] < (face.top + face.bottom) / 2
