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

from collections.abc import Callable
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
    real = inner = target.image
    fit = light = None
    if donor is not None:
        inner, fit, light = _taken_over(donor, target, blend)
    elif again is not None:
        inner = _recolouring(again, real, target.points, blend.colour_match)(again)
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
    inner = _warped(inner, move, blend.moved.kernel, field=field, fit=fit)
    if light is not None:
        light = cv2.warpAffine(light, move[:2], (side, side), borderMode=cv2.BORDER_REFLECT)
        inner = _rounded(inner + light)
    points = (target.points @ place[:2, :2].T + place[:2, 2]).astype(np.float32)
    mask = _mask(points, side, blend)
    return real, _composed(real, inner, mask, blend), mask


def _taken_over(donor: Face, target: Face, blend: Blend) -> tuple[Image, Float, Float | None]:
    """(the donor's picture in the target's colours, its ``_fit``, light to take over if any).

    What is measured is measured on the picture bent to fit. The picture itself is bent later,
    together with the blend's move, so that it is read between pixels once, as the target is.
    """
    fit = _fit(donor, target, bend=blend.bend)
    picture = donor.image
    from_there, here = (np.linalg.norm(np.ptp(f.points[ANCHORS], 0)) for f in (donor, target))
    reach = float(from_there / here)
    if reach > 1.4:  # the donor is larger: average before reading single pixels
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4 * reach), np.uint8)
    bent = _read(picture, fit, cv2.INTER_LINEAR)
    recoloured = _recolouring(bent, target.image, target.points, blend.colour_match)
    light = None
    if blend.light_match:
        light = blend.light_match * _light_lacking(recoloured(bent), target.image)
    return recoloured(picture), fit, light


def _fit(donor: Face, target: Face, *, bend: float) -> Float:
    """Where in the donor's picture each of the target's pixels lies (side x side x 2).

    ``bend`` is how much of the difference in shape is removed: one affine map does most, a smooth
    field of what is left at the anchors does the rest.
    """
    side = target.image.shape[0]
    goal, start = target.points[ANCHORS], donor.points[ANCHORS]
    design = np.concatenate([goal, np.ones((len(goal), 1), np.float32)], axis=1)
    back, *_ = np.linalg.lstsq(design, start, rcond=None)  # target pixel -> donor pixel
    left = bend * (start - design @ back)
    grid = 24
    at = (np.arange(grid, dtype=np.float32) + 0.5) * side / grid
    nodes = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 1, 2)
    weight = np.exp(-((nodes - goal[None]) ** 2).sum(-1) / (2 * (0.06 * side) ** 2))
    field = (weight @ left) / (weight.sum(1, keepdims=True) + 0.05)
    field = cv2.resize(field.reshape(grid, grid, 2).astype(np.float32), (side, side))
    return np.asarray(_pixels(side) @ back[:2] + back[2] + field, np.float32)


def _recolouring(
    inner: Image, real: Image, points: Float, share: float
) -> Callable[[Image], Image]:
    """What brings mean and spread of the inner face's colour to the target's, as swap tools do."""
    skin = np.zeros(real.shape[:2], np.uint8)
    hull = cv2.convexHull(points[REGIONS["inner"]].astype(np.int32))
    cv2.fillConvexPoly(skin, hull, 1)
    inside = skin > 0
    if inside.sum() < 50:
        return lambda image: image
    a, b = (_lab(image)[inside] for image in (inner, real))
    mean_a, mean_b = a.mean(0), b.mean(0)
    ratio = ((b.std(0) + 1) / (a.std(0) + 1)).clip(0.5, 1.6)

    def recoloured(image: Image) -> Image:
        lab = (_lab(image) - mean_a) * (1 + share * (ratio - 1))
        lab += mean_a + share * (mean_b - mean_a)
        return _rounded(255 * cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB))

    return recoloured


def _lab(image: Image) -> Float:
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _light_lacking(inner: Image, real: Image) -> Float:
    """Light and shade of the target, which a network takes over that was trained to."""
    sigma = 0.07 * real.shape[0]
    wanted = cv2.GaussianBlur(real.astype(np.float32), (0, 0), sigma)
    present = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), sigma)
    return np.asarray(wanted - present, np.float32)


def _rounded(image: NDArray[Any]) -> Image:
    return np.asarray(image.clip(0, 255).round(), np.uint8)


def _warped(
    image: Image,
    matrix: NDArray[np.float64],
    kernel: int,
    *,
    field: Float | None = None,
    fit: Float | None = None,
) -> Image:
    """The picture under an affine map, bent by ``field`` and found through ``fit``, if given."""
    side = image.shape[0]
    if field is None and fit is None:
        moved = cv2.warpAffine(
            image, matrix[:2], (side, side), flags=kernel, borderMode=cv2.BORDER_REFLECT
        )
        return np.asarray(moved, np.uint8)
    at = _pixels(side) if field is None else _pixels(side) + field
    back = np.linalg.inv(matrix).astype(np.float32)
    at = at @ back[:2, :2].T + back[:2, 2]
    if fit is not None:
        at = cv2.remap(fit, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _read(image, np.asarray(at, np.float32), kernel)


def _read(image: Image, at: Float, kernel: int) -> Image:
    return np.asarray(cv2.remap(image, at, None, kernel, borderMode=cv2.BORDER_REFLECT), np.uint8)


def _pixels(side: int) -> Float:
    """x and y of every pixel (side x side x 2)."""
    along = np.arange(side, dtype=np.float32)
    return np.stack(np.meshgrid(along, along), axis=-1)


def _mask(points: Float, side: int, blend: Blend) -> Float:
    """Soft mask, 0 to ``strength``: the region's hull, grown, with a bent edge, blurred inwards."""
    hull = _outline(points, blend)
    centre = hull.mean(axis=0)
    hull = (hull - centre) * blend.grow + centre
    mask = np.zeros((side, side), np.float32)
    cv2.fillConvexPoly(mask, (hull * 16).astype(np.int32), 1.0, lineType=cv2.LINE_AA, shift=4)
    if blend.edge and blend.region != BOX:
        field = _smooth_noise(blend.seed, side, nodes=7, channels=2) * blend.edge * side
        at = _pixels(side) + field
        mask = np.asarray(cv2.remap(mask, at, None, cv2.INTER_LINEAR), np.float32)
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
