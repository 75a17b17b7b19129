"""InceptionResNetV2 at 128 px: ImageNet base, global average, output, Adam 1e-5 for 20 epochs.

A clip is the mean of its frames.
"""

from __future__ import annotations

import keras
from keras import layers

from analysis.models.heads import encoder_model, mean_clip_head
from analysis.models.imagenet import base_network
from analysis.models.registry import Card

CARD = Card(
    title="InceptionResNetV2",
    source="Szegedy et al., Inception-v4, Inception-ResNet and the Impact of Residual "
    "Connections on Learning, AAAI 2017",
    side_px=128,
    smallest_side_px=75,
    frames_per_clip=20,
    feature_count=1_536,
    parameters=54_276_192,
    learning_rate=1e-5,
)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    images = keras.Input((side_px, side_px, 3), name="images")
    scaled = layers.Rescaling(1 / 127.5, offset=-1, name="to_minus_one_to_one")(images)
    feature_map = base_network(
        keras.applications.InceptionResNetV2,
        images=scaled,
        weights=weights,
        name="inception_resnet_v2",
    )
    return encoder_model(
        name="inception_resnet_v2", images=images, feature_map=feature_map, dropout=0.2
    )


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    del unroll  # nothing recurs
    return mean_clip_head(frames=frames, feature_count=feature_count)
