"""Which differences between a face and what is around it does a bundle see?

    python -m analysis.evaluation.single_differences --bundle mobilenet_v2_gru --crops crops/

Pairs of held-in people, each a face and itself blended in, that differ in one way alone, as often
and as much as training has it, and are delivered as any pair is. What nobody can see, as a face
that was moved by half a pixel, nothing should tell apart: a bundle that does has learned how
pseudo-fakes are made here and not what swaps look like. In the last row both of a pair are genuine
and a camera has flattened the skin of one, as many do for beauty: that should tell nothing either.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.arguments import at_least_one, said_in_one_line
from analysis.evaluation.held_in import SEED, faces_of, scored, told_apart
from analysis.faces.crop import Image
from analysis.models.bundles import load_bundle
from analysis.training.augment import (
    SKIN_SMOOTH,
    Scene,
    delivered,
    draw_delivery,
    draw_scene,
    draw_view,
    lit,
    taken,
)
from analysis.training.augment import seen as view_of
from analysis.training.blends import Blend, Inner, Placement, draw_blend
from analysis.training.face_points import Face
from analysis.training.feed import Faces
from analysis.training.mismatch import Mismatch
from analysis.training.pseudo_fakes import pseudo_fake


def with_only(blend: Blend, *fields: str) -> Blend:
    """The blend over the whole face, with these fields of its mismatch and nothing else."""
    return replace(
        blend,
        region="face",
        strength=1.0,
        two_band=False,
        on_target=False,
        bend=0.0,
        drawn=False,
        moved=Placement(kernel=blend.placed.kernel),
        mismatch=Mismatch(**{name: getattr(blend.mismatch, name) for name in (*fields, "seed")}),
    )


def moved_by_half_a_pixel(blend: Blend, side_px: int) -> Blend:
    alone = with_only(blend)
    return replace(alone, moved=replace(alone.moved, shift=(0.5 / side_px, 0.5 / side_px)))


DIFFERENCES: dict[str, Callable[[Blend, int], Blend]] = {
    "none": lambda blend, side_px: with_only(blend),
    "half a pixel": moved_by_half_a_pixel,
    "place and shape": lambda b, side_px: replace(with_only(b), moved=b.moved, bend=b.bend),
    "colour": lambda b, side_px: with_only(b, "gain", "lift", "gamma", "saturation"),
    "sharpness": lambda b, side_px: with_only(b, "resolution", "blur_px", "smooth", "sharpen"),
    "grain and JPEG": lambda b, side_px: with_only(b, "noise", "jpeg"),
    "no camera": lambda b, side_px: replace(with_only(b), drawn=True),
    "all, as drawn": lambda b, side_px: b,
}
FLAT_SKIN = "flat skin alone"
ROWS = (*DIFFERENCES, FLAT_SKIN)


def draw_pairs(
    faces: Faces, *, difference: str, count: int, side_px: int
) -> tuple[NDArray[np.uint8], list[str]]:
    """Real and pseudo-fake in turn, and whose face it is; the same draws for each difference."""
    images, groups = [], []
    for number in range(count):
        rng = np.random.default_rng((SEED, number))
        source, crop_number = faces.draw(rng)
        crop = faces.stored[source].crop(crop_number)
        view = draw_view(rng, native_side_px=crop.image.shape[0])
        scene, delivery = replace(draw_scene(rng), occluder=0), draw_delivery(rng)
        blend = draw_blend(rng, Inner.OWN)
        bare = lit(view_of(crop, view), scene)
        both = (
            skin_as_it_is_and_flat(bare, scene, strength=float(rng.uniform(*SKIN_SMOOTH)))
            if difference == FLAT_SKIN
            else face_and_blend(bare, scene, DIFFERENCES[difference](blend, view.side_px))
        )
        images += delivered(both, delivery, side_px=side_px)
        groups += 2 * [faces.groups[source]]
    return np.stack(images), groups


def face_and_blend(bare: Face, scene: Scene, blend: Blend) -> list[Image]:
    again = bare.image if blend.drawn else None
    real, fake, _ = pseudo_fake(taken(bare, scene), blend, again=again)
    return [real, fake]


def skin_as_it_is_and_flat(bare: Face, scene: Scene, *, strength: float) -> list[Image]:
    return [taken(bare, replace(scene, skin_smooth=share)).image for share in (0.0, strength)]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--crops", type=Path, required=True, help="made by training.prepare")
    parser.add_argument("--split", default="holdin")
    parser.add_argument("--pairs", type=at_least_one, default=300)
    parser.add_argument("--threads", type=int)
    args = parser.parse_args(argv)
    with said_in_one_line("single_differences"):
        bundle = load_bundle(args.bundle, threads=args.threads)
        faces = faces_of(args.crops, split=args.split)
    print(f"{bundle.version}: frame AUC by what alone differs")  # noqa: T201
    for difference in ROWS:
        images, groups = draw_pairs(
            faces, difference=difference, count=args.pairs, side_px=bundle.contract.side_px
        )
        whole, low, high = told_apart(scored(images, bundle=bundle), groups)
        print(f"{difference:16} {whole:.3f} ({low:.3f} to {high:.3f})")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
