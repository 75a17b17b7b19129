"""A run is looked at on whatever data it has: any names, some crops missing, no pairs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from analysis.training import monitor
from analysis.training.config import Data
from analysis.training.crop_store import SourceCrops, StoredCrop, write_crops
from analysis.training.frame_stage import FrameStage
from analysis.training.manifest import Source, write_manifest
from analysis.training.monitor import on_real_videos, on_videos
from tests.training.small_run import CONFIG, write_config


class Brightness:
    """An encoder whose logit is how bright a picture is."""

    def predict_on_batch(self, images: np.ndarray[Any, Any]) -> dict[str, Any]:
        return {"frame_logit": images.mean(axis=(1, 2))[:, :1]}


@pytest.fixture
def crop(crops: Path, sources: list[Source]) -> StoredCrop:
    return SourceCrops(crops / f"{sources[0].id}.npz").crop(0)


def a_source(name: str, *, label: str = "real", split: str = "train") -> Source:
    return Source(file=f"somewhere/{name}.mp4", set="s", label=label, group=name, split=split)


def test_only_videos_that_are_there_and_not_manipulated_count_as_such(
    crop: StoredCrop, tmp_path: Path
) -> None:
    video, held, fake = (
        a_source("video"),
        a_source("held", split="holdin"),
        a_source("fake", label="fake"),
    )
    picture, empty, missing = a_source("picture"), a_source("empty"), a_source("missing")
    for source, count in ((video, 6), (fake, 6), (picture, 1), (empty, 0)):
        write_crops(tmp_path / f"{source.id}.npz", [crop] * count)
    told = on_real_videos(
        Brightness(), tmp_path, [video, fake, picture, empty, missing], side_px=64
    )
    assert told["real_video_logit_p50"] == told["real_video_logit_p95"] > 0
    assert told["held_real_video_logit_max"] is None
    write_crops(tmp_path / f"{held.id}.npz", [crop] * 2)
    told = on_real_videos(Brightness(), tmp_path, [video, held], side_px=64)
    assert told["held_real_video_logit_max"] == pytest.approx(told["real_video_logit_p50"])
    others = [fake, picture, empty, missing]
    assert on_real_videos(Brightness(), tmp_path, others, side_px=64) == {}


def test_without_pairs_of_one_file_no_pair_is_won_or_lost(crop: StoredCrop, tmp_path: Path) -> None:
    sources = [
        a_source("a", split="validation"),
        a_source("b", label="fake", split="validation"),
    ]
    for source in sources:
        write_crops(tmp_path / f"{source.id}.npz", [crop] * 2)
    told = on_videos(Brightness(), tmp_path, sources, side_px=64)
    assert told["videos"] == [1, 1]
    assert told["fake_above_its_real"] is None


def test_a_run_is_looked_at_by_the_splits_that_it_learned_by(
    crop: StoredCrop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crops, run = tmp_path / "crops", tmp_path / "run"
    crops.mkdir()
    run.mkdir()
    held = [a_source(name, split="holdin") for name in "ab"]
    videos = [a_source(label, label=label, split="validation") for label in ("real", "fake")]
    for source in (*held, *videos):
        write_crops(crops / f"{source.id}.npz", [crop] * 2)
    config = structs.replace(CONFIG, data=Data(shares={"s": 1.0}))
    FrameStage(config).save(run)
    write_config(run / "config.toml", config)
    (run / "history.jsonl").write_text("")
    write_manifest(run / "manifest.csv", [*held, *videos])
    # As prepare dealt them, when "train --manifest" named other splits.
    dealt = [replace(s, split="train") for s in held] + [replace(s, split="holdin") for s in videos]
    write_manifest(crops / "manifest.csv", dealt)
    monkeypatch.setattr(monitor, "PAIRS", 2)
    monkeypatch.setattr("sys.argv", ["monitor", "--run", str(run), "--crops", str(crops)])
    monitor.main()
    assert json.loads((run / "monitor.jsonl").read_text())["videos"] == [1, 1]
