"""InceptionV3 + GRU: 20 frames of 2,048 features, GRU 16, GRU 8. The default of this project."""

from __future__ import annotations

import keras
from keras import layers

from analysis.models.heads import encoder_model, recurrent_clip_head
from analysis.models.imagenet import base_network
from analysis.models.registry import Card

CARD = Card(
    title="InceptionV3 + GRU",
    source="Szegedy et al., Rethinking the Inception Architecture, CVPR 2016; "
    "Cho et al., GRU, EMNLP 2014",
    side_px=299,
    smallest_side_px=75,
    frames_per_clip=20,
    feature_count=2_048,
    parameters=21_768_352,
    learning_rate=1e-3,
)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    images = keras.Input((side_px, side_px, 3), name="images")
    scaled = layers.Rescaling(1 / 127.5, offset=-1, name="to_minus_one_to_one")(images)
    feature_map = base_network(
        keras.applications.InceptionV3, images=scaled, weights=weights, name="inception_v3"
    )
    return encoder_model(
        name="inception_v3_gru", images=images, feature_map=feature_map, dropout=0.3
    )


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    return recurrent_clip_head(frames=frames, feature_count=feature_count, unroll=unroll)
