"""Meso4 (Afchar, Nozick, Yamagishi and Echizen 2018): four small convolutions, 27,977 parameters.

It judges frames alone: a clip's score is the mean of its frames'.
"""

from __future__ import annotations

import keras
from keras import layers

from analysis.models.heads import mean_clip_head
from analysis.models.meso_head import meso_model
from analysis.models.mesonet_weights import load_published
from analysis.models.registry import Card

CARD = Card(
    title="Meso4",
    source="Afchar et al., MesoNet: a Compact Facial Video Forgery Detection Network, WIFS 2018",
    side_px=256,
    smallest_side_px=64,
    frames_per_clip=20,
    feature_count=16,
    parameters=27_977,
    learning_rate=1e-3,
)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    """``weights``: None, or the path of a file that the authors published."""
    images = keras.Input((side_px, side_px, 3), name="images")
    x = layers.Rescaling(1 / 255, name="to_unit_range")(images)
    for number, (filters, kernel_px, pool_px) in enumerate(
        [(8, 3, 2), (8, 5, 2), (16, 5, 2), (16, 5, 4)], start=1
    ):
        x = layers.Conv2D(
            filters, kernel_px, padding="same", activation="relu", name=f"conv_{number}"
        )(x)
        x = layers.BatchNormalization(name=f"norm_{number}")(x)
        x = layers.MaxPooling2D(pool_px, padding="same", name=f"pool_{number}")(x)
    model = meso_model(name="meso4", images=images, feature_map=x)
    if weights is not None:
        load_published(model, weights)
    return model


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    del unroll  # nothing recurs
    return mean_clip_head(frames=frames, feature_count=feature_count)
