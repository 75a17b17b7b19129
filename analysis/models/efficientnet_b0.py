"""EfficientNet-B0: ImageNet base, global average, output. A clip is the mean of its frames."""

from __future__ import annotations

import keras

from analysis.models.heads import encoder_model, mean_clip_head
from analysis.models.imagenet import base_network
from analysis.models.registry import Card

CARD = Card(
    title="EfficientNet-B0",
    source="Tan and Le, EfficientNet: Rethinking Model Scaling for CNNs, ICML 2019",
    side_px=224,
    smallest_side_px=64,
    frames_per_clip=20,
    feature_count=1_280,
    parameters=4_007_548,
    learning_rate=1e-4,
)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    images = keras.Input((side_px, side_px, 3), name="images")
    # This base scales 0 to 255 itself.
    feature_map = base_network(
        keras.applications.EfficientNetB0, images=images, weights=weights, name="efficientnet_b0"
    )
    return encoder_model(
        name="efficientnet_b0", images=images, feature_map=feature_map, dropout=0.2
    )


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    del unroll  # nothing recurs
    return mean_clip_head(frames=frames, feature_count=feature_count)
