"""An encoder that has learned already: from a run's folder, or from a bundle's."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from analysis.models.bundles import read_card
from analysis.models.registry import architecture
from analysis.models.runtime import read_weights


def learned_encoder(folder: Path) -> tuple[Any, int]:
    """The network with its weights, and the side of the pictures that it learned from."""
    name, side_px = _what_lies_in(folder)
    encoder = architecture(name).build_encoder(side_px=side_px, weights=None)
    if is_bundle(folder):
        encoder.set_weights(read_weights(folder / "weights.npz", "encoder"))
    else:
        encoder.load_weights(folder / "frame.weights.h5")
    return encoder, side_px


def architecture_in(folder: Path) -> str:
    return _what_lies_in(folder)[0]


def pictures_behind(folder: Path) -> int | None:
    """How many it learned from in its last run; of published weights that is not known."""
    if is_bundle(folder):
        recipe = read_card(folder)["recipe"]
        if not recipe.get("last_step"):
            return None
        return int(recipe["last_step"] * 2 * recipe["config"]["frame"]["pairs"])
    lines = (folder / "history.jsonl").read_text().splitlines()
    return int(json.loads(lines[-1])["pictures"]) if lines else 0


def is_bundle(folder: Path) -> bool:
    return (folder / "card.json").exists()


def _what_lies_in(folder: Path) -> tuple[str, int]:
    if is_bundle(folder):
        card = read_card(folder)
        return card["architecture"], int(card["contract"]["side_px"])
    config = tomllib.loads((folder / "config.toml").read_text())
    return config["architecture"], int(config["frame"]["side_px"])
