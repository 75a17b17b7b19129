"""Where the faces are: a search over whole frames, and a cheap look where one was a moment ago.

A search runs all of MTCNN on the frame shrunk to what the smallest wanted face needs. A face found
is then measured once more in the frame's full detail by the last network alone; the same step
follows it into the next frame, so that boxes move smoothly and a search is needed once a window.

Dark frames are brightened for the eyes of the detector only: what is scored keeps its light.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces import cascade
from analysis.faces.crop import FaceBox, Image
from analysis.media.shape import longest_side_px

# The detector's own limit is 20; a little above it, it misses fewer.
_FACE_IN_SEARCH_PX = 24
_LONGEST_SEARCH_PX = 960
_FOUND_ABOVE = 0.95
_FOLLOWED_ABOVE = 0.8
_DARK_BELOW, _BRIGHT_TARGET, _MOST_GAIN = 60.0, 110.0, 16.0


def find_faces(frames: Sequence[Image], *, smallest_px: float) -> list[list[FaceBox]]:
    """Every plausible face at least ``smallest_px`` wide, left to right, for frames of one size."""
    if not frames:
        return []
    networks = cascade.load_networks()
    height, width = frames[0].shape[:2]
    longest_px = longest_side_px(_LONGEST_SEARCH_PX, width, height)
    scale = min(1.0, _FACE_IN_SEARCH_PX / smallest_px, longest_px / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if min(size) < _FACE_IN_SEARCH_PX:
        return [[] for _ in frames]
    small = np.stack(
        [
            _lit(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), light_curve(frame))
            for frame in frames
        ]
    )
    rows = cascade.detect(networks, small.astype(np.float32))
    rows[:, 1:5] /= scale
    found: list[list[FaceBox]] = []
    for index, frame in enumerate(frames):
        boxes = rows[rows[:, 0] == index][:, 1:5]
        measured = _measure(frame, boxes, accept_above=_FOUND_ABOVE)
        faces = [face for face in measured if face is not None and face.width >= smallest_px]
        found.append(sorted(_distinct(faces), key=lambda face: (face.left, face.top)))
    return found


def follow_faces(frame: Image, faces: Sequence[FaceBox]) -> list[FaceBox | None]:
    """Each face in a frame shortly after: moved with it, or None where it is not there any more."""
    boxes = np.array([[f.left, f.top, f.right, f.bottom] for f in faces]).reshape(-1, 4)
    return _measure(frame, boxes, accept_above=_FOLLOWED_ABOVE)


def light_curve(frame: Image) -> NDArray[np.uint8] | None:
    """What to send each value to so that a dark frame shows its faces; None if it is light enough.

    The curve bends before white: a lamp in a dark room does not burn out the face beside it.
    """
    step = max(1, min(frame.shape[:2]) // 64)
    light = float(frame[::step, ::step].mean())
    if light >= _DARK_BELOW:
        return None
    gain = min(_MOST_GAIN, _BRIGHT_TARGET / max(light, 1.0))
    values = np.arange(256) / 255
    return np.asarray(255 * (1 - np.exp(-gain * values)) / (1 - np.exp(-gain)), dtype=np.uint8)


def _measure(
    frame: Image, boxes: NDArray[np.float64], *, accept_above: float
) -> list[FaceBox | None]:
    """The last network on a square of each box, cut from the frame in full detail."""
    if not len(boxes):
        return []
    curve = light_curve(frame)
    squares, patches = [], []
    for left, top, right, bottom in boxes:
        side = max(4, round(max(right - left, bottom - top)))
        x, y = round((left + right - side) / 2), round((top + bottom - side) / 2)
        squares.append([0, x, y, x + side, y + side, 0])
        patches.append(_lit(_square_patch(frame, x=x, y=y, side=side), curve))
    normal = (np.stack(patches).astype(np.float32) - np.float32(127.5)) / np.float32(128)
    rows = cascade.accept(cascade.load_networks(), normal, np.array(squares, dtype=np.float64))
    return [_plausible_face(row, accept_above=accept_above) for row in rows]


def _square_patch(frame: Image, *, x: int, y: int, side: int) -> Image:
    inside = frame[max(0, y) : max(0, y + side), max(0, x) : max(0, x + side)]
    if inside.shape[:2] != (side, side):
        whole = np.full((side, side, 3), 127, dtype=np.uint8)
        if inside.size:
            into_y, into_x = max(0, -y), max(0, -x)
            whole[into_y : into_y + inside.shape[0], into_x : into_x + inside.shape[1]] = inside
        inside = whole
    shrinks = side > 48
    return np.asarray(
        cv2.resize(inside, (48, 48), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR),
        dtype=np.uint8,
    )


def _lit(image: NDArray[np.generic], curve: NDArray[np.uint8] | None) -> Image:
    return np.asarray(image if curve is None else cv2.LUT(image, curve), dtype=np.uint8)


def _plausible_face(row: NDArray[np.float64], *, accept_above: float) -> FaceBox | None:
    """Hands, logos and folds of cloth score high now and then, but their "eyes" lie anywhere."""
    left, top, right, bottom, confidence = (float(value) for value in row[1:6])
    width, height = right - left, bottom - top
    if confidence < accept_above or width <= 0 or height <= 0:
        return None
    xs, ys = row[6:11], row[11:16]
    eyes = float(np.hypot(xs[1] - xs[0], ys[1] - ys[0]))
    eye_y, mouth_y = float(ys[:2].mean()), float(ys[3:].mean())
    well_placed = (
        0.5 < width / height < 1.3
        and eyes > 0.12 * width
        and xs[0] < xs[1]
        and abs(float(ys[1] - ys[0])) < 1.2 * eyes
        and mouth_y - eye_y > 0.15 * height
        and bool(((xs > left - 0.1 * width) & (xs < right + 0.1 * width)).all())
        and bool(((ys > top) & (ys < bottom + 0.1 * height)).all())
    )
    if not well_placed:
        return None
    return FaceBox(
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        left_eye=(float(xs[0]), float(ys[0])),
        right_eye=(float(xs[1]), float(ys[1])),
        confidence=confidence,
    )


def _distinct(faces: Sequence[FaceBox]) -> list[FaceBox]:
    """Measured again, two boxes of a search can turn out to hold the same face."""
    kept: list[FaceBox] = []
    for face in sorted(faces, key=lambda face: -face.confidence):
        if all(overlap(face, other) < 0.4 for other in kept):
            kept.append(face)
    return kept


def overlap(a: FaceBox, b: FaceBox) -> float:
    """Intersection over union."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (a.width * a.height + b.width * b.height - shared)
