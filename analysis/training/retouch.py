"""What is done to genuine pictures and manipulates no face: noise removed, make-up, bars, light.

Done alike to both pictures of a pair, so that none of it is a sign of a blend.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image
from analysis.training.face_points import LEFT_EYE, LIPS, OVAL, RIGHT_EYE

KINDS = ("noise_removal", "median", "make_up", "bar", "tone", "light")
SHARES = (0.32, 0.16, 0.24, 0.07, 0.09, 0.12)
CHEEKS = (50, 280)
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
GREY = np.tile([0.299, 0.587, 0.114], (3, 1))

Floats = NDArray[Any]


def retouched(image: Image, points: NDArray[np.float32], seed: int) -> Image:
    """One of these things, the same for the same seed."""
    rng = np.random.default_rng(seed)
    match str(rng.choice(KINDS, p=SHARES)):
        case "noise_removal":
            reach = float(rng.uniform(2, 6))
            done: Floats = cv2.bilateralFilter(image, 9, float(rng.uniform(15, 70)), reach)
        case "median":
            done = cv2.medianBlur(image, int(rng.choice([3, 5], p=[0.4, 0.6])))
        case "make_up":
            done = _made_up(image.astype(np.float32), points, rng)
        case "bar":
            done = _barred(image, points, rng)
        case "tone":
            done = _toned(image.astype(np.float32), rng)
        case _:
            done = _relit(image.astype(np.float32), points, rng)
    return np.asarray(done.clip(0, 255), np.uint8)


def _made_up(image: Floats, points: NDArray[np.float32], rng: np.random.Generator) -> Floats:
    """Lips, cheeks and lids, each or not."""
    width = float(np.ptp(points[OVAL, 0]))
    if rng.random() < 0.8:
        image = _tinted(image, _filled(image, points[LIPS], 0.012 * width), rng, most=0.8)
    if rng.random() < 0.6:
        cheeks = np.zeros(image.shape[:2], np.float32)
        for cheek in CHEEKS:
            place = tuple(int(v) for v in points[cheek])
            cv2.circle(cheeks, place, round(0.11 * width), 1.0, -1)
        image = _tinted(image, cv2.GaussianBlur(cheeks, (0, 0), 0.06 * width), rng, most=0.4)
    if rng.random() < 0.6:
        lids = np.zeros(image.shape[:2], np.float32)
        for eye in (points[LEFT_EYE], points[RIGHT_EYE]):
            middle = eye.mean(0)
            around = (eye - middle) * rng.uniform([1.1, 1.4], [1.4, 2.2]) + middle
            lids += _filled(image, around - [0, 0.02 * width], 0.012 * width)
            lids -= _filled(image, eye, 0.006 * width)
        image = _tinted(image, lids.clip(0, 1), rng, most=0.6)
    return image


def _filled(image: Floats, outline: Floats, softness_px: float) -> Floats:
    shape = np.zeros(image.shape[:2], np.float32)
    cv2.fillConvexPoly(shape, cv2.convexHull(np.round(outline).astype(np.int32)), 1.0)
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), max(0.3, softness_px)))


def _tinted(image: Floats, where: Floats, rng: np.random.Generator, *, most: float) -> Floats:
    """Mostly reddish and darker, as paint on skin is."""
    tint = rng.uniform([0.75, 0.3, 0.35], [1.15, 0.85, 0.9])
    colour = image * tint + rng.uniform(0, 30) * np.array([1.0, 0.2, 0.4])
    return np.asarray(image + rng.uniform(0.2, most) * where[..., None] * (colour - image))


def _barred(image: Image, points: NDArray[np.float32], rng: np.random.Generator) -> Image:
    """Eyes or mouth made unrecognisable: a bar, or coarse squares."""
    part = points[[*LEFT_EYE, *RIGHT_EYE] if rng.random() < 0.7 else LIPS]
    reach = float(rng.uniform(0.1, 0.3)) * np.ptp(part[:, 0])
    side = image.shape[0]
    left, top = (int(v) for v in (part.min(0) - reach).clip(0, side - 2))
    right, bottom = (int(v) + 1 for v in (part.max(0) + reach).clip(1, side - 1))
    done = image.copy()
    inside = done[top:bottom, left:right]
    if not inside.size:
        return done
    if rng.random() < 0.5:
        inside[:] = rng.uniform(0, 255) if rng.random() < 0.3 else rng.uniform(0, 30)
    else:
        few = (int(rng.integers(4, 9)), int(rng.integers(2, 5)))
        coarse = cv2.resize(inside, few, interpolation=cv2.INTER_AREA)
        size = (right - left, bottom - top)
        inside[:] = cv2.resize(coarse, size, interpolation=cv2.INTER_NEAREST)
    return done


def _toned(image: Floats, rng: np.random.Generator) -> Floats:
    """Faded, harsh, grey or brown, as filters make pictures."""
    if rng.random() < 0.4:
        share = rng.uniform(0.5, 1.0)
        image = image + share * (image @ (SEPIA if rng.random() < 0.5 else GREY).T - image)
    return np.asarray(rng.uniform(100, 150) + rng.uniform(0.5, 1.5) * (image - 125))


def _relit(image: Floats, points: NDArray[np.float32], rng: np.random.Generator) -> Floats:
    """Brighter or darker around the face, beside it, or towards the picture's corners."""
    side = image.shape[0]
    width = float(np.ptp(points[OVAL, 0]))
    reach = float(rng.uniform(0.35, 1.2)) * width
    x, y = points[OVAL].mean(0) + rng.normal(0, 0.4, 2) * width
    along = np.arange(side, dtype=np.float32)
    lamp = np.exp(-((along[:, None] - y) ** 2 + (along - x) ** 2) / (2 * reach**2))
    tint = 1 + rng.normal(0, 0.08, 3)
    return np.asarray(image * (1 + rng.uniform(-0.45, 0.45) * lamp[..., None] * tint))
