"""A bundle whose scores a test can foresee: the warmer a face, the more suspicious."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.models.bundles import Bundle
from analysis.models.runtime import Crops, Floats, FrameEvidence

SIDE_PX = 96
WARM = 2.4
"""Red over blue: 1.9 in the middle of the untouched face, 3 in the blended one."""


class WarmthRuntime:
    """Feature 0 is how warm a face is; a clip's logit is the mean over the frames it is seen in."""

    def __init__(self) -> None:
        self.faces_scored = 0

    def encode(self, crops: Crops) -> FrameEvidence:
        self.faces_scored += len(crops)
        middle = crops[:, 40:70, 30:66].astype(np.float32).mean(axis=(1, 2))
        logits = 10 * (middle[:, 0] / (middle[:, 2] + 1) - WARM)
        return FrameEvidence(
            features=np.stack([logits, np.ones_like(logits)], axis=1),
            frame_logits=logits,
            activation_maps=np.repeat(logits, 9).reshape(-1, 3, 3),
        )

    def clip_logit(self, features: Floats, mask: NDArray[np.bool_]) -> float:
        return float(features[mask, 0].mean())


def made_bundle(**thresholds: float) -> Bundle:
    card: dict[str, Any] = {
        "name": "warmth",
        "version": "warmth-1",
        "contract": {"side_px": SIDE_PX, "margin": 1.3, "frames_per_clip": 12, "feature_count": 2},
        "calibration": {
            "clip": {"slope": 1.1, "intercept": 0.0},
            "frame": {"slope": 1.0, "intercept": 0.0},
        },
        "thresholds": {
            "likely_manipulated_at": 0.8,
            "no_manipulation_below": 0.2,
            "rise_with_faces": 1.0,
            "min_frames": 4,
            "min_face_px": 48.0,
            "min_light": 20.0,
            "min_sharpness": 0.5,
            **thresholds,
        },
        "aggregation": {"clip": "mean"},
    }
    return Bundle(folder=Path("nowhere"), card=card, runtime=WarmthRuntime())
