"""What does a bundle take for a manipulation that is none?

    python -m analysis.evaluation.harmless_edits --bundle mobilenet_v2_gru --crops crops/

Single pictures of held-in people, each as it is and with one thing done to it that honest people do
to honest pictures: noise taken out, make-up, a bar over the eyes, a filter. For each, the share
that is called likely manipulated by the bundle's own calibration and threshold, and how well the
edited are told from the others (.5: not at all). The edits are stronger than most. Training does
some of their kind to both of a pair: it removes noise in both ways, makes up, hides eyes, tones and
lights. The others it never does.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.arguments import at_least_one, said_in_one_line
from analysis.evaluation.held_in import SEED, faces_of, scored, told_apart
from analysis.faces.crop import Image
from analysis.models.bundles import load_bundle
from analysis.training.augment import delivered, draw_delivery, draw_scene, draw_view, lit, taken
from analysis.training.augment import seen as view_of
from analysis.training.face_points import EYES, LEFT_EYE, LIPS, OVAL, RIGHT_EYE, Face
from analysis.training.feed import Faces
from analysis.training.mismatch import jpeg
from analysis.training.retouch import CHEEKS, SEPIA

Floats = NDArray[Any]

AS_IT_IS = "as it is"


def sharpened(face: Face) -> Floats:
    image = face.image.astype(np.float32)
    return np.asarray(image + 1.5 * (image - cv2.GaussianBlur(image, (0, 0), 1.2)))


def grainy(face: Face) -> Floats:
    side = face.image.shape[0]
    grain = np.random.default_rng(side).normal(0, 14, (side, side, 1))
    return np.asarray(face.image + grain)


def enlarged(face: Face) -> Floats:
    """From two fifths of its pixels."""
    side = face.image.shape[0]
    small = cv2.resize(face.image, (side * 2 // 5,) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC))


def tilted(face: Face) -> Floats:
    side = face.image.shape[0]
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), 18, 1)
    size, edge = (side, side), cv2.BORDER_REFLECT_101
    return np.asarray(cv2.warpAffine(face.image, turn, size, borderMode=edge))


def vignetted(face: Face) -> Floats:
    side = face.image.shape[0]
    y, x = np.mgrid[:side, :side] / side - 0.5
    return np.asarray(face.image * (1 - 1.1 * (x**2 + y**2))[..., None])


def captioned(face: Face) -> Floats:
    image, side = face.image.copy(), face.image.shape[0]
    place, font = (side // 25, side * 93 // 100), cv2.FONT_HERSHEY_DUPLEX
    for shade, thickness in ((0, 5), (255, 2)):
        colour = (shade, shade, shade)
        cv2.putText(image, "hello you", place, font, side / 200, colour, thickness, cv2.LINE_AA)
    return image


def eyes_barred(face: Face) -> Floats:
    image = face.image.copy()
    eyes = face.points[EYES]
    reach = 0.12 * np.ptp(eyes[:, 0])
    left, top = (int(v) for v in eyes.min(0) - reach)
    right, bottom = (int(v) for v in eyes.max(0) + reach)
    cv2.rectangle(image, (left, top), (right, bottom), (12, 10, 10), -1)
    return image


def with_lipstick(face: Face) -> Floats:
    image = face.image.astype(np.float32)
    red = image * [1.0, 0.45, 0.5] + [30, 0, 8]
    return np.asarray(image + 0.75 * _shape(face, face.points[LIPS], 1.2) * (red - image))


def made_up(face: Face) -> Floats:
    """Lips, cheeks and the shade above the eyes."""
    image = with_lipstick(face)
    width = float(np.ptp(face.points[OVAL, 0]))
    for cheek in CHEEKS:
        spot = np.zeros(face.image.shape[:2], np.float32)
        cv2.circle(spot, [int(v) for v in face.points[cheek]], int(0.11 * width), 1.0, -1)
        spot = cv2.GaussianBlur(spot, (0, 0), 0.06 * width)
        image = image * (1 - 0.35 * spot[..., None] * (1 - np.array([1.08, 0.75, 0.78])))
    for eye in (face.points[LEFT_EYE], face.points[RIGHT_EYE]):
        middle = eye.mean(0)
        lid = (eye - middle) * [1.25, 1.9] + middle - [0, 0.02 * width]
        shade = _shape(face, lid, 0.012 * width) - _shape(face, eye, 0.006 * width)
        image = image * (1 - 0.45 * shade.clip(0, 1))
    return np.asarray(image)


def lit_from_the_front(face: Face) -> Floats:
    oval = face.points[OVAL]
    wide = (oval - oval.mean(0)) * 1.15 + oval.mean(0)
    light = _shape(face, wide, 0.12 * float(np.ptp(oval[:, 0])))
    return np.asarray(face.image * (1 + 0.25 * light))


def before_another_background(face: Face) -> Floats:
    """As video calls do it: head and shoulders cut out by a soft edge."""
    side = face.image.shape[0]
    low, high = face.points.min(0), face.points.max(0)
    middle, half = (low + high) / 2, (high - low) / 2 * [1.25, 1.35]
    person = np.zeros((side, side), np.float32)
    cv2.ellipse(person, (middle.tolist(), (2 * half).tolist(), 0.0), 1.0, -1)
    left, right = (int(middle[0] + sign * 1.3 * half[0]) for sign in (-1, 1))
    cv2.rectangle(person, (left, int(face.points[152, 1])), (right, side), 1.0, -1)
    person = cv2.GaussianBlur(person, (0, 0), 1.2)[..., None]
    patches = np.random.default_rng(side).uniform(40, 220, (5, 5, 3)).astype(np.float32)
    behind = cv2.resize(patches, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(behind + person * (face.image - behind))


def _shape(face: Face, outline: Floats, softness_px: float) -> Floats:
    shape = np.zeros(face.image.shape[:2], np.float32)
    cv2.fillConvexPoly(shape, cv2.convexHull(np.round(outline).astype(np.int32)), 1.0)
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), softness_px))[..., None]


EDITS: dict[str, Callable[[Face], Floats]] = {
    "noise removed": lambda face: cv2.bilateralFilter(face.image, 9, 40, 5),
    "noise removed, median": lambda face: cv2.medianBlur(face.image, 5),
    "sharpened": sharpened,
    "grain": grainy,
    "enlarged": enlarged,
    "JPEG 15": lambda face: jpeg(face.image, 15),
    "tilted": tilted,
    "harsh": lambda face: 110 + 1.5 * (face.image.astype(np.float32) - 110),
    "faded": lambda face: 140 + 0.55 * (face.image.astype(np.float32) - 128),
    "grey": lambda face: np.repeat(face.image.mean(2, keepdims=True), 3, 2),
    "brown": lambda face: face.image @ SEPIA.T,
    "vignette": vignetted,
    "caption": captioned,
    "bar over the eyes": eyes_barred,
    "lipstick": with_lipstick,
    "make-up": made_up,
    "light from the front": lit_from_the_front,
    "another background": before_another_background,
}


def edited(face: Face, edit: str) -> Image:
    done = face.image if edit == AS_IT_IS else EDITS[edit](face)
    return np.asarray(done.clip(0, 255), np.uint8)


def draw_edited(
    faces: Faces, *, edit: str, count: int, side_px: int
) -> tuple[NDArray[np.uint8], list[str]]:
    """The same pictures for each edit, and whose they are."""
    images, groups = [], []
    for number in range(count):
        rng = np.random.default_rng((SEED, number))
        source, crop_number = faces.draw(rng)
        crop = faces.stored[source].crop(crop_number)
        view = draw_view(rng, native_side_px=crop.image.shape[0])
        scene, delivery = replace(draw_scene(rng), occluder=0), draw_delivery(rng)
        face = taken(lit(view_of(crop, view), scene), scene)
        images += delivered([edited(face, edit)], delivery, side_px=side_px)
        groups.append(faces.groups[source])
    return np.stack(images), groups


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--crops", type=Path, required=True, help="made by training.prepare")
    parser.add_argument("--split", default="holdin")
    parser.add_argument("--pictures", type=at_least_one, default=300)
    parser.add_argument("--threads", type=int)
    args = parser.parse_args(argv)
    with said_in_one_line("harmless_edits"):
        bundle = load_bundle(args.bundle, threads=args.threads)
        faces = faces_of(args.crops, split=args.split)

    def looked_at(edit: str) -> tuple[NDArray[np.float64], list[str]]:
        side_px = bundle.contract.side_px
        images, groups = draw_edited(faces, edit=edit, count=args.pictures, side_px=side_px)
        return scored(images, bundle=bundle), groups

    def called(scores: NDArray[np.float64]) -> float:
        said = bundle.calibration.frame.probabilities(scores)
        return float((said >= bundle.thresholds.likely_manipulated_at).mean())

    plain, groups = looked_at(AS_IT_IS)
    print(f"{bundle.version}: genuine pictures called likely manipulated, AUC of the edit")  # noqa: T201
    print(f"{AS_IT_IS:22} {called(plain):6.1%}")  # noqa: T201
    for edit in EDITS:
        scores, _ = looked_at(edit)
        both = np.column_stack([plain, scores]).ravel()
        whole, low, high = told_apart(both, list(np.repeat(groups, 2)))
        print(f"{edit:22} {called(scores):6.1%}  {whole:.3f} ({low:.3f} to {high:.3f})")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
