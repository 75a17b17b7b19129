from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from analysis.faces.crop import Image
from analysis.training import feed
from analysis.training.augment import (
    Delivery,
    Scene,
    View,
    delivered,
    draw_delivery,
    draw_scene,
    h264,
    lit,
    seen,
    taken,
)
from analysis.training.blends import Blend, Inner, Placement, draw_blend
from analysis.training.face_points import LEFT_EYE, LIPS, OVAL
from analysis.training.feed import Faces, draw_batch, draw_clip, draw_pair, put_in
from analysis.training.mismatch import Mismatch
from analysis.training.pseudo_fakes import pseudo_fake

AS_IT_IS = Delivery(
    corner=(0, 0), reverse=False, first_jpeg=100, scale=1.0, look=Mismatch(), motion_px=0.0,
    motion_deg=0.0, h264_crf=0, h264_motion=(0, 0), second_jpeg=100,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_both_of_a_pair_are_delivered_alike(faces: Faces, seed: int) -> None:
    image = faces.stored[0].image(0)[40:200, 40:200]
    how = draw_delivery(np.random.default_rng(seed))
    left, right = delivered([image, image], how, side_px=96)
    if how.h264_crf:  # one stream, but two places in it
        assert np.abs(left.astype(int) - right).mean() < 3
    else:
        assert np.array_equal(left, right)
    assert left.shape == (96, 96, 3)


def test_the_same_seed_gives_the_same_pair_and_another_another(faces: Faces) -> None:
    def drawn(seed: int) -> np.ndarray:
        pair = draw_pair(faces, np.random.default_rng(seed), side_px=96, donor_share=0.5)
        return np.stack([pair.real, pair.fake])

    assert np.array_equal(drawn(1), drawn(1))
    assert not np.array_equal(drawn(1), drawn(2))


def test_scene_and_delivery_are_strong_enough_to_be_video(faces: Faces) -> None:
    rng = np.random.default_rng(0)
    scenes, deliveries = zip(
        *[(draw_scene(rng), draw_delivery(rng)) for _ in range(400)], strict=True
    )
    assert 0.3 < np.mean([d.h264_crf > 0 for d in deliveries]) < 0.6
    assert np.mean([d.h264_crf > 0 or d.second_jpeg < 100 for d in deliveries]) > 0.7
    assert 0.15 < np.mean([s.light.gain[1] < 0.66 for s in scenes]) < 0.4  # low light
    assert len(faces.stored) == 3


def test_a_view_keeps_the_landmarks_on_the_face(faces: Faces) -> None:
    crop = faces.stored[0].crop(0)
    plain = seen(crop, View(1.3, (0.0, 0.0), 0.0, False, 160))
    turned = seen(crop, View(1.2, (0.05, -0.04), 8.0, True, 120))
    for face in (plain, turned):
        x, y = face.points[LIPS].mean(0).astype(int)
        red, green, _ = face.image[y - 3 : y + 4, x - 6 : x + 7].reshape(-1, 3).mean(0)
        assert red > 1.25 * green  # lips are redder than all that lies around them


def test_h264_loses_detail_and_keeps_the_place(faces: Faces) -> None:
    image = faces.stored[0].image(0)[40:200, 40:200]
    good, _ = h264([image, image], crf=18, motion=(0, 1))
    poor, _ = h264([image, image], crf=35, motion=(0, 1))
    error_of_good = np.abs(good.astype(int) - image).mean()
    error_of_poor = np.abs(poor.astype(int) - image).mean()
    assert error_of_good < error_of_poor < 20


def test_a_place_in_the_stream_says_nothing(faces: Faces) -> None:
    """One picture twice: which of both was the second must not be seen by its grid of blocks."""

    def grid_at_the_edge(image: Image) -> float:
        steps = np.abs(np.diff(image.astype(float).mean(2), axis=1)).mean(0)
        return float(steps[15::16].mean() - steps.mean())

    rng = np.random.default_rng(4)
    differences = []
    while len(differences) < 80:
        delivery = replace(draw_delivery(rng), scale=1.0, first_jpeg=100, second_jpeg=100)
        if delivery.h264_crf:
            image = faces.stored[len(differences) % 3].image(0)[40:193, 40:193]
            first, second = delivered([image, image], delivery, side_px=153)
            differences.append(grid_at_the_edge(first) - grid_at_the_edge(second))
    off_by_errors = np.mean(differences) / (np.std(differences) / np.sqrt(len(differences)))
    assert abs(off_by_errors) < 3


def test_an_occluder_hides_the_same_in_both(faces: Faces) -> None:
    face = seen(faces.stored[0].crop(0), View(1.3, (0.0, 0.0), 0.0, False, 160))
    scene = draw_scene(np.random.default_rng(1))
    hidden, again = (lit(face, replace(scene, occluder=7)) for _ in range(2))
    assert np.array_equal(hidden.image, again.image)
    assert not np.array_equal(hidden.image, lit(face, replace(scene, occluder=0)).image)


def test_a_batch_alternates_and_only_fakes_have_a_mask(faces: Faces) -> None:
    images, masks = draw_batch(
        faces, seed=1, number=4, pairs=3, side_px=96, donor_share=0.5, grid=6
    )
    assert images.shape == (6, 96, 96, 3)
    assert images.dtype == np.uint8
    assert not masks[0::2].any()
    assert all(mask.max() > 0.05 for mask in masks[1::2])


def test_blurriness_alone_does_not_tell_a_pair_apart(faces: Faces) -> None:
    from analysis.training.monitor import separation, sharpness

    rng = np.random.default_rng(2)
    pairs = [draw_pair(faces, rng, side_px=96, donor_share=0.5) for _ in range(80)]
    real, fake = (np.array([-sharpness(getattr(p, k)) for p in pairs]) for k in ("real", "fake"))
    assert 0.4 < separation(real, fake) < 0.62


def test_a_clip_holds_one_face_over_time(faces: Faces, views: int = 5) -> None:
    rng = np.random.default_rng(3)
    clip = draw_clip(faces, rng, frames=views, side_px=96, donor_share=0.5)
    assert len(clip) == views
    across = np.abs(clip[0].real.astype(int) - clip[-1].real).mean()
    assert 0 < across < 40


def test_what_is_drawn_has_no_trace_of_the_camera(faces: Faces) -> None:
    """The camera's grain ends where a network's face begins."""
    face = seen(faces.stored[0].crop(0), View(1.3, (0.0, 0.0), 0.0, False, 160))
    donor = seen(faces.stored[1].crop(0), View(1.3, (0.0, 0.0), 0.0, False, 160))
    rng = np.random.default_rng(5)
    scene = replace(draw_scene(rng), camera=Mismatch(noise=8.0, seed=1), camera_crf=0, occluder=0)
    blend = replace(draw_blend(rng, Inner.DONOR), mismatch=Mismatch(), strength=1.0, grow=1.0)
    blend = replace(blend, region="face", poisson=False, two_band=False, on_target=False)
    target = taken(lit(face, scene), scene)

    def grain(drawn: bool) -> tuple[float, float]:
        how = replace(blend, drawn=drawn)
        _, fake, mask = pseudo_fake(target, how, put_in(donor, scene, how))
        return fineness(fake, mask > 0.95), fineness(fake, beyond(mask))

    inside_taken, outside = grain(drawn=False)
    inside_drawn, same_outside = grain(drawn=True)
    assert inside_drawn < inside_taken / 2
    assert same_outside == outside


@pytest.mark.parametrize(
    ("inner", "least", "most"),
    [(Inner.OWN, 0.2, 0.4), (Inner.DONOR, 0.5, 0.8), (Inner.REDRAWN, 0.5, 0.8)],
)
def test_some_of_each_kind_is_without_a_camera(inner: Inner, least: float, most: float) -> None:
    rng = np.random.default_rng(6)
    assert least < np.mean([draw_blend(rng, inner).drawn for _ in range(200)]) < most


@pytest.mark.parametrize("drawn", [False, True])
def test_a_face_drawn_again_as_it_was_loses_the_grain(
    faces: Faces, monkeypatch: pytest.MonkeyPatch, drawn: bool
) -> None:
    def grainy(rng: np.random.Generator) -> Scene:
        camera = Mismatch(noise=8.0, seed=1)
        return replace(draw_scene(rng), camera=camera, camera_crf=0, occluder=0)

    def alike(rng: np.random.Generator, inner: Inner) -> Blend:
        how = replace(draw_blend(rng, inner), region="face", strength=1.0, two_band=False, bend=0.0)
        still = Placement()
        return replace(how, mismatch=Mismatch(), placed=still, moved=still, drawn=drawn)

    monkeypatch.setattr(feed, "draw_scene", grainy)
    monkeypatch.setattr(feed, "draw_blend", alike)
    monkeypatch.setattr(feed, "draw_delivery", lambda _: AS_IT_IS)
    pair = draw_pair(faces, np.random.default_rng(8), side_px=160, donor_share=0.0)
    if not drawn:
        assert np.array_equal(pair.fake, pair.real)
        return
    inside, outside = pair.mask > 0.95, beyond(pair.mask)
    assert fineness(pair.fake, inside) < 0.6 * fineness(pair.real, inside)
    assert np.array_equal(pair.fake[outside], pair.real[outside])


def test_a_camera_codes_what_it_takes_and_moves_nothing(faces: Faces) -> None:
    face = seen(faces.stored[0].crop(0), View(1.3, (0.0, 0.0), 0.0, False, 161))
    grain = Mismatch(noise=6.0, seed=1)
    scene = replace(draw_scene(np.random.default_rng(5)), camera=grain, skin_smooth=0.0)
    still = taken(face, replace(scene, camera_crf=0)).image
    coded = taken(face, replace(scene, camera_crf=34, camera_motion=(2, -1)))
    assert np.array_equal(coded.points, face.points)
    assert coded.image.shape == still.shape
    grey = [image.astype(np.float32).mean(2) for image in (coded.image, still)]
    shift, _ = cv2.phaseCorrelate(*grey)
    assert np.abs(shift).max() < 0.2
    everywhere = np.ones(still.shape[:2], bool)
    assert fineness(coded.image, everywhere) < 0.5 * fineness(still, everywhere)


def test_beauty_flattens_skin_and_leaves_eyes_and_what_is_around(faces: Faces) -> None:
    face = seen(faces.stored[0].crop(0), View(1.3, (0.0, 0.0), 0.0, False, 160))
    rng = np.random.default_rng(5)
    camera = Mismatch(noise=4.0, seed=1)
    scene = replace(draw_scene(rng), camera=camera, camera_crf=0, skin_smooth=0.0)
    plain = taken(face, scene).image
    made_up = taken(face, replace(scene, skin_smooth=1.0)).image

    def within(numbers: list[int], grow: float = 1.0) -> np.ndarray:
        points = face.points[numbers]
        points = (points - points.mean(0)) * grow + points.mean(0)
        area = np.zeros(plain.shape[:2], np.uint8)
        return cv2.fillConvexPoly(area, cv2.convexHull(points.astype(np.int32)), 1) > 0

    cheek = within([50, 101, 118, 205])
    assert fineness(made_up, cheek) < 0.6 * fineness(plain, cheek)
    changed = np.abs(made_up.astype(int) - plain).mean(2)
    assert changed[within(LEFT_EYE)].mean() < changed[cheek].mean() / 2
    assert not changed[~within(OVAL, grow=1.3)].any()


def beyond(mask: np.ndarray) -> np.ndarray:
    """Where nothing of a blend is, not even of a neighbouring pixel."""
    return cv2.dilate(mask, np.ones((9, 9))) == 0


def fineness(image: Image, where: np.ndarray) -> float:
    fine = np.abs(cv2.Laplacian(image.astype(np.float32).mean(2), cv2.CV_32F))
    return float(np.median(fine[where]))
