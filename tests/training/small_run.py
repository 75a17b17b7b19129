"""The configuration of a run that takes seconds: one real network, small pictures, few steps."""

from __future__ import annotations

from typing import Any

CONFIG: dict[str, Any] = {
    "architecture": "meso4",
    "seed": 5,
    "data": {"shares": {"London": 1.0}},
    "frame": {
        "side_px": 64,
        "pairs": 2,
        "steps": 4,
        "warm_up_steps": 1,
        "cool_down_steps": 2,
        "learning_rate": 1e-3,
        "weight_decay": 1e-4,
        "clip_norm": 1.0,
        "targets": [0.02, 0.98],
        "donor_share": 0.5,
        "redrawn_share": 0.0,
        "dense_weight": 1.0,
        "ema": 0.99,
        "precision": "float32",
        "batch_norm_momentum": 0.9,
        "frozen_until": "",
        "dense_layer": "norm_4",
    },
    "clip": {
        "frames": 6,
        "clips": 4,
        "held_clips": 3,
        "epochs": 2,
        "batch": 4,
        "learning_rate": 1e-2,
        "mirrored": True,
        "shares": {"London": 1.0},
    },
}
