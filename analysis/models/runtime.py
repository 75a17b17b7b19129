"""What a bundle asks of the library that runs its networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Crops = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FrameEvidence:
    """One encoder pass over n crops.

    ``activation_maps`` shows where a frame's score comes from: per frame, its mean is the logit
    less what does not depend on position.
    """

    features: Floats  # n x feature_count
    frame_logits: Floats  # n
    activation_maps: Floats  # n x height x width


class Runtime(Protocol):
    """Runs the two networks of a bundle."""

    def encode(self, crops: Crops) -> FrameEvidence: ...

    def clip_logit(self, features: Floats, mask: NDArray[np.bool_]) -> float: ...


def look(runtime: Runtime, crops: Crops, *, mirrored: bool) -> FrameEvidence:
    """What ``runtime`` sees; the mean with what it sees in a mirror, if ``mirrored``."""
    seen = runtime.encode(crops)
    if not mirrored:
        return seen
    there = runtime.encode(np.ascontiguousarray(crops[:, :, ::-1]))
    return FrameEvidence(
        features=_mean(seen.features, there.features),
        frame_logits=_mean(seen.frame_logits, there.frame_logits),
        activation_maps=_mean(seen.activation_maps, there.activation_maps[:, :, ::-1]),
    )


def _mean(one: Floats, other: Floats) -> Floats:
    return np.asarray((one + other) / 2, dtype=np.float32)


def read_weights(path: Path, part: Literal["encoder", "clip"]) -> list[Floats]:
    """The weights of one graph, f32, in the order of its Keras model."""
    with np.load(path, allow_pickle=False) as stored:
        return [
            np.asarray(stored[key], dtype=np.float32)
            for key in sorted(key for key in stored.files if key.startswith(f"{part}/"))
        ]
