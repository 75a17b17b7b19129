"""The head that the Meso networks share: dense 16, leaky ReLU, one output, and where it looked.

Two dense layers are not linear, but leaky ReLU is, piece by piece: with the slope that each hidden
unit has for this face, the logit divides exactly over the positions of the feature map.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import layers, ops

HIDDEN = 16
LEAK = 0.1


def meso_model(*, name: str, images: Any, feature_map: Any) -> keras.Model:
    x = layers.Dropout(0.5, name="map_dropout")(feature_map)
    features, frame_logit, activation_map = MesoHead(name="head")(x)
    return keras.Model(
        images,
        {"features": features, "frame_logit": frame_logit, "activation_map": activation_map},
        name=name,
    )


@keras.saving.register_keras_serializable("deepfake_check")
class MesoHead(layers.Layer):  # type: ignore[misc]
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hidden = layers.Dense(HIDDEN, name="dense_1")
        self.dropout = layers.Dropout(0.5, name="frame_dropout")
        self.output_unit = layers.Dense(1, name="frame_head")

    def build(self, input_shape: Any) -> None:
        self.hidden.build((None, math.prod(input_shape[1:])))
        self.output_unit.build((None, HIDDEN))
        super().build(input_shape)

    def call(self, feature_map: Any, training: bool | None = None) -> tuple[Any, Any, Any]:
        height, width, depth = feature_map.shape[1:]
        flat = ops.reshape(feature_map, (-1, height * width * depth))
        before = self.hidden(flat)
        slope = ops.where(before > 0, ops.ones_like(before), LEAK * ops.ones_like(before))
        features = before * slope
        frame_logit = self.output_unit(self.dropout(features, training=training))

        pull = slope * ops.transpose(self.output_unit.kernel)
        shares = flat * ops.matmul(pull, ops.transpose(self.hidden.kernel))
        by_position = ops.sum(ops.reshape(shares, (-1, height, width, depth)), axis=-1)
        return features, frame_logit, by_position * (height * width)
