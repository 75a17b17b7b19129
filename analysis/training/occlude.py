"""What lies over real faces and has edges of its own: hair, headphones, caps, hands, shadows.

Laid over both pictures of a pair, so that no edge but a blend's is a sign of one.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image

Mask = NDArray[np.float32]
KINDS = ("arc", "cap", "blob", "bar", "strands", "shadow")
SHARES = (0.17, 0.12, 0.14, 0.09, 0.26, 0.22)


def occluded(image: Image, points: NDArray[np.float32], seed: int, other: Image | None) -> Image:
    """One thing over the face, the same for the same seed; its paint may be cut from ``other``."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(KINDS, p=SHARES))
    if kind == "shadow":
        return _shaded(image, points, rng)
    shape = _shape(kind, image.shape[0], points, rng)
    softness_px = float(rng.uniform(0.3, 0.8) if kind == "strands" else rng.uniform(0.4, 1.5))
    shape = np.asarray(cv2.GaussianBlur(shape, (0, 0), softness_px), np.float32)[..., None]
    paint = _hair(image, rng) if kind == "strands" else _paint(image.shape[0], rng, other)
    return np.asarray((image + shape * (paint - image)).clip(0, 255), np.uint8)


def _shape(kind: str, side: int, points: NDArray[np.float32], rng: np.random.Generator) -> Mask:
    low, high = points.min(0), points.max(0)
    size, centre = high - low, (low + high) / 2
    shape = np.zeros((side, side), np.float32)
    if kind == "arc":
        x = float(centre[0] + rng.choice([-1, 1]) * rng.uniform(0.45, 0.62) * size[0])
        axes = (float(size[0] * rng.uniform(0.1, 0.25)), float(size[1] * rng.uniform(0.2, 0.5)))
        box = ((x, float(centre[1])), axes, float(rng.uniform(-20, 20)))
        cv2.ellipse(shape, box, 1.0, -1 if rng.random() < 0.6 else max(2, side // 40))
    elif kind == "cap":
        y, tilt = low[1] + rng.uniform(-0.1, 0.22) * size[1], rng.uniform(-0.08, 0.08) * side
        peak = [centre[0], y + rng.uniform(-8, 8)]
        edge = np.array([[0, 0], [side, 0], [side, y + tilt], peak, [0, y - tilt]])
        cv2.fillPoly(shape, [edge.astype(np.int32)], 1.0)
    elif kind == "blob":
        x, y = (float(v) for v in centre + rng.uniform(-0.5, 0.5, 2) * size)
        wide, tall = (float(v) for v in size * rng.uniform(0.15, 0.4, 2))
        cv2.ellipse(shape, ((x, y), (wide, tall), float(rng.uniform(0, 180))), 1.0, -1)
    elif kind == "bar":
        ends = [(centre + rng.uniform(-0.7, 0.7, 2) * size).astype(int).tolist() for _ in "ab"]
        cv2.line(shape, ends[0], ends[1], 1.0, int(rng.integers(2, max(3, side // 14))))
    else:
        _draw_strands(shape, low, size, rng)
    return shape


def _draw_strands(shape: Mask, low: Any, size: Any, rng: np.random.Generator) -> None:
    """Locks that begin at the hairline and fall over forehead, temple or cheek."""
    root = low + size * np.array([rng.uniform(-0.1, 1.1), rng.uniform(-0.25, 0.1)])
    fall = size * np.array([rng.normal(0, 0.25), rng.uniform(0.25, 1.1)])
    bow = rng.normal(0, 0.12) * size[0]
    thick = int(rng.integers(1, max(2, shape.shape[0] // 60) + 1))
    t = np.linspace(0, 1, 12)[:, None]
    for _ in range(int(rng.integers(2, 26))):
        begin = root + size * rng.normal(0, 0.05, 2)
        path = begin + t * (fall + size * rng.normal(0, 0.05, 2))
        path[:, 0] += bow * np.sin(np.pi * t[:, 0]) + rng.normal(0, 0.01) * size[0]
        points = [(path * 16).astype(np.int32)]
        cv2.polylines(shape, points, False, 1.0, thick, cv2.LINE_AA, shift=4)


def _hair(image: Image, rng: np.random.Generator) -> NDArray[np.float32]:
    """Mostly the colour of what is above the face in this picture, where the hair is."""
    side = image.shape[0]
    above = image[: max(4, side // 6), side // 4 : -side // 4].reshape(-1, 3)
    colour = np.percentile(above, rng.uniform(10, 60), axis=0)
    if rng.random() < 0.3:
        colour = np.array([1.0, 0.8, 0.6]) * rng.uniform(10, 220)
    grain = rng.normal(1, 0.12, (side, side, 1))
    return np.asarray((colour * grain).clip(0, 255), np.float32)


def _paint(side: int, rng: np.random.Generator, other: Image | None) -> NDArray[np.float32]:
    if other is not None and rng.random() < 0.5:
        band = other[: max(8, other.shape[0] // 4)]
        return np.asarray(cv2.resize(band, (side, side)), np.float32)
    colour = rng.uniform(0, 255, 3) if rng.random() < 0.4 else np.full(3, rng.uniform(5, 70))
    shade = np.linspace(rng.uniform(0.6, 1), rng.uniform(0.8, 1.3), side)[:, None, None]
    return np.asarray(shade * colour * np.ones((side, side, 1)), np.float32)


def _shaded(image: Image, points: NDArray[np.float32], rng: np.random.Generator) -> Image:
    """Light from one side, or a cast shadow with an edge across the face."""
    side = image.shape[0]
    low, high = points.min(0), points.max(0)
    through = (low + high) / 2 + rng.uniform(-0.35, 0.35, 2) * (high - low)
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    along = (x - through[0]) * np.cos(angle) + (y - through[1]) * np.sin(angle)
    wave = rng.uniform(0, 0.04) * side * np.sin((x + y) * rng.uniform(0.02, 0.12))
    edge_px = side * float(rng.choice([rng.uniform(0.004, 0.03), rng.uniform(0.03, 0.3)]))
    inside = 1 / (1 + np.exp(-((along + wave) / edge_px).clip(-30, 30)))
    tint = rng.uniform(0.35, 1.35) * (1 + rng.normal(0, 0.05, 3))
    return np.asarray((image * (1 + inside[..., None] * (tint - 1))).clip(0, 255), np.uint8)
