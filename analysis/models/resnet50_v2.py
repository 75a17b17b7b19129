"""ResNet50V2: ImageNet base, global average, output. A clip is the mean of its frames."""

from __future__ import annotations

import keras
from keras import layers

from analysis.models.heads import encoder_model, mean_clip_head
from analysis.models.imagenet import base_network
from analysis.models.registry import Card

CARD = Card(
    title="ResNet50V2",
    source="He et al., Identity Mappings in Deep Residual Networks, ECCV 2016",
    side_px=224,
    smallest_side_px=64,
    frames_per_clip=20,
    feature_count=2_048,
    parameters=23_519_360,
    learning_rate=1e-4,
)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    images = keras.Input((side_px, side_px, 3), name="images")
    scaled = layers.Rescaling(1 / 127.5, offset=-1, name="to_minus_one_to_one")(images)
    feature_map = base_network(
        keras.applications.ResNet50V2, images=scaled, weights=weights, name="resnet50_v2"
    )
    return encoder_model(name="resnet50_v2", images=images, feature_map=feature_map, dropout=0.2)


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    del unroll  # nothing recurs
    return mean_clip_head(frames=frames, feature_count=feature_count)
