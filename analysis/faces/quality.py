"""How well one face can be seen: what the bundle's thresholds are compared with.

All four are measured on the crop that is scored, so they mean the same for every video.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from analysis.faces.crop import FaceBox, Image, crop_transform

_MEASURED_PX = 96


@dataclass(frozen=True, slots=True)
class Quality:
    """``light`` is the mean luma of the face, 0 to 255.

    ``sharpness`` is the share of fine detail in the face's contrast, in percent, so that a dim
    face is not taken for a blurred one. ``outside`` is the share of the crop beyond the frame.
    """

    width_px: float
    light: float
    sharpness: float
    outside: float


def measure(face: FaceBox, crop: Image, *, frame_size: tuple[int, int], margin: float) -> Quality:
    """``frame_size`` is width, height; ``margin`` is the one that the crop was cut with."""
    side = crop.shape[0]
    edge = round(side * (1 - 1 / margin) / 2)
    inner = crop[edge : side - edge, edge : side - edge]
    grey = cv2.cvtColor(np.ascontiguousarray(inner), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_MEASURED_PX, _MEASURED_PX), interpolation=cv2.INTER_AREA).astype(
        np.float32
    )
    fine = cv2.Laplacian(small, cv2.CV_32F)
    return Quality(
        width_px=face.width,
        light=float(small.mean()),
        sharpness=100 * float(fine.var()) / (float(small.var()) + 1.0),
        outside=_share_outside(face, side_px=side, margin=margin, frame_size=frame_size),
    )


def _share_outside(
    face: FaceBox, *, side_px: int, margin: float, frame_size: tuple[int, int]
) -> float:
    back = cv2.invertAffineTransform(crop_transform(face, side_px=side_px, margin=margin))
    steps = (np.arange(16) + 0.5) * side_px / 16
    xs, ys = np.meshgrid(steps, steps)
    points = back @ np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])
    width, height = frame_size
    inside = (points[0] >= 0) & (points[0] < width) & (points[1] >= 0) & (points[1] < height)
    return float(1 - inside.mean())
