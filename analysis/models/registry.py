"""Every architecture by name. Adding one is one file beside this one and its name here.

An architecture's module offers:

- ``CARD``: what it is (see ``Card``);
- ``build_encoder(*, side_px, weights)``: faces to features, frame score and activation map;
- ``build_clip_head(*, frames, feature_count, unroll)``: features over time to a clip's score.

A module is imported when it is asked for, and Keras with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

ARCHITECTURES = (
    "inception_v3_gru",
    "mobilenet_v2_gru",
    "efficientnet_b2_gru",
    "meso4",
    "meso_inception4",
    "meso4_video",
    "resnet50_v2",
    "efficientnet_b0",
    "vgg16",
    "inception_resnet_v2",
)


@dataclass(frozen=True, slots=True)
class Card:
    """An architecture in the words of its authors; sizes are those that it was published with."""

    title: str
    source: str
    side_px: int
    smallest_side_px: int
    frames_per_clip: int
    feature_count: int
    parameters: (
        int  # trainable ones of the encoder, as the literature counts: no frame head of ours
    )
    learning_rate: float


class Architecture(Protocol):
    CARD: Card

    def build_encoder(self, *, side_px: int, weights: str | None) -> Any:
        """``weights``: None for random ones, "imagenet", or a file of the base's weights."""

    def build_clip_head(self, *, frames: int, feature_count: int, unroll: bool = False) -> Any: ...


def architecture(name: str) -> Architecture:
    if name not in ARCHITECTURES:
        raise ValueError(f"no architecture {name!r}; there are: {', '.join(ARCHITECTURES)}")
    module: Any = import_module(f"analysis.models.{name}")
    return module  # type: ignore[no-any-return]
