"""Faces drawn again by a network: what a swap tool's decoder leaves on skin, eyes and teeth.

    python -m analysis.training.redraw --crops crops/

An autoencoder too small to keep pores learns to draw the faces of the train split: first as alike
as it can, then so that a critic takes the drawing for a picture, as swap tools are trained, which
puts invented skin where blurred skin was. Then the faces are drawn again, into ``crops/redrawn``,
and ``feed`` blends some of those back into their own pictures: same person, same pose, another
hand. Three ways to enlarge leave three kinds of trace, and the fewer channels of the code are
kept, the more is forgotten.

    python -m analysis.training.redraw --crops crops/ --for-measuring

draws the held-in faces instead, by a network of its own that enlarges in a fourth way:
``fresh_fakes --redrawn`` says how a bundle does on a network and people that it never met.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from analysis.arguments import said_in_one_line
from analysis.faces.crop import Image
from analysis.training.augment import View, seen
from analysis.training.crop_store import STORED_MARGIN, SourceCrops, StoredCrop, write_crops
from analysis.training.feed import REDRAWN, REDRAWN_FOR_MEASURING, Faces, redrawn_numbers
from analysis.training.kept_memory import keep_freed_memory
from analysis.training.manifest import Source, read_manifest

SIDE_PX = 128
MARGIN = 1.3
HANDS = ("nearest", "transposed", "shuffled")
HANDS_FOR_MEASURING = ("bilinear",)
CODE_CHANNELS = 24
CODE_KEPT = (4, 10, 24)
BATCH = 16
SAY_EVERY_STEPS = 50
LEARNING_RATE = 1.5e-3
CRITIC_LEARNING_RATE = 2e-4
CRITIC_WEIGHT = 0.1
SEED, SEED_FOR_MEASURING = 1, 71


def build(hands: Sequence[str] = HANDS) -> dict[str, Any]:
    """One autoencoder per way to enlarge; they share all but their last layers."""
    picture = keras.Input((SIDE_PX, SIDE_PX, 3))
    kept = keras.Input((CODE_CHANNELS,))
    x: Any = layers.Rescaling(1 / 127.5, offset=-1)(picture)
    # Colours and light are taken over, as swap tools do, so that drawing is what is learned.
    light = layers.UpSampling2D(8, interpolation="bilinear")(layers.AveragePooling2D(8)(x))
    for channels, kernel, stride in ((32, 4, 2), (64, 4, 2), (64, 3, 1)):
        x = layers.Conv2D(channels, kernel, strides=stride, padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.1)(x)
    code = layers.Conv2D(CODE_CHANNELS, 1)(x)
    code = code * ops.reshape(kept, (-1, 1, 1, CODE_CHANNELS))
    x = code
    for _ in range(2):
        x = layers.Conv2D(64, 3, padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.1)(x)
    models = {}
    for hand in hands:
        drawn = _enlarged(_enlarged(x, 32, hand), 16, hand)
        drawn = light + layers.Conv2D(3, 3, padding="same")(drawn)
        drawn = layers.Rescaling(127.5, offset=127.5)(drawn)
        models[hand] = keras.Model([picture, kept], drawn)
    return models


def _enlarged(x: Any, channels: int, hand: str) -> Any:
    if hand == "transposed":
        x = layers.Conv2DTranspose(channels, 4, strides=2, padding="same")(x)
    elif hand in {"nearest", "bilinear"}:
        kernel = 3 if hand == "nearest" else 5
        x = layers.UpSampling2D(2, interpolation=hand)(x)
        x = layers.Conv2D(channels, kernel, padding="same")(x)
    else:
        x = layers.Conv2D(4 * channels, 3, padding="same")(x)
        _, height, width, _ = x.shape
        x = layers.Reshape((height, width, channels, 2, 2))(x)
        x = layers.Permute((1, 4, 2, 5, 3))(x)
        x = layers.Reshape((2 * height, 2 * width, channels))(x)
    return layers.LeakyReLU(negative_slope=0.1)(x)


def difference(wanted: Any, drawn: Any) -> Any:
    """Colours, and edges at two sizes: without these the cheapest drawing is a blurred one."""
    total = ops.mean(ops.abs(wanted - drawn))
    for _ in range(2):
        for axis in (1, 2):
            step = ops.roll(wanted, 1, axis) - wanted, ops.roll(drawn, 1, axis) - drawn
            total += 2 * ops.mean(ops.abs(step[0] - step[1]))
        wanted, drawn = ops.average_pool(wanted, 2), ops.average_pool(drawn, 2)
    return total / 127.5


def learn(models: dict[str, Any], faces: Faces, *, steps: int, seed: int) -> list[float]:
    """Trains all hands in turn; returns the loss of each step."""
    rng = np.random.default_rng(seed)
    hands = cycle(models.values())
    for model in models.values():
        model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss=difference)
    losses: list[float] = []
    for step in range(steps):
        pictures, kept = _lesson(faces, rng)
        model = next(hands)
        model.optimizer.learning_rate = LEARNING_RATE * min(1.0, 0.05 + 2 * (1 - step / steps))
        losses.append(float(model.train_on_batch([pictures, kept], pictures)))
        if len(losses) % SAY_EVERY_STEPS == 0:
            recent = float(np.mean(losses[-SAY_EVERY_STEPS:]))
            print(json.dumps({"step": len(losses), "loss": round(recent, 4)}), flush=True)
    return losses


def build_critic() -> Any:
    """Says of every part of a picture, 16 x 16 of them, how much it looks photographed."""
    picture = keras.Input((SIDE_PX, SIDE_PX, 3))
    x: Any = layers.Rescaling(1 / 127.5, offset=-1)(picture)
    for channels in (32, 64, 128):
        x = layers.Conv2D(channels, 4, strides=2, padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    return keras.Model(picture, layers.Conv2D(1, 3, padding="same")(x))


def learn_against(
    critic: Any, models: dict[str, Any], faces: Faces, *, steps: int, seed: int
) -> list[tuple[float, float]]:
    """The hands go on learning, now from a critic as well, who learns from them.

    Returns what the critic gives a picture and a drawing at each step: alike is a draw.
    """
    rng = np.random.default_rng((seed, 1))
    critic.compile(optimizer=_adam(), loss="mse")
    judged = {}
    for hand, model in models.items():
        critic.trainable = False
        drawn = model.output
        judged[hand] = keras.Model(model.input, [drawn, critic(drawn)])
        judged[hand].compile(
            optimizer=_adam(), loss=[difference, "mse"], loss_weights=[1.0, CRITIC_WEIGHT]
        )
    marks: list[tuple[float, float]] = []
    hands = cycle(models)
    for step in range(steps):
        pictures, kept = _lesson(faces, rng)
        hand = next(hands)
        drawn = np.asarray(models[hand].predict_on_batch([pictures, kept]))
        shown = np.concatenate([pictures, drawn])
        given = np.asarray(critic.predict_on_batch(shown))
        photographed = np.ones_like(given[:BATCH])
        critic.trainable = True
        critic.train_on_batch(shown, np.concatenate([photographed, 0 * photographed]))
        critic.trainable = False
        judged[hand].train_on_batch([pictures, kept], [pictures, photographed])
        marks.append((float(given[:BATCH].mean()), float(given[BATCH:].mean())))
        if len(marks) % SAY_EVERY_STEPS == 0:
            picture, drawing = np.mean(marks[-SAY_EVERY_STEPS:], axis=0)
            line = {"step": step + 1, "picture": float(picture), "drawing": float(drawing)}
            print(json.dumps({k: round(v, 3) for k, v in line.items()}), flush=True)
    return marks


def _adam() -> Any:
    return keras.optimizers.Adam(CRITIC_LEARNING_RATE, beta_1=0.5)


def _lesson(
    faces: Faces, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    pictures = np.stack([_drawn_view(faces, rng) for _ in range(BATCH)]).astype(np.float32)
    return pictures, np.stack([_kept(int(rng.choice(CODE_KEPT))) for _ in range(BATCH)])


def _kept(channels: int) -> NDArray[np.float32]:
    return (np.arange(CODE_CHANNELS) < channels).astype(np.float32)


def _drawn_view(faces: Faces, rng: np.random.Generator) -> Image:
    source, number = faces.draw(rng)
    view = View(
        margin=float(rng.uniform(1.15, 1.45)),
        shift=(float(rng.uniform(-0.05, 0.05)), float(rng.uniform(-0.05, 0.05))),
        turn_deg=float(rng.normal(0, 4)),
        flip=bool(rng.random() < 0.5),
        side_px=SIDE_PX,
    )
    return seen(faces.stored[source].crop(number), view).image


def redraw(
    models: dict[str, Any],
    crops: Path,
    sources: list[Source],
    *,
    seed: int,
    folder: str = REDRAWN,
) -> int:
    """Writes ``<folder>/<source>.npz`` beside the crops: some of each source's, by one hand each.

    The folder has its name when it is whole: half a set would teach without a word.
    """
    redrawn, out = crops / folder, crops / f"{folder}.partial"
    hands = list(models)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    count = 0
    for source in sources:
        path = crops / f"{source.id}.npz"
        if source.label != "real" or not path.exists():
            continue
        rng = np.random.default_rng((seed, int(source.id[-8:], 16)))
        stored = SourceCrops(path)
        if not len(stored):
            continue
        originals = [stored.crop(number) for number in redrawn_numbers(len(stored))]
        view = View(MARGIN, (0.0, 0.0), 0.0, False, SIDE_PX)
        pictures = np.stack([seen(crop, view).image for crop in originals]).astype(np.float32)
        kept = np.tile(_kept(int(rng.choice(CODE_KEPT))), (len(pictures), 1))
        hand = hands[int(rng.integers(len(hands)))]
        drawn = models[hand].predict_on_batch([pictures, kept])
        write_crops(
            out / path.name,
            [_put_back(crop, new) for crop, new in zip(originals, drawn, strict=True)],
        )
        count += len(originals)
    shutil.rmtree(redrawn, ignore_errors=True)
    out.rename(redrawn)
    return count


def _put_back(crop: StoredCrop, drawn: NDArray[np.float32]) -> StoredCrop:
    """The stored crop with its middle as it was drawn; the border of the middle is soft."""
    stored = crop.image.shape[0]
    side = stored * MARGIN / STORED_MARGIN
    corner = (stored - side) / 2
    matrix = np.array([[side / SIDE_PX, 0, corner], [0, side / SIDE_PX, corner]])
    large = cv2.warpAffine(
        drawn.clip(0, 255), matrix, (stored, stored), flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    square = np.zeros((stored, stored), np.float32)
    near, far = round(corner + 0.05 * side), round(corner + 0.95 * side)
    square[near:far, near:far] = 1
    mask = cv2.GaussianBlur(square, (0, 0), 0.02 * side)[..., None]
    image = crop.image + mask * (large - crop.image)
    return StoredCrop(
        image=np.asarray(image.clip(0, 255).round(), np.uint8),
        points=crop.points,
        at_s=crop.at_s,
        face_width_px=crop.face_width_px,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crops", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--critic-steps", type=int, default=900, help="more, against the critic")
    parser.add_argument("--seed", type=int)
    parser.add_argument(
        "--for-measuring", action="store_true", help="another network draws the held-in faces"
    )
    args = parser.parse_args()
    measuring = args.for_measuring
    if (seed := args.seed) is None:
        seed = SEED_FOR_MEASURING if measuring else SEED
    keep_freed_memory()
    by_split: dict[str, list[Source]] = defaultdict(list)
    with said_in_one_line("redraw"):
        for source in read_manifest(args.crops / "manifest.csv"):
            by_split[source.split].append(source)
    sizes = Counter(source.set for source in by_split["train"] if source.label == "real")
    shares = {name: size**0.5 for name, size in sizes.items()}
    with said_in_one_line("redraw"):
        faces = Faces(args.crops, by_split["train"], shares)
    keras.utils.set_random_seed(seed)
    models = build(HANDS_FOR_MEASURING if measuring else HANDS)
    learn(models, faces, steps=args.steps, seed=seed)
    learn_against(build_critic(), models, faces, steps=args.critic_steps, seed=seed)
    count = redraw(
        models,
        args.crops,
        by_split["holdin" if measuring else "train"],
        seed=seed,
        folder=REDRAWN_FOR_MEASURING if measuring else REDRAWN,
    )
    print(f"{count} faces drawn again")


if __name__ == "__main__":
    main()
