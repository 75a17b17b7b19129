"""A small network of 3-D convolutions, 8, 16, 32, 32, over 24 frames of 256 x 256.

Its first two convolutions are one frame thick, so they are the encoder and each face passes
through them once; the two that span time are the clip head. What is handed on is the encoder's
map, pooled to 8 x 8 and laid flat.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from analysis.models.heads import MaskedMean
from analysis.models.registry import Card

CARD = Card(
    title="Meso4 over time",
    source="after Afchar et al., MesoNet, WIFS 2018, with 3-D convolutions",
    side_px=256,
    smallest_side_px=64,
    frames_per_clip=24,
    feature_count=8 * 8 * 16,
    parameters=3_488,
    learning_rate=1e-3,
)
PLACES = 8  # along each side of the map that is handed on


def build_encoder(*, side_px: int = CARD.side_px, weights: None = None) -> keras.Model:
    if weights is not None:
        raise ValueError("nobody has published weights of this network")
    images = keras.Input((side_px, side_px, 3), name="images")
    x = layers.Rescaling(1 / 255, name="to_unit_range")(images)
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="conv_1")(x)
    x = layers.BatchNormalization(name="norm_1")(x)
    x = layers.MaxPooling2D(2, padding="same", name="pool_1")(x)
    x = layers.Conv2D(16, 5, padding="same", activation="relu", name="conv_2")(x)
    x = layers.BatchNormalization(name="norm_2")(x)
    x = layers.AveragePooling2D(x.shape[1] // PLACES, name="places")(x)
    features = layers.Flatten(name="features")(x)
    position_logits = layers.Dense(1, name="frame_head", dtype="float32")(x)
    frame_logit = layers.GlobalAveragePooling2D(name="frame_logit")(position_logits)
    activation_map = layers.Reshape((PLACES, PLACES), name="activation_map")(position_logits)
    return keras.Model(
        images,
        {"features": features, "frame_logit": frame_logit, "activation_map": activation_map},
        name="meso4_video",
    )


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    del unroll  # nothing recurs
    features = keras.Input((frames, feature_count), name="features")
    mask = keras.Input((frames,), dtype="bool", name="mask")
    seen = ops.cast(mask, features.dtype)[:, :, None]
    x = layers.Reshape((frames, PLACES, PLACES, -1), name="places")(features * seen)
    for number in (3, 4):
        x = layers.Conv3D(32, 3, padding="same", activation="relu", name=f"conv_{number}")(x)
        x = layers.BatchNormalization(name=f"norm_{number}")(x)
        x = layers.MaxPooling3D((1, 2, 2), name=f"pool_{number}")(x)
    x = layers.Reshape((frames, -1), name="per_frame")(ops.mean(x, axis=(2, 3)))
    x = MaskedMean(name="over_time")(x, mask)
    x = layers.Dense(64, activation="relu", name="dense_1")(x)
    x = layers.Dropout(0.5, name="clip_dropout")(x)
    x = layers.Dense(16, activation="relu", name="dense_2")(x)
    clip_logit = layers.Dense(1, name="clip_logit", dtype="float32")(x)
    return keras.Model(
        {"features": features, "mask": mask}, {"clip_logit": clip_logit}, name="clip_head"
    )
