"""The many ways to blend a face into another picture, drawn at random.

A ``Blend`` holds all that ``pseudo_fakes`` needs to carry it out; ``wandered`` moves one a little
for the next frame of a clip.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.training.face_points import REGIONS
from analysis.training.mismatch import Mismatch

BOX = "box"  # not a face's outline: upright, around eyes and mouth


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

    def matrix(self, middle: NDArray[np.float32], side: int) -> NDArray[np.float64]:
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
