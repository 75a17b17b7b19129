"""How one picture of a face differs from another of it in colour, sharpness, grain and codec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image


@dataclass(frozen=True, slots=True)
class Mismatch:
    """How one picture of a face differs from another of it. The defaults change nothing.

    Gains and lifts are per channel in RGB; ``resolution`` is the share of the pixels' rows that
    survives; blurs are in pixels; ``jpeg`` of 100 is none.
    """

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gamma: float = 1.0
    saturation: float = 1.0
    resolution: float = 1.0
    blur_px: float = 0.0
    smooth: float = 0.0
    sharpen: float = 0.0
    noise: float = 0.0
    jpeg: int = 100
    seed: int = 0


def differing(image: Image, how: Mismatch) -> Image:
    """The picture with the differences of ``how``, applied as a tool and a codec would."""
    side = image.shape[0]
    x: NDArray[Any] = image.astype(np.float32)
    if how.resolution < 1:
        small = max(16, round(side * how.resolution))
        x = cv2.resize(x, (small, small), interpolation=cv2.INTER_AREA)
        x = cv2.resize(x, (side, side), interpolation=cv2.INTER_CUBIC)
    if how.blur_px:
        x = cv2.GaussianBlur(x, (0, 0), how.blur_px)
    if how.smooth:
        flat = cv2.bilateralFilter(x.clip(0, 255).astype(np.uint8), 7, 28, 3.5)
        x += how.smooth * (flat.astype(np.float32) - x)
    if how.sharpen:
        x += how.sharpen * (x - cv2.GaussianBlur(x, (0, 0), 1.3))
    if how.gamma != 1:
        x = 255 * (x.clip(0, 255) / 255) ** how.gamma
    x = cv2.transform(x, _colours(how))
    if how.noise:
        x = x + np.random.default_rng(how.seed).normal(0, how.noise, x.shape)
    result = x.clip(0, 255).round().astype(np.uint8)
    return jpeg(result, how.jpeg) if how.jpeg < 100 else result


def _colours(how: Mismatch) -> NDArray[np.float64]:
    """Saturation, then gain and lift, as one affine map: one pass over the picture, not six."""
    kept = how.saturation * np.eye(3) + (1 - how.saturation) * np.array([0.299, 0.587, 0.114])
    return np.column_stack([np.array(how.gain)[:, None] * kept, how.lift])


def jpeg(image: Image, quality: int) -> Image:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), dtype=np.uint8)
