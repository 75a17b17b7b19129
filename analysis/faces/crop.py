"""Cut one face out of one frame: the same square, upright picture in training and in serving.

What a network learns depends on how its faces were cut, so there is one function for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # height x width x 3, RGB, 0 to 255


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A detected face in pixels of its frame; the eyes as the viewer sees them, left to right."""

    left: float
    top: float
    right: float
    bottom: float
    left_eye: tuple[float, float]
    right_eye: tuple[float, float]
    confidence: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def crop_transform(face: FaceBox, *, side_px: int, margin: float) -> NDArray[np.float64]:
    """The 2 x 3 matrix from frame pixels to pixels of the crop.

    The square is centred on the box, turned so that the eyes are level, and ``margin`` times as
    wide as the longer side of the box.
    """
    (lx, ly), (rx, ry) = face.left_eye, face.right_eye
    roll_rad = math.atan2(ry - ly, rx - lx)
    scale = side_px / (margin * max(face.width, face.height))
    centre_x = (face.left + face.right) / 2
    centre_y = (face.top + face.bottom) / 2
    cos, sin = math.cos(-roll_rad) * scale, math.sin(-roll_rad) * scale
    half = side_px / 2
    return np.array(
        [
            [cos, -sin, half - cos * centre_x + sin * centre_y],
            [sin, cos, half - sin * centre_x - cos * centre_y],
        ]
    )


def crop_face(image: Image, face: FaceBox, *, side_px: int, margin: float) -> Image:
    """The face as a square of ``side_px``, RGB; beyond the frame's edge its border is repeated."""
    matrix = crop_transform(face, side_px=side_px, margin=margin)
    shrink = math.hypot(matrix[0, 0], matrix[1, 0])
    if shrink < 0.75:
        # A warp reads single pixels: shrink by area first, or fine texture turns into noise.
        image, matrix = _shrunk_around(image, matrix, shrink, side_px)
    return np.asarray(
        cv2.warpAffine(
            image,
            matrix,
            (side_px, side_px),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        dtype=np.uint8,
    )


def _shrunk_around(
    image: Image, matrix: NDArray[np.float64], shrink: float, side_px: int
) -> tuple[Image, NDArray[np.float64]]:
    """The part of the frame that the crop shows, shrunk, and the matrix that fits it."""
    height, width = image.shape[:2]
    back = cv2.invertAffineTransform(matrix)
    edge = np.array([[0, side_px, 0, side_px], [0, 0, side_px, side_px], [1, 1, 1, 1]])
    xs, ys = back @ edge
    spare = 3 / shrink
    x0, x1 = (int(np.clip(v, 0, width)) for v in (xs.min() - spare, xs.max() + spare + 1))
    y0, y1 = (int(np.clip(v, 0, height)) for v in (ys.min() - spare, ys.max() + spare + 1))
    if x1 - x0 < 2 or y1 - y0 < 2:  # the face lies outside the frame: its border is all there is
        x0, x1, y0, y1 = 0, width, 0, height
    part = image[y0:y1, x0:x1]
    small_size = (max(1, round((x1 - x0) * shrink)), max(1, round((y1 - y0) * shrink)))
    small = cv2.resize(part, small_size, interpolation=cv2.INTER_AREA)
    scale_x, scale_y = small_size[0] / (x1 - x0), small_size[1] / (y1 - y0)
    adjusted = matrix.copy()
    # Pixel centres: the frame's (x - x0 + .5) is the small picture's (x + .5) times the scale.
    adjusted[:, 0] /= scale_x
    adjusted[:, 1] /= scale_y
    shift_x, shift_y = x0 - 0.5 + 0.5 / scale_x, y0 - 0.5 + 0.5 / scale_y
    adjusted[:, 2] = matrix[:, 2] + matrix[:, 0] * shift_x + matrix[:, 1] * shift_y
    return np.asarray(small, dtype=np.uint8), adjusted
