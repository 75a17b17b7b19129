"""PyTorch's own kernels stand in for Keras' layers without changing what a network says."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.models.registry import ARCHITECTURES

ROOT = Path(__file__).parents[2]
PRECISIONS = ["float32", "mixed_bfloat16"]
SIDE_PX = "139"  # at 96, some normalise over one place of two pictures, which amplifies rounding

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="without PyTorch: it is not installed here"
)

# Statistics and offsets of their own, so that a normalisation that was left out is seen.
BUILD = """
import sys, keras, numpy as np, torch
from analysis.models.registry import architecture
from analysis.training.fused_torch import FusedModel, run_fused
keras.utils.set_random_seed(1)
encoder = architecture(sys.argv[1]).build_encoder(side_px=int(sys.argv[2]), weights=None)
for layer in encoder._flatten_layers():
    if hasattr(layer, "rate"):
        layer.rate = 0.0  # what is dropped differs from call to call
    if isinstance(layer, keras.layers.BatchNormalization):
        draw = np.random.default_rng(1).uniform
        layer.set_weights([draw(0.5, 1.5, w.shape) for w in layer.get_weights()])
images = torch.rand(2, int(sys.argv[2]), int(sys.argv[2]), 3) * 255
"""
SAME = """
with torch.no_grad():
    for training in (False, True):
        before = encoder.get_weights()
        wanted = encoder(images, training=training)
        moved = encoder.get_weights()
        encoder.set_weights(before)
        found = run_fused(encoder, images, training=training)
        for name, value in wanted.items():
            assert torch.allclose(found[name], value, rtol=2e-3, atol=2e-3), (name, training)
        for a, b in zip(moved, encoder.get_weights(), strict=True):
            assert np.allclose(a, b, rtol=5e-2, atol=5e-2), training
"""
LEARNS = """
graph = keras.Model(encoder.input, {"frame_logit": encoder.output["frame_logit"]})
model = FusedModel(graph, bfloat16=sys.argv[3] == "mixed_bfloat16")
model.compile(
    optimizer=keras.optimizers.AdamW(1e-3),
    loss={"frame_logit": keras.losses.BinaryCrossentropy(from_logits=True)},
)
labels = {"frame_logit": np.array([[0.0], [1.0]], np.float32)}
losses = [float(model.train_on_batch(images.numpy(), labels, return_dict=True)["loss"])
          for _ in range(8)]
assert losses[-1] < losses[0], losses
assert all(v.dtype == "float32" for v in encoder.trainable_variables)
"""
RESUMED = """
import tempfile, pathlib
from analysis.training.frame_stage import FrameStage
config = {"architecture": sys.argv[1], "seed": 5, "frame": {
    "side_px": 64, "steps": 4, "warm_up_steps": 1, "cool_down_steps": 2, "learning_rate": 1e-3,
    "weight_decay": 1e-4, "clip_norm": 1.0, "targets": [0.02, 0.98], "dense_weight": 1.0,
    "ema": 0.99, "precision": sys.argv[3], "batch_norm_momentum": 0.9, "frozen_until": "",
    "dense_layer": "norm_4"}}
unbroken, resumed = FrameStage(config), FrameStage(config)
assert isinstance(unbroken.model, FusedModel)
seen = np.random.default_rng(1).integers(0, 256, (4, 64, 64, 3), np.uint8)
where = np.zeros((4, unbroken.grid, unbroken.grid), np.float32)
untaught = unbroken.encoder.get_weights()
unbroken.learn(seen, where)
folder = pathlib.Path(tempfile.mkdtemp())
unbroken.save(folder)
resumed.load(folder)
for stage in (unbroken, resumed):
    stage.learn(seen, where)
pairs = list(zip(unbroken.encoder.get_weights(), resumed.encoder.get_weights(), strict=True))
assert resumed.step == 2 and all(np.allclose(a, b, atol=1e-5) for a, b in pairs)
assert any(not np.allclose(a, b, atol=1e-4) for (a, _), b in zip(pairs, untaught, strict=True))
"""
TEACHES = """
from unittest import mock
from analysis.models.bundles import bundle_folder
from analysis.training import compiled_torch
from analysis.training.distil import Teacher
folder = bundle_folder(sys.argv[1])
with mock.patch.object(compiled_torch, "compiled", wraps=compiled_torch.compiled) as compiled:
    teacher = Teacher(folder, depths=[["block_5_add", "norm_4"]], weight=1.0, label_share=0.5)
assert compiled.called
with np.load(folder / "golden.npz") as golden:
    crops, wanted = golden["crops"], golden["frame_logits"]
assert len(crops) != 2  # another number of pictures than was traced
teacher.get_used_to(crops)
taught = teacher.targets(crops)
seen = taught["probability"][:, 0]
mirrored = teacher.targets(np.ascontiguousarray(crops[:, :, ::-1]))["probability"][:, 0]
served = (np.log(seen / (1 - seen)) + np.log(mirrored / (1 - mirrored))) / 2
assert np.allclose(1 / (1 + np.exp(-served)), 1 / (1 + np.exp(-wanted)), atol=2e-3)
assert taught["grid_0"].shape == (len(crops), 24, 24, 32)
"""


def in_torch(script: str, name: str, precision: str = "mixed_bfloat16") -> None:
    run = subprocess.run(
        [sys.executable, "-c", BUILD + script, name, SIDE_PX, precision],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "meso4_video"])
def test_every_network_says_the_same(name: str) -> None:
    in_torch(SAME, name)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", ["inception_v3_gru", "mobilenet_v2_gru", "meso4"])
def test_it_learns_and_its_weights_stay_whole(name: str, precision: str) -> None:
    in_torch(LEARNS, name, precision)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_run_goes_on_where_it_was_saved(precision: str) -> None:
    in_torch(RESUMED, "meso4", precision)


def test_a_compiled_teacher_says_what_its_bundle_says_when_it_serves() -> None:
    in_torch(TEACHES, "mobilenet_v2_gru")
