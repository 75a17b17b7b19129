"""What only looks says what the network says, in a mirror and compiled."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from analysis.training import compiled_tensorflow
from analysis.training.learned import learned_encoder
from analysis.training.looking import Floats, looking, mirrored_too

BUNDLES = Path(__file__).parents[2] / "analysis" / "bundles"


def test_in_a_mirror_a_picture_is_seen_alike() -> None:
    def left_edge(images: Floats) -> dict[str, Floats]:
        edge = images[:, :, 0].mean(axis=(1, 2))
        return {"features": edge[:, None], "frame_logit": edge[:, None]}

    images = np.random.default_rng(1).random((3, 8, 8, 3)).astype(np.float32)
    look = mirrored_too(left_edge)
    seen, there = look(images), look(images[:, :, ::-1])
    assert not np.allclose(left_edge(images)["features"], left_edge(images[:, :, ::-1])["features"])
    for name in ("features", "frame_logit"):
        np.testing.assert_allclose(seen[name], there[name], rtol=1e-6)


@pytest.mark.parametrize("name", ["mobilenet_v2_gru", "inception_v3_gru"])
def test_compiled_a_network_says_what_it_says(name: str) -> None:
    encoder, side_px = learned_encoder(BUNDLES / name)
    images = np.random.default_rng(2).integers(0, 256, (3, side_px, side_px, 3)).astype(np.float32)
    wanted = encoder.predict_on_batch(images)
    found = compiled_tensorflow.compiled(encoder)(images)
    assert found.keys() == wanted.keys()
    for output, values in wanted.items():
        np.testing.assert_allclose(found[output], values, rtol=1e-4, atol=1e-4)


def test_what_is_not_float32_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(compiled_tensorflow, "compiled", asked.append)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    looking(model)
    assert asked == [model]
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        looking(model)
    finally:
        keras.config.set_dtype_policy("float32")
    assert asked == [model]
