"""Batches of pairs, made in other processes while the network learns.

Batch ``n`` depends on the seed and on ``n`` alone, not on how many processes make it, so a resumed
run sees what an unbroken one would have seen.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.faces.crop import Image
from analysis.training.augment import (
    Delivery,
    Scene,
    delivered,
    draw_delivery,
    draw_scene,
    draw_view,
    lit,
    resized,
    seen,
    taken,
)
from analysis.training.blends import Blend, Inner, draw_blend, wandered
from analysis.training.crop_store import SourceCrops, StoredCrop
from analysis.training.face_points import ANCHORS, Face
from analysis.training.manifest import Source
from analysis.training.occlude import occluded
from analysis.training.pseudo_fakes import pseudo_fake
from analysis.training.retouch import retouched

DONORS_LOOKED_AT = 48
DONORS_NEAREST = 6
REDRAWN, REDRAWN_FOR_MEASURING = "redrawn", "redrawn-for-measuring"
REDRAWN_DONORS = 0.5
REDRAWN_PER_SOURCE = 72
REDRAWN_STRENGTH = (0.5, 1.0)
RETOUCHED = 0.4


def redrawn_numbers(count: int) -> list[int]:
    """Which of a source's crops ``redraw`` draws again."""
    spread = np.linspace(0, count - 1, min(count, REDRAWN_PER_SOURCE))
    return [int(number) for number in np.unique(spread.round())]


@dataclass(frozen=True, slots=True)
class Pair:
    """``mask`` (side x side, 0 to 1) says how much of each pixel of ``fake`` is another face.

    ``made`` are the two as they were before codecs and uploads.
    """

    real: Image
    fake: Image
    mask: NDArray[np.float32]
    made: tuple[Image, Image]


class Faces:
    """All real crops of a split: drawn by the share of their set, then evenly over sources."""

    def __init__(
        self,
        crops: Path,
        sources: Sequence[Source],
        shares: dict[str, float],
        *,
        redrawn: str = REDRAWN,
    ) -> None:
        self.stored: list[SourceCrops] = []
        self._redrawn: list[SourceCrops | None] = []
        self.groups: list[str] = []
        members: dict[str, list[int]] = {}
        self._signs: list[NDArray[np.float32]] = []  # of every crop of each source
        for source in sources:
            path = crops / f"{source.id}.npz"
            if source.label != "real" or not path.exists():
                continue
            stored = SourceCrops(path)
            if not len(stored):
                continue
            members.setdefault(source.set, []).append(len(self.stored))
            self._signs.append(np.stack([_sign(points) for points in stored.points]))
            self.stored.append(stored)
            again = crops / redrawn / path.name
            self._redrawn.append(SourceCrops(again) if again.exists() else None)
            self.groups.append(source.group)
        unknown = set(shares) - set(members)
        if unknown or not members:
            raise ValueError(f"no crops of {', '.join(sorted(unknown)) or 'any set'} in {crops}")
        self._sets = [np.array(members[name]) for name in shares]
        weights = np.array(list(shares.values()))
        self._shares = weights / weights.sum()

    def draw(self, rng: np.random.Generator) -> tuple[int, int]:
        """(source, number of the crop)"""
        members = self._sets[int(rng.choice(len(self._sets), p=self._shares))]
        source = int(rng.choice(members))
        return source, int(rng.integers(len(self.stored[source])))

    def was_redrawn(self, source: int) -> bool:
        return self._redrawn[source] is not None

    def redrawn(self, source: int, number: int) -> tuple[StoredCrop, StoredCrop] | None:
        """(the crop, the same drawn again) for the crop nearest to ``number`` that has both."""
        drawn = self._redrawn[source]
        if drawn is None:
            return None
        numbers = redrawn_numbers(len(self.stored[source]))
        n = min(range(len(numbers)), key=lambda k: abs(numbers[k] - number))
        return self.stored[source].crop(numbers[n]), drawn.crop(n)

    def donor_for(self, source: int, crop: StoredCrop, rng: np.random.Generator) -> StoredCrop:
        """One of the faces most alike in shape and pose among some that are drawn."""
        others = [self.draw(rng) for _ in range(DONORS_LOOKED_AT)]
        others = [other for other in others if self.groups[other[0]] != self.groups[source]]
        if not others:
            raise ValueError("a blend between two people needs two groups")
        signs = np.stack([self._signs[s][n] for s, n in others])
        order = np.argsort(((signs - _sign(crop.points)) ** 2).sum(1))
        s, n = others[int(order[int(rng.integers(min(DONORS_NEAREST, len(order))))])]
        if rng.random() < REDRAWN_DONORS and (both := self.redrawn(s, n)):
            return both[1]
        return self.stored[s].crop(n)


def _partly(both: tuple[StoredCrop, StoredCrop], *, share: float) -> StoredCrop:
    """Better networks keep more detail: some of the original is left in what was drawn again."""
    original, drawn = both
    mixed = cv2.addWeighted(drawn.image, share, original.image, 1 - share, 0.0)
    return replace(drawn, image=np.asarray(mixed, np.uint8))


def _sign(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shape and pose of a face in a few numbers, whatever its size."""
    anchors = points[ANCHORS]
    centred = anchors - anchors.mean(0)
    return np.asarray((centred / centred.std()).ravel(), np.float32)


def draw_pair(
    faces: Faces,
    rng: np.random.Generator,
    *,
    side_px: int,
    donor_share: float,
    redrawn_share: float = 0.0,
) -> Pair:
    """One real picture and one pseudo-fake of it, seen, lit and delivered alike."""
    source, number = faces.draw(rng)
    crop, again = faces.stored[source].crop(number), None
    kind = float(rng.random())
    with_donor = kind < donor_share
    if (
        not with_donor
        and kind < donor_share + redrawn_share
        and (both := faces.redrawn(source, number))
    ):
        crop, again = both[0], _partly(both, share=float(rng.uniform(*REDRAWN_STRENGTH)))
    view = draw_view(rng, native_side_px=crop.image.shape[0])
    scene, delivery = draw_scene(rng), draw_delivery(rng)
    donor_crop = faces.donor_for(source, crop, rng) if with_donor or scene.occluder else None
    target = seen(crop, view)
    donor = seen(donor_crop, view) if donor_crop is not None else None
    blend = draw_blend(rng, _inner(with_donor=with_donor, redrawn=again is not None))
    # What hides a face also hides a blend, so most of it is laid over both of the pair, after it.
    late = bool(scene.occluder) and bool(rng.random() < 0.7)
    first = replace(scene, occluder=0) if late else scene
    other = donor.image if donor is not None else None
    bare = lit(target, first, other=other)
    retouch = int(rng.integers(1, 2**31)) if rng.random() < RETOUCHED else 0
    before = bool(retouch) and bool(rng.random() < 0.5)
    if before:
        bare = replace(bare, image=retouched(bare.image, bare.points, retouch))
    inner = donor if with_donor else seen(again, view) if again is not None else None
    real, fake, mask = _blended(bare, first, blend, inner, with_donor=with_donor)
    if retouch and not before:
        real, fake = (retouched(i, target.points, retouch) for i in (real, fake))
    if late:
        real, fake = (occluded(i, target.points, scene.occluder, other) for i in (real, fake))
    mask = cv2.resize(mask, (side_px, side_px), interpolation=cv2.INTER_AREA)
    return _delivered_pair(real, fake, mask, delivery, side_px=side_px)


def _delivered_pair(
    real: Image, fake: Image, mask: NDArray[np.float32], delivery: Delivery, *, side_px: int
) -> Pair:
    made = resized(real, side_px), resized(fake, side_px)
    real, fake = delivered([real, fake], delivery, side_px=side_px)
    return Pair(real, fake, mask, made)


def _blended(
    bare: Face, scene: Scene, blend: Blend, other: Face | None, *, with_donor: bool
) -> tuple[Image, Image, NDArray[np.float32]]:
    """The pair of a face that has its light but no camera yet; ``other`` has neither."""
    target = taken(bare, scene)
    if with_donor and other is not None:
        return pseudo_fake(target, blend, donor=put_in(other, scene, blend))
    if other is not None:
        return pseudo_fake(target, blend, again=put_in(other, scene, blend).image)
    return pseudo_fake(target, blend, again=bare.image if blend.drawn else None)


def put_in(face: Face, scene: Scene, blend: Blend) -> Face:
    """Another face in this light; what a network draws has neither grain nor blocks of a codec."""
    face = lit(face, replace(scene, occluder=0, background_blur_px=0.0))
    return face if blend.drawn else taken(face, scene)


def _inner(*, with_donor: bool, redrawn: bool) -> Inner:
    if with_donor:
        return Inner.DONOR
    return Inner.REDRAWN if redrawn else Inner.OWN


def draw_clip(
    faces: Faces,
    rng: np.random.Generator,
    *,
    frames: int,
    side_px: int,
    donor_share: float,
    redrawn_share: float = 0.0,
) -> list[Pair]:
    """One face over time and its pseudo-fake, whose blend wanders from frame to frame.

    A video gives neighbouring frames; a picture gives views of itself, as a still camera would.
    A network draws every frame anew, and what it invents flickers.
    """
    source, number = faces.draw(rng)
    stored = faces.stored[source]
    first = int(rng.integers(max(1, len(stored) - frames + 1)))
    numbers = (
        list(range(first, min(len(stored), first + frames)))
        if len(stored) > 1
        else [number] * frames
    )
    crop = stored.crop(numbers[0])
    view = draw_view(rng, native_side_px=crop.image.shape[0])
    scene, delivery = replace(draw_scene(rng), occluder=0), draw_delivery(rng)
    kind = float(rng.random())
    with_donor = kind < donor_share
    donor_crop = faces.donor_for(source, crop, rng) if with_donor else None
    redrawn = not with_donor and kind < donor_share + redrawn_share and faces.was_redrawn(source)
    strength = float(rng.uniform(*REDRAWN_STRENGTH)) if redrawn else 0.0
    blend = draw_blend(rng, _inner(with_donor=with_donor, redrawn=redrawn))
    pairs = []
    for n in numbers:
        view = replace(
            view, shift=_near(view.shift, rng), turn_deg=view.turn_deg + rng.normal(0, 0.3)
        )
        scene = replace(scene, camera=replace(scene.camera, seed=int(rng.integers(2**31))))
        delivery = replace(delivery, look=replace(delivery.look, seed=int(rng.integers(2**31))))
        blend = wandered(blend, rng)
        both = faces.redrawn(source, n) if redrawn else None
        bare = lit(seen(both[0] if both else stored.crop(n), view), scene)
        other = _partly(both, share=strength) if both else donor_crop
        inner = seen(other, view) if other is not None else None
        real, fake, mask = _blended(bare, scene, blend, inner, with_donor=with_donor)
        pairs.append(_delivered_pair(real, fake, mask, delivery, side_px=side_px))
    return pairs


def _near(shift: tuple[float, float], rng: np.random.Generator) -> tuple[float, float]:
    x, y = (float(value + rng.normal(0, 0.003)) for value in shift)
    return x, y


def draw_batch(
    faces: Faces, *, seed: int, number: int, pairs: int, grid: int, **how: Any
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Pictures (2 x pairs; real and fake alternate) and masks of grid x grid, 0 for the real."""
    rng = np.random.default_rng((seed, number))
    drawn = [draw_pair(faces, rng, **how) for _ in range(pairs)]
    images = np.stack([image for pair in drawn for image in (pair.real, pair.fake)])
    masks = np.zeros((2 * pairs, grid, grid), np.float32)
    for n, pair in enumerate(drawn):
        masks[2 * n + 1] = cv2.resize(pair.mask, (grid, grid), interpolation=cv2.INTER_AREA)
    return images, masks


def batches(
    *, start: int, processes: int, ahead: int, faces_from: tuple[Any, ...], **how: Any
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """Endless batches from number ``start`` on, made by ``processes`` others, in order."""
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(maxsize=ahead) for _ in range(processes)]
    for k in range(processes):
        context.Process(
            target=_make,
            args=(queues[k], faces_from, start + k, processes, how),
            daemon=True,
        ).start()
        # Only the feeder holds the writing end: when it dies, reading ends and does not wait.
        queues[k]._writer.close()  # type: ignore[attr-defined]
    number = 0
    while True:
        try:
            batch, failure = queues[number % processes].get()
        except EOFError as error:
            raise RuntimeError("a feeder was killed, perhaps for want of memory") from error
        if failure:
            raise RuntimeError(f"a feeder failed: {failure}")
        yield batch
        number += 1


def _make(results: Any, faces_from: tuple[Any, ...], first: int, step: int, how: Any) -> None:
    cv2.setNumThreads(1)
    parent = os.getppid()
    try:
        faces = Faces(*faces_from)
        number = first
        while True:
            batch = draw_batch(faces, number=number, **how)
            while not _put(results, (batch, "")):
                if os.getppid() != parent:  # an orphan has nobody to feed
                    results.cancel_join_thread()
                    return
            number += step
    except Exception:  # it must be raised where somebody sees it
        results.put((None, traceback.format_exc()))


def _put(results: Any, item: Any) -> bool:
    try:
        results.put(item, timeout=5)
    except queue.Full:
        return False
    return True
