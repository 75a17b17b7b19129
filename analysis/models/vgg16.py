"""VGG16 at 128 px: ImageNet base, global average, output, Adam 1e-5 for 20 epochs.

A clip is the mean of its frames.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from analysis.models.heads import encoder_model, mean_clip_head
from analysis.models.imagenet import base_network
from analysis.models.registry import Card

CARD = Card(
    title="VGG16",
    source="Simonyan and Zisserman, Very Deep Convolutional Networks, ICLR 2015",
    side_px=128,
    smallest_side_px=64,
    frames_per_clip=20,
    feature_count=512,
    parameters=14_714_688,
    learning_rate=1e-5,
)
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    images = keras.Input((side_px, side_px, 3), name="images")
    # Its ImageNet weights were learnt on BGR less the mean: RGB comes in, as everywhere here.
    feature_map = base_network(
        keras.applications.VGG16,
        images=CentredBgr(name="to_centred_bgr")(images),
        weights=weights,
        name="vgg16",
    )
    return encoder_model(name="vgg16", images=images, feature_map=feature_map, dropout=0.2)


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    del unroll  # nothing recurs
    return mean_clip_head(frames=frames, feature_count=feature_count)


@keras.saving.register_keras_serializable("deepfake_check")
class CentredBgr(layers.Layer):  # type: ignore[misc]
    def call(self, images: Any) -> Any:
        mean = ops.convert_to_tensor(IMAGENET_MEAN_BGR, dtype=images.dtype)
        return ops.flip(images, axis=-1) - mean
