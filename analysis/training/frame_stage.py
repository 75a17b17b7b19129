"""The first stage: an encoder learns to tell a frame from its pseudo-fake.

A stage owns the network, its optimiser, the running average of its weights and how far it has
come; ``save`` and ``load`` carry all of it, so that a resumed run is the unbroken one.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from analysis.models.registry import architecture
from analysis.training.config import Config, Frame
from analysis.training.distil import Teacher
from analysis.training.learned import learned_encoder

AVERAGE_EVERY_STEPS = 16


def learning_rate(step: int, how: Frame) -> float:
    """Up, level, and down at the end: ``steps`` may still grow while the run is level."""
    up = min(1.0, (step + 1) / how.warm_up_steps)
    left = min(1.0, max(0.0, (how.steps - step) / how.cool_down_steps))
    down = 0.5 - 0.5 * math.cos(math.pi * left)
    return float(how.learning_rate * min(up, 0.02 + 0.98 * down))


def base_network_of(encoder: Any) -> Any:
    """The ImageNet network inside; of the small ones, which have none inside, the encoder."""
    return next((layer for layer in encoder.layers if isinstance(layer, keras.Model)), encoder)


def taught_model(encoder: Any, *, dense_layer: str, teacher: Teacher | None = None) -> Any:
    """The encoder with more outputs while it learns: above all where the blend is, on a grid.

    One label a picture is little to learn from; one at each of 144 places is much more. A teacher
    adds its pooled features and its feature maps at some depths.
    """
    base = base_network_of(encoder)
    depths = [dense_layer, *(teacher.student_layers if teacher else [])]
    tapped = keras.Model(base.input, [base.output, *(base.get_layer(n).output for n in depths)])
    images = keras.Input(encoder.input.shape[1:], name="images")
    if base is encoder:
        own, dense, *grids = tapped(images)
        frame_logit, features = own["frame_logit"], own["features"]
    else:
        x: Any = images
        for layer in encoder.layers[1 : encoder.layers.index(base)]:
            x = layer(x)
        feature_map, dense, *grids = tapped(x)
        kept = encoder.get_layer("frame_dropout")(feature_map)
        frame_logit = encoder.get_layer("frame_logit")(encoder.get_layer("frame_head")(kept))
        features = encoder.get_layer("features")(feature_map)
    hidden = layers.Conv2D(64, 1, activation="relu", name="seam_hidden")(dense)
    outputs = {
        "frame_logit": frame_logit,
        "seam_map": layers.Conv2D(1, 1, dtype="float32", name="seam_map")(hidden),
    }
    if teacher:
        count = teacher.feature_count
        outputs["features"] = layers.Dense(count, dtype="float32", name="as_teacher")(features)
        for n, (grid, channels) in enumerate(zip(grids, teacher.grid_channels, strict=True)):
            project = layers.Conv2D(channels, 1, dtype="float32", name=f"as_teacher_{n}")
            outputs[f"grid_{n}"] = project(grid)
    return keras.Model(images, outputs)


class FrameStage:
    def __init__(
        self, config: Config, *, imagenet: str | None = None, teacher: Teacher | None = None
    ) -> None:
        self.how = how = config.frame
        self.teacher = teacher
        self.seed = config.seed
        keras.utils.set_random_seed(self.seed)
        # PyTorch's own autocast is faster than casting by Keras, and its weights stay as they are.
        bfloat16 = how.precision == "mixed_bfloat16"
        fused = keras.backend.backend() == "torch" and (bfloat16 or how.precision == "float32")
        keras.mixed_precision.set_global_policy("float32" if fused else how.precision)
        self.encoder = architecture(config.architecture).build_encoder(
            side_px=how.side_px, weights=imagenet
        )
        self._settle_normalisation()
        self._freeze(how.frozen_until)
        graph = taught_model(self.encoder, dense_layer=how.dense_layer, teacher=teacher)
        self.outputs: dict[str, tuple[int, ...]] = {n: o.shape for n, o in graph.output.items()}
        self.grid = int(self.outputs["seam_map"][1])
        self.model = _fused(graph, bfloat16=bfloat16) if fused else graph
        self._compile()
        self.step = 0
        self.average = self.encoder.get_weights()

    def _settle_normalisation(self) -> None:
        """A momentum of 1 keeps what the weights begin with: every picture is judged by that."""
        for layer in base_network_of(self.encoder).layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.momentum = self.how.batch_norm_momentum
                layer.trainable = layer.momentum < 1

    def _freeze(self, until: str) -> None:
        """Layers up to ``until`` keep what they know; none do if it is empty."""
        if not until:
            return
        network = base_network_of(self.encoder)
        network.get_layer(until)  # an error here, rather than a network that learns nothing
        for layer in network.layers:
            layer.trainable = False
            if layer.name == until:
                return

    def _compile(self) -> None:
        how = self.how
        loss: dict[str, Any] = {
            "frame_logit": keras.losses.BinaryCrossentropy(from_logits=True),
            "seam_map": keras.losses.BinaryCrossentropy(from_logits=True),
        }
        weights = {"frame_logit": 1.0, "seam_map": how.dense_weight}
        for name in self.outputs:
            if name not in loss:
                loss[name] = keras.losses.Huber()
                weights[name] = self.teacher.weight if self.teacher else 0.0
        self.model.compile(
            optimizer=keras.optimizers.AdamW(
                how.learning_rate,
                weight_decay=how.weight_decay,
                global_clipnorm=how.clip_norm,
            ),
            loss=loss,
            loss_weights=weights,
        )
        self.model.optimizer.build(self.model.trainable_variables)

    @property
    def fed_side_px(self) -> int:
        """Of the pictures that ``learn`` wants: a teacher may see more of them than its pupil."""
        return self.teacher.side_px if self.teacher else self.how.side_px

    def learn(self, images: NDArray[np.uint8], masks: NDArray[np.float32]) -> dict[str, float]:
        """One step on a batch in which real and pseudo-fake alternate; returns the losses."""
        low, high = self.how.targets
        labels = np.tile([[low], [high]], (len(images) // 2, 1)).astype(np.float32)
        targets: dict[str, Any] = {"frame_logit": labels, "seam_map": masks[..., None]}
        if self.teacher:
            taught = self.teacher.targets(images)
            share = self.teacher.label_share
            targets["frame_logit"] = share * labels + (1 - share) * taught.pop("probability")
            targets |= {name: _as_grid(value, self.outputs[name]) for name, value in taught.items()}
        self.model.optimizer.learning_rate = learning_rate(self.step, self.how)
        if keras.backend.backend() == "torch":
            # Keras' dropout draws from PyTorch's own generator there, which no checkpoint holds.
            keras.utils.set_random_seed(self.seed + self.step)
        seen = _of_side(images, self.how.side_px).astype(np.float32)
        losses = [
            self.model.train_on_batch(
                seen[rows],
                {name: values[rows] for name, values in targets.items()},
                return_dict=True,
            )
            for rows in self.learned_together(len(images))
        ]
        self.step += 1
        if self.step % AVERAGE_EVERY_STEPS == 0:
            self._follow()
        return {name: float(np.mean([part[name] for part in losses])) for name in losses[0]}

    def learned_together(self, count: int) -> list[NDArray[np.intp]]:
        """Rows that are learned from together: no picture beside its own pseudo-fake.

        Normalised by their batch, the two of a pair can be told apart as they never can be alone:
        of a channel that answers to this one face, each is the other's measure. So a network
        reached an AUC of .98 with its pairs together, .82 on the same pictures apart.
        """
        rows = np.arange(count)
        if self.how.batch_norm_momentum == 1:
            return [rows]
        first = (rows % 2) == (rows // 2 % 2)
        return [rows[first], rows[~first]]

    def _follow(self) -> None:
        """The average forgets faster at first, when what it holds is worth little."""
        keep = min(
            self.how.ema**AVERAGE_EVERY_STEPS,
            self.step / (self.step + 10 * AVERAGE_EVERY_STEPS),
        )
        weights = self.encoder.get_weights()
        self.average = [
            keep * mean + (1 - keep) * now for mean, now in zip(self.average, weights, strict=True)
        ]

    def save(self, run: Path) -> None:
        """``state.npz`` to go on from, ``frame.weights.h5`` to use; each whole or not at all."""
        state = {f"average.{n}": value for n, value in enumerate(self.average)}
        for name, variables in self._variables():
            state |= {f"{name}.{n}": ops.convert_to_numpy(v) for n, v in enumerate(variables)}
        with (run / "state.partial").open("wb") as file:
            np.savez(file, step=np.array(self.step), **state)
        now = self.encoder.get_weights()
        self.encoder.set_weights(self.average)
        self.encoder.save_weights(run / "partial.weights.h5")
        self.encoder.set_weights(now)
        (run / "partial.weights.h5").replace(run / "frame.weights.h5")
        (run / "state.partial").replace(run / "state.npz")

    def load(self, run: Path) -> None:
        with np.load(run / "state.npz") as state:
            self.step = int(state["step"])
            for name, variables in self._variables():
                for n, variable in enumerate(variables):
                    variable.assign(state[f"{name}.{n}"])
            self.average = [state[f"average.{n}"] for n in range(len(self.average))]

    def start_from(self, weights: Path) -> None:
        """Where another run or a bundle left off: with other layers frozen, or at another size."""
        if weights.is_dir():
            before = learned_encoder(weights)[0].get_weights()
            if [w.shape for w in before] != [w.shape for w in self.encoder.get_weights()]:
                raise ValueError(f"{weights} holds another architecture than {self.encoder.name}")
            self.encoder.set_weights(before)
        else:
            self.encoder.load_weights(weights)
        self.average = self.encoder.get_weights()

    def _variables(self) -> list[tuple[str, list[Any]]]:
        # model.variables holds the state of dropout's generator as well, weights does not.
        return [("model", self.model.variables), ("optimizer", self.model.optimizer.variables)]


def _fused(graph: Any, *, bfloat16: bool) -> Any:
    from analysis.training.fused_torch import FusedModel

    return FusedModel(graph, bfloat16=bfloat16)


def _of_side(images: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    if images.shape[1] == side_px:
        return images
    size = (side_px, side_px)
    return np.stack([cv2.resize(i, size, interpolation=cv2.INTER_AREA) for i in images])


def _as_grid(values: NDArray[np.float32], shape: tuple[Any, ...]) -> NDArray[np.float32]:
    """Feature maps averaged or stretched to the grid that the pupil has at that depth."""
    if values.ndim < 4 or values.shape[1] == shape[1]:
        return values
    share = _shares(values.shape[1], int(shape[1]))
    return np.asarray(
        np.einsum("ai,bj,nijc->nabc", share, share, values, optimize=True), np.float32
    )


def _shares(many: int, few: int) -> NDArray[np.float32]:
    """How much of each of ``many`` equal cells lies in each of ``few`` over the same length."""
    edges = np.arange(few + 1) * many / few
    cells = np.arange(many)
    overlap = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    return np.asarray(overlap.clip(0) * few / many, np.float32)
