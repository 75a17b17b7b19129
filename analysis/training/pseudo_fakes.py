"""Pseudo-fakes: a face with another face, or another copy of itself, blended into it.

Made from real faces alone. A copy of the face (or a second person's face, bent to fit) differs a
little in colour, sharpness, compression and geometry; it is blended back through a soft mask that
follows the landmarks. What is left to learn is the blending, not the tool that made a fake.

The idea is published: self-blended images (Shiohara and Yamasaki, CVPR 2022), Face X-ray (Li et
al., CVPR 2020). Masks, constants and code are this project's own.

Drawing and doing are apart: ``draw_blend`` draws a ``Blend``, ``pseudo_fake`` carries it out with
no randomness of its own, and ``wandered`` moves a Blend a little for the next frame of a clip.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image

Float = NDArray[np.float32]

# MediaPipe's numbering of its 478 points.
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400,
        377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103,
        67, 109]  # fmt: skip
BROWS = [70, 63, 105, 66, 107, 336, 296, 334, 293, 300]
EYES = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246,
        263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466]  # fmt: skip
NOSE = [6, 197, 195, 5, 4, 1, 2, 98, 327, 129, 358]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
JAW = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288,
       361, 323, 454]  # fmt: skip
ANCHORS = [10, 297, 67, 251, 21, 454, 234, 288, 58, 378, 149, 152, 33, 133, 362, 263, 159, 386,
           70, 105, 107, 336, 334, 300, 168, 4, 98, 327, 61, 291, 0, 17]  # fmt: skip
REGIONS = {
    "face": OVAL,
    "below_brows": JAW + BROWS,
    "inner": BROWS + EYES + NOSE + LIPS,
    "lower": [*JAW[2:-2], 129, 358, 6],
    "eyes": [*BROWS, *EYES, 195],
    "mouth": [*LIPS, 2, 18],
}
BOX = "box"  # not a face's outline: upright, around eyes and mouth
LEFT_EYE, RIGHT_EYE = EYES[:16], EYES[16:]


@dataclass(frozen=True, slots=True)
class Face:
    """``points`` (478 x 2) in pixels of ``image``."""

    image: Image
    points: Float


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


@dataclass(frozen=True, slots=True)
class Placement:
    """A little larger, shifted, turned: an affine map about the face's middle.

    ``kernel`` is how OpenCV reads between pixels, which softens a picture, or does not.
    """

    scale: float = 1.0
    stretch: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    turn_deg: float = 0.0
    kernel: int = cv2.INTER_LINEAR

    def matrix(self, middle: Float, side: int) -> NDArray[np.float64]:
        cx, cy = (float(v) for v in middle)
        top = cv2.getRotationMatrix2D((cx, cy), self.turn_deg, self.scale)
        top[0, :2] *= self.stretch
        top[0, 2] = self.stretch * (top[0, 2] - cx) + cx
        top[:, 2] += np.array(self.shift) * side
        return np.vstack([top, [0.0, 0.0, 1.0]])


@dataclass(frozen=True, slots=True)
class Blend:
    """One way to blend. Lengths are fractions of the picture's side.

    ``box`` says how far the box reaches to both sides of the eyes' middle, above and below it, in
    distances between the eyes. ``drawn``: no camera took what is blended in. All that is seen is
    ``placed``, what is blended in is ``moved`` before that: both are interpolated once, or being
    interpolated would tell them apart.
    """

    region: str
    box: tuple[float, float, float]
    grow: float
    softness: float
    edge: float
    strength: float
    placed: Placement
    moved: Placement
    bend: float
    mismatch: Mismatch
    on_target: bool
    colour_match: float
    light_match: float
    two_band: bool
    poisson: bool
    drawn: bool
    seed: int


class Inner(Enum):
    """Whose face is blended in: the same, another person's, the same as a network draws it."""

    OWN = auto()
    DONOR = auto()
    REDRAWN = auto()


# Most tools that need no training paste back the square that their network draws.
_REGION_SHARES = {
    Inner.OWN: [0.31, 0.19, 0.15, 0.05, 0.03, 0.02, 0.25],
    Inner.DONOR: [0.52, 0.23, 0.16, 0.04, 0.0, 0.0, 0.05],
    Inner.REDRAWN: [0.34, 0.15, 0.11, 0.0, 0.0, 0.0, 0.4],
}
_KERNELS = [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4]
_KERNEL_SHARES = [0.5, 0.3, 0.2]
_SHARPNESS = ["none", "resolution", "blur", "smooth", "sharpen", "smooth_sharpen"]
# Networks that swap faces draw skin smoother than cameras do, and tools sharpen it again; what
# one has drawn needs no more than it brings.
_SHARPNESS_SHARES = {
    Inner.OWN: [0.1, 0.25, 0.11, 0.22, 0.1, 0.22],
    Inner.DONOR: [0.1, 0.3, 0.15, 0.24, 0.06, 0.15],
    Inner.REDRAWN: [0.45, 0.15, 0.06, 0.12, 0.1, 0.12],
}


def draw_mismatch(rng: np.random.Generator, inner: Inner) -> Mismatch:
    """Colour, sharpness and compression; each is often left alone, so that none is a clue alone."""
    own = inner is Inner.OWN
    colour = rng.choice([0.0, 0.35, 1.0], p=[0.2, 0.45, 0.35] if own else [0.4, 0.45, 0.15])
    changes: dict[str, object] = {"seed": int(rng.integers(2**31))}
    if colour:
        changes["gain"] = tuple(1 + colour * rng.normal(0, 0.06, 3))
        changes["lift"] = tuple(colour * (rng.normal(0, 6) + rng.normal(0, 4, 3)))
        changes["gamma"] = float(np.exp(colour * rng.normal(0, 0.12)))
        changes["saturation"] = float(np.exp(colour * rng.normal(0, 0.18)))
    kind = rng.choice(_SHARPNESS, p=_SHARPNESS_SHARES[inner])
    if kind == "resolution":
        changes["resolution"] = float(rng.uniform(0.35, 0.95))
    if kind == "blur":
        changes["blur_px"] = float(rng.uniform(0.3, 1.6))
    if "smooth" in kind:
        changes["smooth"] = float(rng.uniform(0.3, 1.0))
    if "sharpen" in kind:
        changes["sharpen"] = float(rng.uniform(0.2, 1.0))
    if rng.random() < 0.25:
        changes["noise"] = float(rng.uniform(1, 5))
    if rng.random() < 0.3:
        changes["jpeg"] = int(rng.integers(35, 95))
    return Mismatch(**changes)  # type: ignore[arg-type]


def draw_placement(rng: np.random.Generator) -> Placement:
    return Placement(
        scale=float(rng.uniform(0.95, 1.05)),
        stretch=float(rng.uniform(0.97, 1.03)),
        shift=(float(rng.uniform(-0.024, 0.024)), float(rng.uniform(-0.016, 0.016))),
        turn_deg=float(rng.uniform(-2, 2)),
        kernel=int(rng.choice(_KERNELS, p=_KERNEL_SHARES)),
    )


def draw_blend(rng: np.random.Generator, inner: Inner) -> Blend:
    own = inner is Inner.OWN
    return Blend(
        region=str(rng.choice([*REGIONS, BOX], p=_REGION_SHARES[inner])),
        box=(
            float(rng.uniform(1.15, 1.7)),
            float(rng.uniform(1.0, 1.6)),
            float(rng.uniform(1.35, 1.95)),
        ),
        grow=float(rng.uniform(0.84, 1.1)),
        softness=float(rng.choice([rng.uniform(0.008, 0.03), rng.uniform(0.03, 0.08)])),
        edge=float(rng.uniform(0.0, 0.05)),
        strength=1.0 if rng.random() < 0.7 else float(rng.uniform(0.45, 1.0)),
        placed=draw_placement(rng),
        moved=draw_placement(rng),
        bend=_draw_bend(rng, inner),
        mismatch=draw_mismatch(rng, inner),
        on_target=bool(rng.random() < (0.38 if own else 0.25)),
        colour_match=float(rng.uniform(0.8, 1.0)),
        light_match=float(rng.uniform(0.5, 1.0)) if not own and rng.random() < 0.55 else 0.0,
        two_band=bool(rng.random() < 0.15),
        poisson=not own and bool(rng.random() < 0.15),
        drawn=bool(rng.random() < (0.3 if own else 0.65)),
        seed=int(rng.integers(2**31)),
    )


def _draw_bend(rng: np.random.Generator, inner: Inner) -> float:
    if inner is Inner.OWN:
        return float(rng.choice([0, rng.uniform(0, 0.012)]))
    return float(rng.uniform(0.5, 1.0)) if inner is Inner.DONOR else 0.0


def wandered(blend: Blend, rng: np.random.Generator) -> Blend:
    """The same blend one frame later: every number has moved a little, the choices have not."""
    m = blend.mismatch

    def near(value: float, step: float) -> float:
        return float(value + rng.normal(0, step))

    return replace(
        blend,
        grow=near(blend.grow, 0.01),
        strength=min(1.0, max(0.3, near(blend.strength, 0.02))),
        moved=replace(
            blend.moved,
            scale=near(blend.moved.scale, 0.004),
            shift=(near(blend.moved.shift[0], 0.002), near(blend.moved.shift[1], 0.002)),
            turn_deg=near(blend.moved.turn_deg, 0.2),
        ),
        mismatch=replace(
            m,
            gain=(near(m.gain[0], 0.006), near(m.gain[1], 0.006), near(m.gain[2], 0.006)),
            lift=(near(m.lift[0], 0.6), near(m.lift[1], 0.6), near(m.lift[2], 0.6)),
            resolution=min(1.0, max(0.3, near(m.resolution, 0.02))) if m.resolution < 1 else 1.0,
            blur_px=max(0.0, near(m.blur_px, 0.05)) if m.blur_px else 0.0,
            smooth=min(1.0, max(0.0, near(m.smooth, 0.03))) if m.smooth else 0.0,
            seed=int(rng.integers(2**31)),
        ),
    )


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
