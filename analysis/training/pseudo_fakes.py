"""Pseudo-fakes: a face with another face, or another copy of itself, blended into it.

Made from real faces alone. A copy of the face (or a second person's face, bent to fit) differs a
little in colour, sharpness, compression and geometry; it is blended back through a soft mask that
follows the landmarks. What is left to learn is the blending, not the tool that made a fake.

The idea is published: self-blended images (Shiohara and Yamasaki, CVPR 2022), Face X-ray (Li et
al., CVPR 2020). Masks, constants and code are this project's own.

Drawing and doing are apart: ``blends`` draws a ``Blend``, which is carried out here with no
randomness of its own.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image
from analysis.training.blends import BOX, Blend
from analysis.training.face_points import ANCHORS, LEFT_EYE, LIPS, OVAL, REGIONS, RIGHT_EYE, Face
from analysis.training.mismatch import differing

Float = NDArray[np.float32]


def pseudo_fake(
    target: Face, blend: Blend, donor: Face | None = None, again: Image | None = None
) -> tuple[Image, Image, Float]:
    """(the real one, the pseudo-fake, the mask): equal in every pixel where the mask is 0.

    What is blended in is ``donor``, or ``again``, which is the target by another hand or before a
    camera took it, or else the target itself. The real one is the target as it is placed.
    """
    real = target.image
    inner = real if again is None else again
    if donor is not None:
        inner = _fitted(donor, target, blend)
    if inner is not real:  # networks are taught to take colours over
        inner = _colour_matched(inner, real, target.points, blend.colour_match)
    if donor is not None and blend.light_match:
        inner = _light_matched(inner, real, blend.light_match)
    if blend.on_target:
        real = differing(real, blend.mismatch)
    else:
        inner = differing(inner, blend.mismatch)
    middle, side = target.points[OVAL].mean(0), real.shape[0]
    place = blend.placed.matrix(middle, side)
    move = place @ blend.moved.matrix(middle, side)
    field = None
    if blend.bend and donor is None:
        field = _smooth_noise(blend.seed + 1, side, nodes=5, channels=2) * blend.bend * side
    real = _warped(real, place, blend.placed.kernel)
    inner = _warped(inner, move, blend.moved.kernel, field)
    points = (target.points @ place[:2, :2].T + place[:2, 2]).astype(np.float32)
    mask = _mask(points, side, blend)
    return real, _composed(real, inner, mask, blend), mask


def _fitted(donor: Face, target: Face, blend: Blend) -> Image:
    """The donor's picture bent so that its features come to lie on the target's.

    ``bend`` is how much of the difference in shape is removed: one affine map does most, a smooth
    field of what is left at the anchors does the rest.
    """
    side = target.image.shape[0]
    goal, start = target.points[ANCHORS], donor.points[ANCHORS]
    design = np.concatenate([goal, np.ones((len(goal), 1), np.float32)], axis=1)
    back, *_ = np.linalg.lstsq(design, start, rcond=None)  # target pixel -> donor pixel
    left = blend.bend * (start - design @ back)
    grid = 24
    at = (np.arange(grid, dtype=np.float32) + 0.5) * side / grid
    gx, gy = np.meshgrid(at, at)
    nodes = np.stack([gx, gy], axis=-1).reshape(-1, 1, 2)
    weight = np.exp(-((nodes - goal[None]) ** 2).sum(-1) / (2 * (0.06 * side) ** 2))
    total = weight.sum(1, keepdims=True)
    field = (weight @ left) / (total + 0.05)
    field = cv2.resize(field.reshape(grid, grid, 2).astype(np.float32), (side, side))
    px, py = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    map_x = (back[0, 0] * px + back[1, 0] * py + back[2, 0] + field[..., 0]).astype(np.float32)
    map_y = (back[0, 1] * px + back[1, 1] * py + back[2, 1] + field[..., 1]).astype(np.float32)
    picture = donor.image
    reach = float(np.sqrt(abs(np.linalg.det(back[:2]))))
    if reach > 1.4:  # the donor is larger: average before reading single pixels
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4 * reach), np.uint8)
    bent = cv2.remap(picture, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(bent, np.uint8)


def _colour_matched(inner: Image, real: Image, points: Float, share: float) -> Image:
    """Brings mean and spread of the inner face's colour to the target's, as swap tools do."""
    skin = np.zeros(real.shape[:2], np.uint8)
    hull = cv2.convexHull(points[REGIONS["inner"]].astype(np.int32))
    cv2.fillConvexPoly(skin, hull, 1)
    inside = skin > 0
    if inside.sum() < 50:
        return inner
    a, b = (cv2.cvtColor(i.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for i in (inner, real))
    mean_a, mean_b = a[inside].mean(0), b[inside].mean(0)
    ratio = ((b[inside].std(0) + 1) / (a[inside].std(0) + 1)).clip(0.5, 1.6)
    matched = (a - mean_a) * (1 + share * (ratio - 1)) + mean_a + share * (mean_b - mean_a)
    rgb = cv2.cvtColor(matched.astype(np.float32), cv2.COLOR_LAB2RGB)
    return _rounded(255 * rgb)


def _light_matched(inner: Image, real: Image, share: float) -> Image:
    """Takes light and shade over from the target, as a network does that was trained to."""
    sigma = 0.07 * real.shape[0]
    wanted = cv2.GaussianBlur(real.astype(np.float32), (0, 0), sigma)
    present = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), sigma)
    return _rounded(inner + share * (wanted - present))


def _rounded(image: NDArray[Any]) -> Image:
    return np.asarray(image.clip(0, 255).round(), np.uint8)


def _warped(
    image: Image, matrix: NDArray[np.float64], kernel: int, field: Float | None = None
) -> Image:
    """The picture under an affine map and, if there is a ``field``, bent by it."""
    side, mode = image.shape[0], cv2.BORDER_REFLECT
    if field is None:
        moved = cv2.warpAffine(image, matrix[:2], (side, side), flags=kernel, borderMode=mode)
        return np.asarray(moved, np.uint8)
    back = np.linalg.inv(matrix).astype(np.float32)
    px, py = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    px, py = px + field[..., 0], py + field[..., 1]
    map_x = back[0, 0] * px + back[0, 1] * py + back[0, 2]
    map_y = back[1, 0] * px + back[1, 1] * py + back[1, 2]
    return np.asarray(cv2.remap(image, map_x, map_y, kernel, borderMode=mode), np.uint8)


def _mask(points: Float, side: int, blend: Blend) -> Float:
    """Soft mask, 0 to ``strength``: the region's hull, grown, with a bent edge, blurred inwards."""
    hull = _outline(points, blend)
    centre = hull.mean(axis=0)
    hull = (hull - centre) * blend.grow + centre
    mask = np.zeros((side, side), np.float32)
    cv2.fillConvexPoly(mask, (hull * 16).astype(np.int32), 1.0, lineType=cv2.LINE_AA, shift=4)
    if blend.edge and blend.region != BOX:
        field = _smooth_noise(blend.seed, side, nodes=7, channels=2) * blend.edge * side
        px, py = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
        mask = cv2.remap(mask, px + field[..., 0], py + field[..., 1], cv2.INTER_LINEAR)
    sigma = max(0.6, blend.softness * side)
    soft = cv2.GaussianBlur(mask, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    # Twice what exceeds a half: full in the middle and nothing outside the region's own edge.
    soft = (1.25 * soft - 0.25).clip(0, 1)
    return np.asarray(blend.strength * soft, np.float32)


def _outline(points: Float, blend: Blend) -> Float:
    if blend.region != BOX:
        outline = cv2.convexHull(points[REGIONS[blend.region]].astype(np.float32))[:, 0]
        return np.asarray(outline, np.float32)
    left, right = points[LEFT_EYE].mean(0), points[RIGHT_EYE].mean(0)
    across = right - left
    down = np.array([-across[1], across[0]])
    if down @ (points[LIPS].mean(0) - left) < 0:  # a mirrored view has its eyes the other way
        down = -down
    beside, above, below = blend.box
    corners = [-beside * across - above * down, beside * across - above * down,
               beside * across + below * down, -beside * across + below * down]  # fmt: skip
    return np.asarray((left + right) / 2 + np.stack(corners), np.float32)


def _composed(real: Image, inner: Image, mask: Float, blend: Blend) -> Image:
    a, b, m = real.astype(np.float32), inner.astype(np.float32), mask[..., None]
    if blend.poisson:
        solid = np.asarray((mask > 0.5 * blend.strength) * 255, np.uint8)
        x, y, w, h = cv2.boundingRect(solid)
        side = real.shape[0]
        if w > 8 and h > 8 and x > 1 and y > 1 and x + w < side - 1 and y + h < side - 1:
            middle = (x + w // 2, y + h // 2)
            cloned = cv2.seamlessClone(inner, real, solid, middle, cv2.NORMAL_CLONE)
            return np.where(m > 0, cloned, real).astype(np.uint8)
    if blend.two_band:  # colours over a wide edge, detail over a narrow one
        sigma = 0.03 * real.shape[0]
        low_a, low_b = cv2.GaussianBlur(a, (0, 0), sigma), cv2.GaussianBlur(b, (0, 0), sigma)
        narrow = np.clip(2.5 * (m - 0.3 * blend.strength), 0, blend.strength)
        mixed = a + m * (low_b - low_a) + narrow * ((b - low_b) - (a - low_a))
        return np.where(m > 0, mixed, a).clip(0, 255).round().astype(np.uint8)
    return np.asarray((a + m * (b - a)).clip(0, 255).round(), dtype=np.uint8)


def _smooth_noise(seed: int, side: int, *, nodes: int, channels: int) -> Float:
    values = np.random.default_rng(seed).uniform(-1, 1, (nodes, nodes, channels))
    smooth = cv2.resize(values.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32)
