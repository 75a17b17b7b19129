"""MesoInception4 (Afchar et al. 2018): Meso4 with two inception modules, 28,615 parameters.

It judges frames alone: a clip's score is the mean of its frames'.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from analysis.models.heads import mean_clip_head
from analysis.models.meso_head import meso_model
from analysis.models.mesonet_weights import load_published
from analysis.models.registry import Card

CARD = Card(
    title="MesoInception4",
    source="Afchar et al., MesoNet: a Compact Facial Video Forgery Detection Network, WIFS 2018",
    side_px=256,
    smallest_side_px=64,
    frames_per_clip=20,
    feature_count=16,
    parameters=28_615,
    learning_rate=1e-3,
)


def build_encoder(*, side_px: int = CARD.side_px, weights: str | None = None) -> keras.Model:
    """``weights``: None, or the path of a file that the authors published."""
    images = keras.Input((side_px, side_px, 3), name="images")
    x = layers.Rescaling(1 / 255, name="to_unit_range")(images)
    x = _inception(x, widths=(1, 4, 4, 2), name="inception_1")
    x = layers.BatchNormalization(name="norm_1")(x)
    x = layers.MaxPooling2D(2, padding="same", name="pool_1")(x)
    x = _inception(x, widths=(2, 4, 4, 2), name="inception_2")
    x = layers.BatchNormalization(name="norm_2")(x)
    x = layers.MaxPooling2D(2, padding="same", name="pool_2")(x)
    for number, pool_px in ((3, 2), (4, 4)):
        x = layers.Conv2D(16, 5, padding="same", activation="relu", name=f"conv_{number}")(x)
        x = layers.BatchNormalization(name=f"norm_{number}")(x)
        x = layers.MaxPooling2D(pool_px, padding="same", name=f"pool_{number}")(x)
    model = meso_model(name="meso_inception4", images=images, feature_map=x)
    if weights is not None:
        load_published(model, weights)
    return model


def build_clip_head(*, frames: int, feature_count: int, unroll: bool = False) -> keras.Model:
    del unroll  # nothing recurs
    return mean_clip_head(frames=frames, feature_count=feature_count)


def _inception(x: Any, *, widths: tuple[int, int, int, int], name: str) -> Any:
    """Four views of the same place: one pixel, and 3 x 3 at dilations of 1, 2 and 3."""

    def conv(source: Any, width: int, kernel_px: int, part: str, dilation: int = 1) -> Any:
        return layers.Conv2D(
            width,
            kernel_px,
            padding="same",
            dilation_rate=dilation,
            activation="relu",
            name=f"{name}_{part}",
        )(source)

    views = [conv(x, widths[0], 1, "a")]
    for part, width, dilation in (("b", widths[1], 1), ("c", widths[2], 2), ("d", widths[3], 3)):
        squeezed = conv(x, width, 1, f"{part}_squeeze")
        views.append(conv(squeezed, width, 3, part, dilation))
    return layers.Concatenate(name=f"{name}_views")(views)
