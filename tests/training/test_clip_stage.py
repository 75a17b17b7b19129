"""What is learned over time belongs to one network and to people who are kept apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from analysis.models.registry import architecture
from analysis.training.clip_stage import train_clips
from analysis.training.frame_stage import FrameStage
from analysis.training.manifest import Source
from analysis.training.train import train_frames

from .test_learning import CONFIG

KEPT = ("clips-train.npz", "clips-holdin.npz")


def write_weights(run: Path, *, seed: int) -> None:
    keras.utils.set_random_seed(seed)
    encoder = architecture("meso4").build_encoder(side_px=64, weights=None)
    encoder.save_weights(run / "frame.weights.h5")


def features_in(run: Path) -> list[np.ndarray[Any, Any]]:
    return [np.load(run / name)["features"] for name in KEPT]


def test_clips_are_kept_for_the_network_that_saw_them_and_for_no_other(
    crops: Path, sources: list[Source], tmp_path: Path
) -> None:
    given: dict[str, Any] = {"crops": crops, "sources": sources, "run": tmp_path}
    write_weights(tmp_path, seed=1)
    train_clips(CONFIG, **given)
    written = [(tmp_path / name).stat().st_mtime_ns for name in KEPT]
    before = features_in(tmp_path)

    write_weights(tmp_path, seed=1)
    train_clips(CONFIG, **given)
    assert [(tmp_path / name).stat().st_mtime_ns for name in KEPT] == written

    write_weights(tmp_path, seed=2)
    train_clips(CONFIG, **given)
    for old, new in zip(before, features_in(tmp_path), strict=True):
        assert old.shape == new.shape
        assert not np.allclose(old, new)

    train_clips({**CONFIG, "clip": {**CONFIG["clip"], "frames": 5}}, **given)
    assert [features.shape[1] for features in features_in(tmp_path)] == [5, 5]


def test_new_weights_of_frames_take_the_clips_with_them_and_finished_ones_keep_them(
    crops: Path, sources: list[Source], tmp_path: Path
) -> None:
    stage = FrameStage({**CONFIG, "frame": {**CONFIG["frame"], "steps": 1}})
    names = {*KEPT, "clip.json", "clip.weights.h5"}
    for kept in (set(), names):  # the second time there is nothing left to learn
        for name in names:
            (tmp_path / name).touch()
        train_frames(stage, CONFIG | {"frame": stage.how}, crops=crops, sources=sources,
                     run=tmp_path, feeders=1)  # fmt: skip
        assert {file.name for file in tmp_path.glob("clip*")} == kept
