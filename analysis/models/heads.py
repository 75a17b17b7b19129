"""What stands on an encoder: the frame's score with its map, and the clip's score over time.

Every encoder of this project reads float RGB, 0 to 255, ``(batch, side, side, 3)``, with its own
scaling inside the graph, and answers ``features``, ``frame_logit`` and ``activation_map``.
Every clip head reads ``features`` (batch, time, F) and ``mask`` (batch, time) and answers
``clip_logit``. Only layers and ops that every Keras backend has are used.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


def encoder_model(*, name: str, images: Any, feature_map: Any, dropout: float) -> keras.Model:
    """A linear frame head on every position of the last feature map.

    The mean over positions is the frame's logit, so the same numbers say what the score is and
    where it comes from. Whole channels are dropped, as dropout on pooled features would do.
    """
    features = layers.GlobalAveragePooling2D(name="features")(feature_map)
    kept = layers.SpatialDropout2D(dropout, name="frame_dropout")(feature_map)
    position_logits = layers.Dense(1, name="frame_head", dtype="float32")(kept)
    frame_logit = layers.GlobalAveragePooling2D(name="frame_logit")(position_logits)
    activation_map = layers.Reshape(position_logits.shape[1:3], name="activation_map")(
        position_logits
    )
    return keras.Model(
        images,
        {"features": features, "frame_logit": frame_logit, "activation_map": activation_map},
        name=name,
    )


def recurrent_clip_head(
    *,
    frames: int,
    feature_count: int,
    units: tuple[int, ...] = (16, 8),
    dropout: float = 0.4,
    unroll: bool = False,
) -> keras.Model:
    """GRU 16, GRU 8, dropout, dense 8, output: frames in which no face was seen are stepped over.

    ``unroll`` writes the loop out, which other runtimes can read; the weights are the same.
    """
    features = keras.Input((frames, feature_count), name="features")
    mask = keras.Input((frames,), dtype="bool", name="mask")
    x = features
    for depth, size in enumerate(units):
        last = depth == len(units) - 1
        x = layers.GRU(
            size, return_sequences=not last, unroll=unroll, use_cudnn=False, name=f"gru_{depth}"
        )(x, mask=mask)
    x = layers.Dropout(dropout, name="clip_dropout")(x)
    x = layers.Dense(8, activation="relu", name="clip_hidden")(x)
    clip_logit = layers.Dense(1, name="clip_logit", dtype="float32")(x)
    return keras.Model(
        {"features": features, "mask": mask}, {"clip_logit": clip_logit}, name="clip_head"
    )


def mean_clip_head(*, frames: int, feature_count: int) -> keras.Model:
    """The mean of the frame logits over the frames in which the face was seen.

    The frame head is linear, so the mean of its logits is its logit of the mean features.
    """
    features = keras.Input((frames, feature_count), name="features")
    mask = keras.Input((frames,), dtype="bool", name="mask")
    mean = MaskedMean(name="mean_features")(features, mask)
    clip_logit = layers.Dense(1, name="clip_logit", dtype="float32")(mean)
    return keras.Model(
        {"features": features, "mask": mask}, {"clip_logit": clip_logit}, name="clip_head"
    )


def joint_clip_head(*, recurrent: keras.Model, mean: keras.Model) -> keras.Model:
    """Half of what the recurrent head says of a clip, half of what the mean of its frames says.

    The recurrent head knows how a blend wanders, from the few clips that it was taught; the mean
    knows nothing of time and has nothing of it to get wrong.
    """
    features = keras.Input(recurrent.input["features"].shape[1:], name="features")
    mask = keras.Input(recurrent.input["mask"].shape[1:], dtype="bool", name="mask")
    # Names of their own: where a design has no GRU, both would bear the same.
    heads = [
        keras.Model(head.input, head.output, name=name)
        for name, head in (("over_time", recurrent), ("over_frames", mean))
    ]
    said = [head({"features": features, "mask": mask})["clip_logit"] for head in heads]
    clip_logit = layers.Average(name="joint_clip_logit", dtype="float32")(said)
    return keras.Model(
        {"features": features, "mask": mask}, {"clip_logit": clip_logit}, name="joint_clip_head"
    )


@keras.saving.register_keras_serializable("deepfake_check")
class MaskedMean(layers.Layer):  # type: ignore[misc]
    """The mean over time of what ``mask`` lets through; zeros where it lets nothing through."""

    def call(self, features: Any, mask: Any) -> Any:
        seen = ops.expand_dims(ops.cast(mask, features.dtype), axis=-1)
        count = ops.maximum(ops.sum(seen, axis=1), 1)
        return ops.sum(features * seen, axis=1) / count
