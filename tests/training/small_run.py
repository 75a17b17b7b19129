"""The configuration of a run that takes seconds: one real network, small pictures, few steps."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from msgspec import structs, to_builtins

from analysis.training.config import Config, as_config

CONFIG = as_config(
    {
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
)

TAUGHT: dict[str, Any] = {"depths": [("block_5_add", "norm_4")], "weight": 1.0}

LARGER = structs.replace(
    CONFIG,
    architecture="mobilenet_v2_gru",
    frame=structs.replace(
        CONFIG.frame,
        steps=100,
        frozen_until="expanded_conv_project_BN",
        dense_layer="block_13_expand_relu",
    ),
)


def framed(config: Config = CONFIG, **frame: Any) -> Config:
    """The same with other settings of its frames."""
    return structs.replace(config, frame=structs.replace(config.frame, **frame))


def clipped(config: Config = CONFIG, **clip: Any) -> Config:
    assert config.clip
    return structs.replace(config, clip=structs.replace(config.clip, **clip))


def write_config(path: Path, config: Config) -> None:
    lines: list[str] = []

    def write(table: dict[str, Any], at: str) -> None:
        lines.extend(f"[{at}]" for _ in at[:1])
        rows = {n: v for n, v in table.items() if not isinstance(v, dict) and v is not None}
        lines.extend(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in rows.items())
        for name, value in table.items():
            if isinstance(value, dict):
                write(value, f"{at}.{name}".lstrip("."))

    write(to_builtins(config), "")
    path.write_text("\n".join(lines))
    assert as_config(tomllib.loads(path.read_text())) == config
