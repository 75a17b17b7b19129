"""Teach one architecture: frames first, then clips.

    python -m analysis.training.train --config configs/mobilenet_v2_gru.toml --crops crops/ --run runs/a

The run folder holds all it takes to repeat or resume the run: the configuration, the seed, every
figure on the way, the last state and the weights to ship. Stop it at any time; the same command
goes on where the last checkpoint was, with the very batches that would have come next.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import time
import tomllib
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from analysis.models.registry import architecture
from analysis.training import feed
from analysis.training.manifest import read_manifest, refuse_leakage

CHECKPOINT_EVERY_S = 180.0
SAY_EVERY_STEPS = 20


def taught_model(encoder: Any, *, dense_layer: str) -> Any:
    """The encoder with one more output while it learns: where the blend is, on a coarse grid.

    One label a picture is little to learn from; one at each of 144 places is much more.
    """
    base = base_network_of(encoder)
    tapped = keras.Model(base.input, [base.output, base.get_layer(dense_layer).output])
    images = keras.Input(encoder.input.shape[1:], name="images")
    x: Any = images
    for layer in encoder.layers[1 : encoder.layers.index(base)]:
        x = layer(x)
    feature_map, dense = tapped(x)
    position_logits = encoder.get_layer("frame_head")(encoder.get_layer("frame_dropout")(feature_map))
    hidden = layers.Conv2D(64, 1, activation="relu", name="seam_hidden")(dense)
    outputs = {
        "frame_logit": encoder.get_layer("frame_logit")(position_logits),
        "seam_map": layers.Conv2D(1, 1, dtype="float32", name="seam_map")(hidden),
    }
    return keras.Model(images, outputs)


def base_network_of(encoder: Any) -> Any:
    return next(layer for layer in encoder.layers if isinstance(layer, keras.Model))


def learning_rate(step: int, how: dict[str, Any]) -> float:
    """Up, level, and down at the end: ``steps`` may grow while the run is level."""
    up = min(1.0, (step + 1) / how["warm_up_steps"])
    left = (how["steps"] - step) / how["cool_down_steps"]
    down = 0.5 - 0.5 * math.cos(math.pi * min(1.0, max(0.0, left)))
    return float(how["learning_rate"] * min(up, 0.02 + 0.98 * down))


class FrameStage:
    """The network, its optimiser, the average of its weights, and where it is."""

    def __init__(self, config: dict[str, Any], *, imagenet: str | None) -> None:
        self.how = how = config["frame"]
        keras.utils.set_random_seed(config["seed"])
        keras.mixed_precision.set_global_policy(how["precision"])
        self.encoder = architecture(config["architecture"]).build_encoder(
            side_px=how["side_px"], weights=imagenet
        )
        for layer in base_network_of(self.encoder).layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.momentum = how["batch_norm_momentum"]
        if imagenet is not None:
            self._freeze(how["frozen_until"])
        self.model = taught_model(self.encoder, dense_layer=how["dense_layer"])
        self.grid = int(self.model.output["seam_map"].shape[1])
        self.model.compile(
            optimizer=keras.optimizers.AdamW(
                how["learning_rate"],
                weight_decay=how["weight_decay"],
                global_clipnorm=how["clip_norm"],
            ),
            loss={
                "frame_logit": keras.losses.BinaryCrossentropy(from_logits=True),
                "seam_map": keras.losses.BinaryCrossentropy(from_logits=True),
            },
            loss_weights={"frame_logit": 1.0, "seam_map": how["dense_weight"]},
        )
        self.model.optimizer.build(self.model.trainable_variables)
        self.step = 0
        self.average = [np.array(w) for w in self.encoder.get_weights()]

    def _freeze(self, until: str) -> None:
        for layer in base_network_of(self.encoder).layers if until else []:
            layer.trainable = False
            if layer.name == until:
                return

    def learn(self, images: Any, masks: Any) -> dict[str, float]:
        how = self.how
        low, high = how["targets"]
        labels = np.tile([[low], [high]], (len(images) // 2, 1)).astype(np.float32)
        self.model.optimizer.learning_rate = learning_rate(self.step, how)
        losses = self.model.train_on_batch(
            images.astype(np.float32),
            {"frame_logit": labels, "seam_map": masks[..., None]},
            return_dict=True,
        )
        self.step += 1
        if self.step % 4 == 0:
            keep = min(how["ema"] ** 4, self.step / (self.step + 40))
            for mean, now in zip(self.average, self.encoder.get_weights(), strict=True):
                mean *= keep
                mean += (1 - keep) * now
        return {name: float(value) for name, value in losses.items()}

    def save(self, run: Path) -> None:
        """State first, weights to ship second; each whole or not at all."""
        state = {f"model.{n}": ops.convert_to_numpy(v) for n, v in enumerate(self.model.variables)}
        state |= {
            f"optimizer.{n}": ops.convert_to_numpy(v)
            for n, v in enumerate(self.model.optimizer.variables)
        }
        state |= {f"average.{n}": v for n, v in enumerate(self.average)}
        partial = run / "state.partial"
        with partial.open("wb") as file:
            np.savez(file, step=self.step, **state)
        partial.replace(run / "state.npz")
        now = self.encoder.get_weights()
        self.encoder.set_weights(self.average)
        self.encoder.save_weights(run / "partial.weights.h5")
        self.encoder.set_weights(now)
        (run / "partial.weights.h5").replace(run / "frame.weights.h5")

    def load(self, run: Path) -> None:
        with np.load(run / "state.npz") as state:
            self.step = int(state["step"])
            for n, variable in enumerate(self.model.variables):
                variable.assign(state[f"model.{n}"])
            for n, variable in enumerate(self.model.optimizer.variables):
                variable.assign(state[f"optimizer.{n}"])
            self.average = [state[f"average.{n}"] for n in range(len(self.average))]


def train_frames(
    config: dict[str, Any], *, crops: Path, run: Path, imagenet: str | None, feeders: int
) -> FrameStage:
    stage = FrameStage(config, imagenet=imagenet)
    if (run / "state.npz").exists():
        stage.load(run)
        print(f"going on from step {stage.step}", flush=True)
    how = stage.how
    sources = read_manifest(crops / "manifest.csv")
    refuse_leakage(sources)
    learning = [source for source in sources if source.split == "train"]
    stream = feed.batches(
        start=stage.step, processes=feeders, ahead=6,
        faces_from=(crops, learning, config["data"]["shares"]),
        seed=config["seed"], pairs=how["pairs"], side_px=how["side_px"],
        donor_share=how["donor_share"], grid=stage.grid,
    )  # fmt: skip
    saved_at = began = time.monotonic()
    first, waited_s = stage.step, 0.0
    sums: dict[str, float] = {}
    with (run / "history.jsonl").open("a") as history:
        while stage.step < how["steps"]:
            asked = time.monotonic()
            images, masks = next(stream)
            waited_s += time.monotonic() - asked
            for name, value in stage.learn(images, masks).items():
                sums[name] = sums.get(name, 0.0) + value / SAY_EVERY_STEPS
            if stage.step % SAY_EVERY_STEPS == 0:
                spent = time.monotonic() - began
                line = {
                    "step": stage.step,
                    "pictures": stage.step * 2 * how["pairs"],
                    "learning_rate": learning_rate(stage.step, how),
                    "pictures_per_s": round((stage.step - first) * 2 * how["pairs"] / spent, 1),
                    "waited": round(waited_s / spent, 3),
                    **{name: round(value, 4) for name, value in sums.items()},
                }
                sums = {}
                history.write(json.dumps(line) + "\n")
                history.flush()
                print(json.dumps(line), flush=True)
            if time.monotonic() - saved_at > CHECKPOINT_EVERY_S or stage.step == how["steps"]:
                stage.save(run)
                saved_at = time.monotonic()
    return stage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--crops", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--imagenet", help="no-top weights to start from")
    parser.add_argument("--feeders", type=int, default=1)
    args = parser.parse_args()
    config = tomllib.loads(args.config.read_text())
    args.run.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(args.config, args.run / "config.toml")
    train_frames(
        config, crops=args.crops, run=args.run, imagenet=args.imagenet, feeders=args.feeders
    )


if __name__ == "__main__":
    main()
