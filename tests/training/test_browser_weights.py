"""A package for browsers becomes weights that training begins from."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from analysis.training.browser_weights import inception_v3, read_stored

SCALE, LOWEST = 0.004, -0.5


def written(folder: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """A package with ``shapes`` in two shards; returns the levels (0 to 255) of each weight."""
    rng = np.random.default_rng(1)
    levels = {name: rng.integers(0, 256, shape, np.uint8) for name, shape in shapes.items()}
    entries = ",".join(
        f'{{name:"{name}",shape:{json.dumps(shape, separators=(",", ":"))},dtype:"float32",'
        f'quantization:{{min:{LOWEST},scale:{SCALE},dtype:"uint8"}}}}'
        for name, shape in shapes.items()
    )
    (folder / "model.min.js").write_text(f"x={{weights:[{entries}]}}")
    stored = b"".join(values.tobytes() for values in levels.values())
    half = len(stored) // 2
    for number, part in enumerate((stored[:half], stored[half:]), start=1):
        text = base64.b64encode(part).decode()
        (folder / f"group1-shard{number}of2.min.js").write_text(f'y.exports="{text}"')
    return levels


def shapes_of_inception_v3() -> dict[str, tuple[int, ...]]:
    """In the order in which its authors made its layers, which its names count."""
    base = keras.applications.InceptionV3(include_top=False, weights=None)
    shapes = {}
    for kind, name, order in (
        (layers.Conv2D, "conv2d", ("kernel",)),
        (layers.BatchNormalization, "batch_normalization",
         ("beta", "moving_mean", "moving_variance")),
    ):  # fmt: skip
        mine = [layer for layer in base.layers if isinstance(layer, kind)]
        mine.sort(key=lambda layer: int("0" + "".join(filter(str.isdigit, layer.name[6:]))))
        for number, layer in enumerate(mine, start=1):
            for weight, values in zip(order, layer.get_weights(), strict=True):
                shapes[f"{name}_{number}/{weight}"] = values.shape
    return shapes


def test_weights_come_out_of_shards_in_the_order_of_the_description(tmp_path: Path) -> None:
    levels = written(tmp_path, {"conv2d_1/kernel": (3, 3, 4, 8), "dense_1/bias": (70,)})
    stored = read_stored(tmp_path)
    assert set(stored) == {("conv2d_1", "kernel"), ("dense_1", "bias")}
    for (layer, weight), values in stored.items():
        wanted = levels[f"{layer}/{weight}"] * np.float32(SCALE) + np.float32(LOWEST)
        assert np.allclose(values, wanted, atol=1e-6)


def test_a_package_that_lacks_bytes_is_refused(tmp_path: Path) -> None:
    written(tmp_path, {"conv2d_1/kernel": (3, 3, 4, 8), "dense_1/bias": (70,)})
    (tmp_path / "group1-shard2of2.min.js").unlink()
    with pytest.raises(ValueError, match="describes"):
        read_stored(tmp_path)


def test_something_else_than_a_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.min.js").write_text("no weights are named here")
    with pytest.raises(ValueError, match="describes 0 bytes"):
        read_stored(tmp_path)


def test_every_layer_of_inception_v3_gets_its_own(tmp_path: Path) -> None:
    levels = written(tmp_path, shapes_of_inception_v3())
    base = inception_v3(read_stored(tmp_path))
    first, last = base.get_layer(index=1), levels["conv2d_94/kernel"]
    assert np.allclose(
        first.get_weights()[0], levels["conv2d_1/kernel"] * SCALE + LOWEST, atol=1e-5
    )
    kernels = [w for layer in base.layers if isinstance(layer, layers.Conv2D)
               for w in layer.get_weights()]  # fmt: skip
    assert any(
        k.shape == last.shape and np.allclose(k, last * SCALE + LOWEST, atol=1e-5) for k in kernels
    )
