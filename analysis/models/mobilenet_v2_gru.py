"""MobileNetV2 + GRU: the small one, for weak machines."""

from __future__ import annotations

import keras
from keras import layers

from analysis.models.heads import encoder_model, recurrent_clip_head
from analysis.models.imagenet import base_network
from analysis.models.registry import Card

CARD = Card(
    title="MobileNetV2 + GRU",
    source="Sandler et al., MobileNetV2, CVPR 2018; Cho et al., GRU, EMNLP 2014",
    side_px=192,
    smallest_side_px=64,
    frames_per_clip=20,
    feature_count=1_280,
    parameters=2_223_872,
    learning_rate=3e-4,
)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    images = keras.Input((side_px, side_px, 3), name="images")
    scaled = layers.Rescaling(1 / 127.5, offset=-1, name="to_minus_one_to_one")(images)
    feature_map = base_network(
        keras.applications.MobileNetV2, images=scaled, weights=weights, name="mobilenet_v2"
    )
    return encoder_model(
        name="mobilenet_v2_gru", images=images, feature_map=feature_map, dropout=0.3
    )


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    return recurrent_clip_head(frames=frames, feature_count=feature_count, unroll=unroll)
