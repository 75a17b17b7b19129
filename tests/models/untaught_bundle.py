"""A small bundle with random weights, packed as a trained one would be."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.models.export import mean_head_of
from analysis.models.heads import joint_clip_head
from analysis.models.pack import pack_bundle
from analysis.models.registry import architecture
from tests.models.untaught import untaught_encoder


def make_bundle(
    folder: Path,
    name: str,
    *,
    side_px: int,
    frames: int,
    tolerance: float = 0.01,
    mirrored: bool = False,
    joint: bool = False,
):
    crops = np.random.default_rng(4).integers(0, 256, (4, side_px, side_px, 3)).astype("uint8")
    encoder = untaught_encoder(name, crops.astype("float32"), seed=3)
    for variable in encoder.weights:  # as stored, so that what is compared is the conversion
        variable.assign(np.asarray(variable).astype("float16").astype("float32"))
    count = int(encoder.output["features"].shape[-1])
    clip_head = architecture(name).build_clip_head(frames=frames, feature_count=count, unroll=True)
    if joint:
        clip_head = joint_clip_head(recurrent=clip_head, mean=mean_head_of(encoder, frames=frames))
    aggregation = "mean" if name == "meso4" else "joint" if joint else "recurrent"
    pack_bundle(
        folder=folder,
        encoder=encoder,
        clip_head=clip_head,
        golden_crops=crops,
        card={
            "name": name,
            "architecture": name,
            "contract": {
                "side_px": side_px,
                "margin": 1.3,
                "frames_per_clip": frames,
                "feature_count": count,
                "mirrored": mirrored,
            },
            "aggregation": {"clip": aggregation},
            "calibration": {
                "clip": {"slope": 1.0, "intercept": 0.0},
                "frame": {"slope": 1.0, "intercept": 0.0},
            },
            "thresholds": {
                "likely_manipulated_at": 0.8,
                "no_manipulation_below": 0.3,
                "rise_with_faces": 1.0,
                "min_frames": 4,
                "min_face_px": 48.0,
                "min_light": 20.0,
                "min_sharpness": 0.0,
            },
            "golden": {"tolerance_logit": tolerance},
        },
    )
    return encoder, clip_head, crops
