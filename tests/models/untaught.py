"""Networks with random weights that answer as differently as taught ones would."""

from __future__ import annotations

from typing import Any

import keras

from analysis.models.registry import architecture


def untaught_encoder(name: str, images: Any, *, seed: int = 5) -> Any:
    """With statistics that fit ``images``: else deep networks answer all but nothing."""
    keras.utils.set_random_seed(seed)
    encoder = architecture(name).build_encoder(side_px=images.shape[1], weights=None)
    for layer in encoder._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    encoder(images, training=True)
    return encoder
