"""EfficientNet-B2 + GRU: 25 frames of 1,408 features, the same recurrent head as the default."""

from __future__ import annotations

import keras

from analysis.models.heads import encoder_model, recurrent_clip_head
from analysis.models.imagenet import base_network
from analysis.models.registry import Card

CARD = Card(
    title="EfficientNet-B2 + GRU",
    source="Tan and Le, EfficientNet, ICML 2019; Cho et al., GRU, EMNLP 2014",
    side_px=260,
    smallest_side_px=64,
    frames_per_clip=25,
    feature_count=1_408,
    parameters=7_700_994,
    learning_rate=1e-3,
)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    images = keras.Input((side_px, side_px, 3), name="images")
    # This base scales 0 to 255 itself, and warps it further by ImageNet's mean and spread.
    feature_map = base_network(
        keras.applications.EfficientNetB2, images=images, weights=weights, name="efficientnet_b2"
    )
    return encoder_model(
        name="efficientnet_b2_gru", images=images, feature_map=feature_map, dropout=0.3
    )


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    return recurrent_clip_head(frames=frames, feature_count=feature_count, unroll=unroll)
