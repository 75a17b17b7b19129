"""The second stage: a recurrent head learns from what the encoder sees over time.

    python -m analysis.training.clip_stage --run runs/mean --crops crops/

``train`` comes to it by itself; a run that ``average`` made has only this stage to go through.

Clips of real faces and of pseudo-fakes that wander are encoded once and kept for as long as neither
the encoder nor what is asked of them changes; the head is small, so it learns from them in a
minute. About half of the clips of held-in people choose its epoch; on those of the other people it
is compared with the plain mean of the frame scores and with half of each, and ``clip.json`` says
which of the last two is to be used. The recurrent head is never used alone: on swaps by real tools
it can do worse than frames do.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from analysis.arguments import said_in_one_line
from analysis.evaluation.metrics import auc
from analysis.models.registry import architecture
from analysis.training.config import Clip, Config, read_config
from analysis.training.feed import Faces, draw_clip
from analysis.training.looking import Look, looking, mirrored_too
from analysis.training.manifest import Source, joined_groups, read_manifest, refuse_leakage

DROPPED_FRAMES = 0.15


def train_clips(config: Config, *, crops: Path, sources: list[Source], run: Path) -> dict[str, Any]:
    """Writes ``clip.weights.h5`` and ``clip.json`` from ``frame.weights.h5``."""
    how = _asked_of(config)
    design = architecture(config.architecture)
    encoder = design.build_encoder(side_px=config.frame.side_px, weights=None)
    encoder.load_weights(run / "frame.weights.h5")
    learned = _clips(config, encoder, crops, sources, run, split="train", count=how.clips)
    held = _clips(config, encoder, crops, sources, run, split="holdin", count=how.held_clips)

    keras.utils.set_random_seed(config.seed)
    frames, count = how.frames, learned["features"].shape[-1]
    head = design.build_clip_head(frames=frames, feature_count=count)
    head.compile(
        optimizer=keras.optimizers.Adam(how.learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.04),
    )
    chooses, decides = _halves(held)
    rng = np.random.default_rng(config.seed)
    features, labels = learned["features"], learned["labels"]
    best: tuple[float, list[NDArray[np.float32]]] = (0.0, head.get_weights())
    for _ in range(how.epochs):
        mask = _some_missing(learned["mask"], rng)
        order = rng.permutation(len(labels))
        for n in range(0, len(order) - how.batch + 1, how.batch):
            chosen = order[n : n + how.batch]
            head.train_on_batch(
                {"features": features[chosen], "mask": mask[chosen]},
                {"clip_logit": labels[chosen, None].astype(np.float32)},
            )
        reached = auc(chooses["labels"], _clip_logits(head, chooses)) or 0.0
        if reached > best[0]:
            best = (reached, head.get_weights())
    head.set_weights(best[1])
    head.save_weights(run / "clip.weights.h5")
    mean_logits, recurrent_logits = _mean_logits(decides), _clip_logits(head, decides)
    mean = auc(decides["labels"], mean_logits) or 0.0
    recurrent = auc(decides["labels"], recurrent_logits) or 0.0
    joint = auc(decides["labels"], (recurrent_logits + mean_logits) / 2) or 0.0
    result = {
        "held_clips": len(decides["labels"]),
        "auc_of_mean": round(mean, 4),
        "auc_of_recurrent": round(recurrent, 4),
        "auc_of_joint": round(joint, 4),
        "aggregation": "joint" if joint > mean else "mean",
    }
    (run / "clip.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result), flush=True)
    return result


def refuse_without_held_in(how: Clip, *, crops: Path, sources: list[Source]) -> None:
    """Raises ValueError before the first frame is learned from, not after the last."""
    held = [source for source in sources if source.split == "holdin"]
    faces = _faces_of(how, crops, held)
    joined = joined_groups(held)
    if len({joined[group] for group in faces.groups}) < 2:
        raise ValueError("all held-in recordings are of one person or joined by people")


def _faces_of(how: Clip, crops: Path, sources: list[Source]) -> Faces:
    present = {source.set for source in sources if source.label == "real"}
    shares = {name: s for name, s in how.shares.items() if name in present}
    if not shares:
        raise ValueError(f"none has a set of {', '.join(how.shares)}")
    return Faces(crops, sources, shares)


def _asked_of(config: Config) -> Clip:
    if config.clip is None:
        raise ValueError("this configuration has no [clip]")
    return config.clip


def forget_clips(run: Path) -> None:
    """For where frames get new weights: what was learned over time belongs to the old ones."""
    for pattern in ("clip.*", "clips-*.npz"):
        for file in run.glob(pattern):
            file.unlink()


def _clips(
    config: Config,
    encoder: Any,
    crops: Path,
    sources: list[Source],
    run: Path,
    *,
    split: str,
    count: int,
) -> dict[str, NDArray[Any]]:
    """Features (2 x count, frames, F), masks, frame logits, labels, groups; kept in the run folder.

    A group is all recordings that a person joins.
    """
    kept = run / f"clips-{split}.npz"
    how, side = _asked_of(config), config.frame.side_px
    mine = [source for source in sources if source.split == split]
    made_from = _made_from(config, encoder, mine)
    if kept.exists():
        with np.load(kept) as stored:
            if "made_from" in stored and str(stored["made_from"]) == made_from:
                return {name: stored[name] for name in stored.files if name != "made_from"}
    faces = _faces_of(how, crops, mine)
    joined = joined_groups(mine)
    look = looking(encoder)
    if how.mirrored:
        look = mirrored_too(look)
    rng = np.random.default_rng((config.seed, split == "train"))
    names = ("features", "mask", "frame_logits", "labels", "groups")
    rows: dict[str, list[Any]] = {name: [] for name in names}
    for _ in range(count):
        # The clip's first draw, made beforehand by a copy, says whose face it will be.
        source, _ = faces.draw(copy.deepcopy(rng))
        pairs = draw_clip(
            faces,
            rng,
            frames=how.frames,
            side_px=side,
            donor_share=config.frame.donor_share,
            redrawn_share=config.frame.redrawn_share,
        )
        for label, images in enumerate(([p.real for p in pairs], [p.fake for p in pairs])):
            _append(rows, look, images, label=label, frames=how.frames)
            rows["groups"].append(joined[faces.groups[source]])
    result = {name: np.stack(values) for name, values in rows.items()}
    with (run / "clips.partial").open("wb") as file:
        np.savez(file, made_from=np.array(made_from), **cast(dict[str, Any], result))
    (run / "clips.partial").replace(kept)
    return result


def _made_from(config: Config, encoder: Any, sources: list[Source]) -> str:
    """Changes with the network's weights, with whose clips are drawn and with how."""
    frame = config.frame
    how = (config.seed, config.clip, frame.side_px, frame.donor_share, frame.redrawn_share)
    told = (how, [source.id for source in sources])
    digest = hashlib.sha256(msgspec.json.encode(told, order="sorted"))
    for weights in encoder.get_weights():
        digest.update(weights.tobytes())
    return digest.hexdigest()


def _append(
    rows: dict[str, list[Any]], look: Look, images: list[Any], *, label: int, frames: int
) -> None:
    missing = frames - len(images)
    seen = look(np.stack(images + images[-1:] * missing).astype(np.float32))
    mask = np.arange(frames) < len(images)
    rows["features"].append(np.where(mask[:, None], seen["features"], 0).astype(np.float32))
    rows["frame_logits"].append(seen["frame_logit"][:, 0])
    rows["mask"].append(mask)
    rows["labels"].append(label)


def _halves(
    clips: dict[str, NDArray[Any]],
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """What chooses and what decides: clips of different people, about as many of each."""
    halves: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for group, count in Counter(clips["groups"].tolist()).most_common():
        min(halves, key=Counter.total)[group] = count
    if not all(halves):
        raise ValueError("all held-in clips show one person: there must be others to decide on")
    decides, chooses = (np.isin(clips["groups"], list(half)) for half in halves)
    return (
        {name: values[chooses] for name, values in clips.items()},
        {name: values[decides] for name, values in clips.items()},
    )


def _some_missing(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Faces are lost for a frame now and then, and some clips are short; never all of one."""
    kept = mask & (rng.random(mask.shape) > DROPPED_FRAMES)
    kept &= np.arange(mask.shape[1]) < rng.integers(4, mask.shape[1] + 1, (len(mask), 1))
    return np.where(kept.any(axis=1, keepdims=True), kept, mask)


def _clip_logits(head: Any, clips: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    inputs = {"features": clips["features"], "mask": clips["mask"]}
    return np.asarray(head.predict(inputs, verbose=0)["clip_logit"][:, 0], np.float64)


def _mean_logits(clips: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    mask = clips["mask"]
    return np.asarray((clips["frame_logits"] * mask).sum(1) / mask.sum(1), np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="with frame.weights.h5")
    parser.add_argument("--crops", type=Path, required=True, help="what prepare wrote")
    args = parser.parse_args()
    with said_in_one_line("clip_stage"):
        sources = read_manifest(args.run / "manifest.csv")
        refuse_leakage(sources)
        config = read_config(args.run / "config.toml")
        _asked_of(config)
    train_clips(config, crops=args.crops, sources=sources, run=args.run)


if __name__ == "__main__":
    main()
