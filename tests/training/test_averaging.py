"""Several runs become one whose weights are their mean."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.models.registry import architecture
from analysis.training.average import average

CONFIG = 'architecture = "{name}"\n[frame]\nside_px = 64\n'


def run_of(folder: Path, *, name: str = "meso4", seed: int, pictures: int = 32) -> Path:
    folder.mkdir()
    encoder = architecture(name).build_encoder(side_px=64, weights=None)
    rng = np.random.default_rng(seed)
    encoder.set_weights(
        [rng.normal(size=w.shape).astype(np.float32) for w in encoder.get_weights()]
    )
    encoder.save_weights(folder / "frame.weights.h5")
    (folder / "config.toml").write_text(CONFIG.format(name=name))
    (folder / "manifest.csv").write_text("file,set,label,group\n")
    (folder / "history.jsonl").write_text(json.dumps({"pictures": pictures}) + "\n")
    return folder


def weights_in(run: Path) -> list[np.ndarray]:
    encoder = architecture("meso4").build_encoder(side_px=64, weights=None)
    encoder.load_weights(run / "frame.weights.h5")
    return list(encoder.get_weights())


def test_every_weight_is_the_mean_of_the_runs(tmp_path: Path) -> None:
    runs = [run_of(tmp_path / f"run{n}", seed=n, pictures=100 * n) for n in (1, 2, 3)]
    average(runs, tmp_path / "mean")
    for mean, *parts in zip(*(weights_in(r) for r in (tmp_path / "mean", *runs)), strict=True):
        np.testing.assert_allclose(mean, np.mean(parts, axis=0), atol=1e-6)
    said = json.loads((tmp_path / "mean" / "averaged.json").read_text())
    assert said == {"run1": 100, "run2": 200, "run3": 300}


def test_runs_of_two_architectures_are_refused(tmp_path: Path) -> None:
    runs = [
        run_of(tmp_path / "a", seed=1),
        run_of(tmp_path / "b", name="meso_inception4", seed=2),
    ]
    with pytest.raises(ValueError, match="one architecture"):
        average(runs, tmp_path / "mean")
