from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from analysis.training.augment import View, seen
from analysis.training.blends import Inner, Placement, draw_blend, wandered
from analysis.training.face_points import REGIONS, Face
from analysis.training.feed import Faces
from analysis.training.mismatch import Mismatch, differing
from analysis.training.pseudo_fakes import pseudo_fake

VIEW = View(margin=1.3, shift=(0.0, 0.0), turn_deg=0.0, flip=False, side_px=160)


@pytest.fixture
def target(faces: Faces) -> Face:
    return seen(faces.stored[0].crop(0), VIEW)


@pytest.fixture
def donor(faces: Faces) -> Face:
    return seen(faces.stored[1].crop(0), VIEW)


@pytest.mark.parametrize("seed", range(12))
def test_outside_the_mask_the_pair_is_the_same_picture(
    target: Face, donor: Face, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    with_donor = seed % 2 == 1
    blend = draw_blend(rng, Inner.DONOR if with_donor else Inner.OWN)
    real, fake, mask = pseudo_fake(target, blend, donor if with_donor else None)
    outside = mask == 0
    assert 0.2 < outside.mean() < 1.0
    assert np.array_equal(real[outside], fake[outside])
    assert not np.array_equal(real, fake)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_lies_on_the_face(target: Face, region: str) -> None:
    blend = replace(draw_blend(np.random.default_rng(5), Inner.OWN), region=region)
    _, _, mask = pseudo_fake(target, blend)
    low, high = target.points.min(0) - 12, target.points.max(0) + 12
    ys, xs = np.nonzero(mask > 0.2)
    assert len(xs) > 50
    assert xs.min() > low[0]
    assert xs.max() < high[0]
    assert ys.min() > low[1]
    assert ys.max() < high[1]


def test_the_same_blend_gives_the_same_pair(target: Face, donor: Face) -> None:
    blend = draw_blend(np.random.default_rng(3), Inner.DONOR)
    first, second = (pseudo_fake(target, blend, donor) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a, b)


def test_the_real_one_is_untouched_unless_the_mismatch_is_on_it(target: Face) -> None:
    blend = draw_blend(np.random.default_rng(4), Inner.OWN)
    blend = replace(blend, on_target=False, placed=Placement())
    assert np.array_equal(pseudo_fake(target, blend)[0], target.image)
    changed = replace(blend, on_target=True, mismatch=Mismatch(lift=(9.0, 9.0, 9.0)))
    assert not np.array_equal(pseudo_fake(target, changed)[0], target.image)


def test_a_donor_brings_another_face(target: Face, donor: Face) -> None:
    blend = replace(
        draw_blend(np.random.default_rng(6), Inner.DONOR),
        region="face",
        strength=1.0,
        mismatch=Mismatch(),
        poisson=False,
        two_band=False,
        placed=Placement(),
        moved=Placement(),
    )
    _, of_two, mask = pseudo_fake(target, blend, donor)
    _, of_one, _ = pseudo_fake(target, blend, target)
    inside = mask > 0.9
    change_of_two = np.abs(of_two[inside].astype(int) - target.image[inside]).mean()
    change_of_one = np.abs(of_one[inside].astype(int) - target.image[inside]).mean()
    assert change_of_two > 3 * change_of_one


def test_a_wandering_blend_moves_a_little_and_stays_itself(target: Face) -> None:
    rng = np.random.default_rng(8)
    first = draw_blend(rng, Inner.OWN)
    frames = [first]
    for _ in range(20):
        frames.append(wandered(frames[-1], rng))
    assert {blend.region for blend in frames} == {first.region}
    assert {blend.placed for blend in frames} == {first.placed}
    assert len({blend.moved.shift for blend in frames}) == 21
    step = np.abs(np.diff([blend.moved.shift[0] for blend in frames]))
    assert step.max() < 0.01
    pictures = [pseudo_fake(target, blend)[1].astype(int) for blend in frames[:3]]
    assert np.abs(pictures[1] - pictures[0]).mean() < np.abs(pictures[0]).mean() / 4


def test_no_difference_changes_nothing(target: Face) -> None:
    assert np.array_equal(differing(target.image, Mismatch()), target.image)


def test_saturation_then_gain_then_lift(faces: Faces) -> None:
    image = seen(faces.stored[0].crop(0), VIEW).image
    how = Mismatch(saturation=0.6, gain=(1.1, 0.9, 1.05), lift=(4.0, -7.0, 2.0))
    grey = (image @ np.array([0.299, 0.587, 0.114]))[..., None]
    wanted = (grey + 0.6 * (image - grey)) * how.gain + how.lift
    found = differing(image, how).astype(np.float64)
    assert np.abs(found - wanted.clip(0, 255)).max() < 0.51


@pytest.mark.parametrize("inner", [Inner.OWN, Inner.DONOR])
def test_being_interpolated_does_not_tell_a_pair_apart(faces: Faces, inner: Inner) -> None:
    """Reading between pixels softens: were the blend alone read so, that would be all to learn."""

    def detail(image: np.ndarray, where: np.ndarray) -> float:
        fine = cv2.Laplacian(image.astype(np.float32).mean(2), cv2.CV_32F)
        return float(np.log(np.abs(fine[where]).mean()))

    def grainy(view: View) -> Face:
        face = seen(faces.stored[0].crop(0), view)
        return replace(face, image=differing(face.image, Mismatch(noise=6.0)))

    target = grainy(VIEW)
    turned = grainy(replace(VIEW, turn_deg=4.0, shift=(0.011, 0.007)))

    def softened(n: int, *, alone: bool) -> float:
        rng = np.random.default_rng(n)
        blend = replace(draw_blend(rng, inner), mismatch=Mismatch(), strength=1.0)
        blend = replace(blend, region="face", two_band=False, poisson=False)
        if alone:
            blend = replace(blend, placed=Placement())
        donor = turned if inner is Inner.DONOR else None
        real, fake, mask = pseudo_fake(target, blend, donor)
        return detail(real, mask > 0.95) - detail(fake, mask > 0.95)

    as_is, alone = ([softened(n, alone=a) for n in range(60)] for a in (False, True))
    assert abs(np.mean(as_is)) < 3 * np.std(as_is) / np.sqrt(60)
    assert np.mean(alone) > 5 * np.std(as_is) / np.sqrt(60)
