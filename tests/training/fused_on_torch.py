"""PyTorch's own kernels stand in for Keras' layers without changing what a network says.

``test_fused_torch`` runs these with PyTorch under Keras: a process has one backend.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
import pytest
import torch

from analysis.models.bundles import bundle_folder
from analysis.models.registry import ARCHITECTURES, architecture
from analysis.training import compiled_torch
from analysis.training.config import Distil
from analysis.training.distil import Teacher
from analysis.training.frame_stage import FrameStage
from analysis.training.fused_torch import FusedModel, run_fused
from tests.training.small_run import TAUGHT, framed

PRECISIONS = ["float32", "mixed_bfloat16"]
SIDE_PX = 139  # at 96, some normalise over one place of two pictures, which amplifies rounding


def encoder_of_its_own(name: str) -> Any:
    """Statistics and offsets are none of the usual, so that a missing normalisation is seen."""
    keras.mixed_precision.set_global_policy("float32")
    keras.utils.set_random_seed(1)
    encoder = architecture(name).build_encoder(side_px=SIDE_PX, weights=None)
    for layer in encoder._flatten_layers():
        if hasattr(layer, "rate"):
            layer.rate = 0.0  # what is dropped differs from call to call
        if isinstance(layer, keras.layers.BatchNormalization):
            draw = np.random.default_rng(1).uniform
            layer.set_weights([draw(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return encoder


def two_pictures() -> Any:
    return torch.rand(2, SIDE_PX, SIDE_PX, 3) * 255


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "meso4_video"])
def test_every_network_says_the_same(name: str) -> None:
    encoder, images = encoder_of_its_own(name), two_pictures()
    with torch.no_grad():
        for training in (False, True):
            before = encoder.get_weights()
            wanted = encoder(images, training=training)
            moved = encoder.get_weights()
            encoder.set_weights(before)
            found = run_fused(encoder, images, training=training)
            for output, value in wanted.items():
                torch.testing.assert_close(found[output], value, rtol=2e-3, atol=2e-3)
            for there, here in zip(moved, encoder.get_weights(), strict=True):
                np.testing.assert_allclose(here, there, rtol=5e-2, atol=5e-2)


@pytest.mark.parametrize(
    ("name", "precision"),
    [
        ("inception_v3_gru", "mixed_bfloat16"),
        ("mobilenet_v2_gru", "float32"),
        *(("meso4", precision) for precision in PRECISIONS),
    ],
)
def test_it_learns_and_its_weights_stay_whole(name: str, precision: str) -> None:
    encoder = encoder_of_its_own(name)
    graph = keras.Model(encoder.input, {"frame_logit": encoder.output["frame_logit"]})
    model = FusedModel(graph, bfloat16=precision == "mixed_bfloat16")
    model.compile(
        optimizer=keras.optimizers.AdamW(1e-3),
        loss={"frame_logit": keras.losses.BinaryCrossentropy(from_logits=True)},
    )
    images = two_pictures().numpy()
    labels = {"frame_logit": np.array([[0.0], [1.0]], np.float32)}
    losses = [model.train_on_batch(images, labels, return_dict=True)["loss"] for _ in range(5)]
    assert losses[-1] < losses[0]
    assert all(v.dtype == "float32" for v in encoder.trainable_variables)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_run_goes_on_where_it_was_saved(precision: str, tmp_path: Path) -> None:
    config = framed(precision=precision)
    unbroken, resumed = FrameStage(config), FrameStage(config)
    assert isinstance(unbroken.model, FusedModel)
    seen = np.random.default_rng(1).integers(0, 256, (4, 64, 64, 3), np.uint8)
    where = np.zeros((4, unbroken.grid, unbroken.grid), np.float32)
    untaught = unbroken.encoder.get_weights()
    unbroken.learn(seen, where)
    unbroken.save(tmp_path)
    resumed.load(tmp_path)
    for stage in (unbroken, resumed):
        stage.learn(seen, where)
    assert resumed.step == 2
    taught = unbroken.encoder.get_weights()
    for weights, again in zip(taught, resumed.encoder.get_weights(), strict=True):
        np.testing.assert_allclose(again, weights, atol=1e-5)
    assert any(not np.allclose(a, b, atol=1e-4) for a, b in zip(taught, untaught, strict=True))


def test_a_compiled_teacher_says_what_its_bundle_says_when_it_serves() -> None:
    folder = bundle_folder("mobilenet_v2_gru")
    with mock.patch.object(compiled_torch, "compiled", wraps=compiled_torch.compiled) as compiled:
        teacher = Teacher(folder, Distil(**TAUGHT, label_share=0.5))
    assert compiled.called
    with np.load(folder / "golden.npz") as golden:
        crops, wanted = golden["crops"], golden["frame_logits"]
    assert len(crops) != 2  # another number of pictures than was traced
    teacher.get_used_to(crops)
    taught = teacher.targets(crops)
    seen = taught["probability"][:, 0]
    mirrored = teacher.targets(np.ascontiguousarray(crops[:, :, ::-1]))["probability"][:, 0]
    served = (np.log(seen / (1 - seen)) + np.log(mirrored / (1 - mirrored))) / 2
    np.testing.assert_allclose(1 / (1 + np.exp(-served)), 1 / (1 + np.exp(-wanted)), atol=2e-3)
    eighth = crops.shape[1] // 8
    assert taught["grid_0"].shape == (len(crops), eighth, eighth, 32)
