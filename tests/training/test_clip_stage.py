"""What is learned over time belongs to one network and to people who are kept apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
import pytest

from analysis.models.registry import architecture
from analysis.training.clip_stage import _halves, train_clips
from analysis.training.feed import Faces, draw_clip
from analysis.training.frame_stage import FrameStage
from analysis.training.manifest import Source
from analysis.training.train import train_frames

from .small_run import CONFIG, clipped, framed

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

    train_clips(clipped(frames=5, held_clips=9), **given)
    assert [features.shape[1] for features in features_in(tmp_path)] == [5, 5]


def test_new_weights_of_frames_take_the_clips_with_them_and_finished_ones_keep_them(
    crops: Path, sources: list[Source], tmp_path: Path
) -> None:
    config = framed(steps=1)
    stage = FrameStage(config)
    names = {*KEPT, "clip.json", "clip.weights.h5"}
    for kept in (set(), names):  # the second time there is nothing left to learn
        for name in names:
            (tmp_path / name).touch()
        train_frames(stage, config, crops=crops, sources=sources, run=tmp_path, feeders=1)
        assert {file.name for file in tmp_path.glob("clip*")} == kept


def test_whoever_chooses_the_epoch_does_not_decide_on_the_head(
    crops: Path, sources: list[Source], tmp_path: Path
) -> None:
    write_weights(tmp_path, seed=1)
    config = clipped(held_clips=9)
    result = train_clips(config, crops=crops, sources=sources, run=tmp_path)
    with np.load(tmp_path / "clips-holdin.npz") as kept:
        held = {name: kept[name] for name in kept.files if name != "made_from"}
    assert set(held["groups"]) == {"group person_4", "group person_5"}
    chooses, decides = _halves(held)
    assert not set(chooses["groups"]) & set(decides["groups"])
    assert len(chooses["labels"]) + len(decides["labels"]) == 18
    assert result["held_clips"] == len(decides["labels"])


def test_people_are_dealt_out_evenly_and_nobody_decides_alone() -> None:
    groups = np.array(["a"] * 8 + ["b"] * 4 + ["c"] * 4 + ["d"] * 2)
    chooses, decides = _halves({"groups": groups, "labels": np.tile([0, 1], 9)})
    assert sorted([len(chooses["labels"]), len(decides["labels"])]) == [8, 10]
    assert all(half["labels"].mean() == 0.5 for half in (chooses, decides))
    with pytest.raises(ValueError, match="one person"):
        _halves({"groups": groups[:8], "labels": np.tile([0, 1], 4)})


def test_who_is_seen_is_asked_without_changing_what_is_drawn(
    crops: Path, sources: list[Source], tmp_path: Path
) -> None:
    write_weights(tmp_path, seed=1)
    drawn: list[Any] = []

    def draw(*given: Any, **how: Any) -> Any:
        drawn.append(draw_clip(*given, **how))
        return drawn[-1]

    with mock.patch("analysis.training.clip_stage.draw_clip", draw):
        train_clips(CONFIG, crops=crops, sources=sources, run=tmp_path)
    mine = Faces(crops, [s for s in sources if s.split == "train"], {"London": 1.0})
    rng = np.random.default_rng((CONFIG.seed, True))
    assert CONFIG.clip
    for clip in drawn[: CONFIG.clip.clips]:
        how = {"frames": 6, "side_px": 64, "donor_share": 0.5, "redrawn_share": 0.0}
        for pair, again in zip(clip, draw_clip(mine, rng, **how), strict=True):
            np.testing.assert_array_equal(pair.real, again.real)
            np.testing.assert_array_equal(pair.fake, again.fake)
