"""What a run is told: its configuration file, a class for each of its tables.

A name that no class knows is refused as a missing one is: a misspelt setting would otherwise give a
run of something else.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Shares = Annotated[dict[str, Positive], msgspec.Meta(min_length=1)]


class Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    shares: Shares
    """How often each set is drawn from."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    side_px: Count
    pairs: Count
    steps: Count
    warm_up_steps: Count
    cool_down_steps: Count
    learning_rate: Positive
    weight_decay: NotNegative
    clip_norm: Positive
    targets: tuple[Share, Share]
    donor_share: Share
    redrawn_share: Share
    dense_weight: NotNegative
    ema: Share
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"]
    batch_norm_momentum: Share
    frozen_until: str
    dense_layer: str


class Clip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    frames: Count
    clips: Count
    held_clips: Count
    epochs: Count
    batch: Count
    learning_rate: Positive
    mirrored: bool = False
    shares: Shares


class Distil(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    weight: NotNegative
    label_share: Share
    depths: list[tuple[str, str]]
    """A layer of the teacher, and the pupil's that is to say the same."""


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    architecture: str
    seed: int
    data: Data
    frame: Frame
    clip: Clip | None = None
    distil: Distil | None = None


def as_config(told: dict[str, Any]) -> Config:
    """ValueError where something is missing, unknown or out of range."""
    try:
        return msgspec.convert(told, Config)
    except msgspec.ValidationError as problem:
        raise ValueError(str(problem)) from problem


def read_config(path: Path) -> Config:
    try:
        return as_config(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from problem
