"""One real network, small pictures of real faces, a few steps."""

from __future__ import annotations

import itertools
import json
import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from keras import ops
from msgspec import structs

from analysis.models.bundles import bundle_folder
from analysis.models.runtime import read_weights
from analysis.training import train
from analysis.training.clip_stage import _some_missing, train_clips
from analysis.training.config import Distil
from analysis.training.distil import Teacher
from analysis.training.feed import Faces, batches, draw_batch
from analysis.training.frame_stage import FrameStage, learning_rate
from analysis.training.manifest import Source, write_manifest
from analysis.training.train import train_frames
from tests.training.small_run import CONFIG, LARGER, TAUGHT, framed, write_config


def drawn(faces: Faces, stage: FrameStage, number: int, *, pairs: int = 2) -> tuple[Any, Any]:
    return draw_batch(
        faces, seed=5, number=number, pairs=pairs, side_px=64, donor_share=0.5, grid=stage.grid
    )


def test_steps_on_one_batch_lower_its_loss(faces: Faces) -> None:
    stage = FrameStage(framed(steps=100))
    batch = drawn(faces, stage, 0, pairs=8)
    losses = [stage.learn(*batch)["loss"] for _ in range(30)]  # each with a dropout of its own
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:5])


def test_a_resumed_run_is_the_unbroken_one(faces: Faces, tmp_path: Path) -> None:
    unbroken = FrameStage(CONFIG)
    for number in range(2):
        unbroken.learn(*drawn(faces, unbroken, number))
    unbroken.save(tmp_path)
    resumed = FrameStage(
        structs.replace(CONFIG, seed=6)
    )  # would differ if anything were not restored
    resumed.load(tmp_path)
    assert resumed.step == 2
    ends = []
    for stage in (unbroken, resumed):
        for number in (2, 3):
            last = stage.learn(*drawn(faces, stage, number))
        ends.append((last["loss"], [*stage.encoder.get_weights(), *stage.average]))
    assert ends[0][0] == pytest.approx(ends[1][0], rel=1e-5)
    for mine, its in zip(ends[0][1], ends[1][1], strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-4, atol=1e-6)


def test_no_picture_is_normalised_with_its_own_pseudo_fake() -> None:
    parts = FrameStage(CONFIG).learned_together(8)
    assert sorted(row for part in parts for row in part) == list(range(8))
    for rows in parts:
        assert len({row // 2 for row in rows}) == len(rows)
        assert sum(row % 2 for row in rows) == len(rows) / 2


def test_a_momentum_of_one_keeps_the_statistics_it_began_with(faces: Faces) -> None:
    stage = FrameStage(framed(LARGER, batch_norm_momentum=1.0))
    before = [ops.convert_to_numpy(v) for v in stage.encoder.variables]
    assert len(stage.learned_together(4)) == 1
    stage.learn(*drawn(faces, stage, 0))
    moved = {
        variable.path
        for variable, value in zip(stage.encoder.variables, before, strict=True)
        if not np.array_equal(value, ops.convert_to_numpy(variable))
    }
    assert any("block_16_project/" in path for path in moved)
    assert not [path for path in moved if "moving_" in path or "BN/" in path]


def test_frozen_layers_stay_and_others_move(faces: Faces) -> None:
    stage = FrameStage(LARGER)
    before = {v.path: ops.convert_to_numpy(v) for v in stage.encoder.variables}
    stage.learn(*drawn(faces, stage, 0))
    moved = {
        v.path
        for v in stage.encoder.variables
        if not np.array_equal(before[v.path], ops.convert_to_numpy(v))
    }
    assert not [path for path in moved if "/Conv1/" in path or "/expanded_conv_" in path]
    assert [path for path in moved if "block_12" in path]


def test_freezing_up_to_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="No such layer: expanded_con"):
        FrameStage(framed(LARGER, frozen_until="expanded_con"))


def test_batches_do_not_depend_on_who_makes_them_or_where_they_begin(
    crops: Path, sources: list[Source]
) -> None:
    mine = [source for source in sources if source.split == "train"]
    how: dict[str, Any] = {
        "faces_from": (crops, mine, {"London": 1.0}),
        "ahead": 1,
        "seed": 1,
        "pairs": 1,
        "side_px": 64,
        "donor_share": 0.5,
        "redrawn_share": 0.0,
        "grid": 4,
    }
    alone = batches(start=0, processes=1, **how)
    first = [next(alone)[0] for _ in range(4)]
    shared = batches(start=2, processes=2, **how)
    assert all(np.array_equal(next(shared)[0], batch) for batch in first[2:])


def test_a_feeder_that_is_killed_ends_the_run(crops: Path, sources: list[Source]) -> None:
    before = set(multiprocessing.active_children())
    stream = batches(
        faces_from=(crops, [s for s in sources if s.split == "train"], {"London": 1.0}),
        start=0,
        processes=1,
        ahead=2,
        seed=1,
        pairs=8,
        side_px=256,
        donor_share=0.5,
        redrawn_share=0.0,
        grid=4,
    )
    next(stream)
    (feeder,) = set(multiprocessing.active_children()) - before
    feeder.kill()
    with pytest.raises(RuntimeError, match="a feeder was killed"):
        list(stream)


def test_a_whole_run_leaves_weights_figures_and_curves(
    crops: Path, sources: list[Source], tmp_path: Path
) -> None:
    config = framed(steps=20)
    stage = FrameStage(config)
    train_frames(
        stage,
        config,
        crops=crops,
        sources=sources,
        run=tmp_path,
        feeders=1,
    )
    result = train_clips(CONFIG, crops=crops, sources=sources, run=tmp_path)
    assert result["held_clips"] == 4
    assert result["aggregation"] in ("mean", "joint")
    assert (tmp_path / "curves.svg").read_text().count("<polyline") == 2
    for name in ("frame.weights.h5", "clip.weights.h5", "state.npz", "history.jsonl", "clip.json"):
        assert (tmp_path / name).stat().st_size


def test_the_history_ends_where_the_weights_do(
    faces: Faces, sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = framed(steps=23)
    stage = FrameStage(config)
    stage.step = 20
    batch = drawn(faces, stage, 0)
    monkeypatch.setattr(train.feed, "batches", lambda **_: itertools.repeat(batch))
    # Killed at step 40 of a longer run, whose last checkpoint was at step 20.
    (tmp_path / "history.jsonl").write_text('{"step": 20}\n{"step": 40}\n{"st')
    train_frames(stage, config, crops=tmp_path, sources=sources, run=tmp_path, feeders=1)
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [20, 23]


def test_a_run_that_diverges_ends_and_keeps_its_last_checkpoint(
    faces: Faces, sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = framed(learning_rate=1e30, clip_norm=1e30)
    stage = FrameStage(config)
    stage.save(tmp_path)
    batch = drawn(faces, stage, 0)
    monkeypatch.setattr(train.feed, "batches", lambda **_: itertools.repeat(batch))
    with pytest.raises(SystemExit, match="the loss is no number at step"):
        train_frames(stage, config, crops=tmp_path, sources=sources, run=tmp_path, feeders=1)
    stage.load(tmp_path)
    assert stage.step == 0


def test_a_run_can_be_given_its_own_configuration_and_manifest(
    crops: Path, sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, manifest = tmp_path / "config.toml", tmp_path / "manifest.csv"
    write_config(config, structs.replace(CONFIG, clip=None))
    write_manifest(manifest, sources)
    monkeypatch.setattr(train, "FrameStage", mock.Mock())
    argv = ["train", "--config", config, "--manifest", manifest, "--crops", crops]
    monkeypatch.setattr("sys.argv", [str(word) for word in [*argv, "--run", tmp_path]])
    with mock.patch.object(train, "train_frames") as began:
        train.main()
    assert began.call_args.kwargs["sources"] == sources
    assert "meso4" in config.read_text()


def test_redrawn_faces_that_are_asked_for_must_be_there(
    crops: Path, sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "c.toml"
    write_config(config, framed(redrawn_share=0.3))
    write_manifest(crops / "manifest.csv", sources)
    argv = ["train", "--config", config, "--crops", crops, "--run", tmp_path / "run"]
    monkeypatch.setattr("sys.argv", [str(word) for word in argv])
    with pytest.raises(SystemExit, match="redrawn"):
        train.main()


@pytest.mark.parametrize(
    ("split", "people", "message"),
    [("train", (), "none has a set of London"), ("holdin", ("ann",), "of one person")],
)
def test_held_in_people_for_the_clips_must_be_there_before_the_first_frame(
    crops: Path,
    sources: list[Source],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    split: str,
    people: tuple[str, ...],
    message: str,
) -> None:
    config = tmp_path / "c.toml"
    write_config(config, CONFIG)
    held = [replace(s, split=split, identities=people) for s in sources if s.split == "holdin"]
    write_manifest(tmp_path / "m.csv", [*(s for s in sources if s.split == "train"), *held])
    argv = ["train", "--config", config, "--crops", crops, "--manifest", tmp_path / "m.csv"]
    monkeypatch.setattr("sys.argv", [str(word) for word in [*argv, "--run", tmp_path / "run"]])
    with pytest.raises(SystemExit, match=message):
        train.main()


def test_a_pupil_learns_features_and_maps_from_its_teacher(faces: Faces, tmp_path: Path) -> None:
    FrameStage(LARGER).save(tmp_path)
    write_config(tmp_path / "config.toml", LARGER)
    teacher = Teacher(tmp_path, Distil(**TAUGHT, label_share=0.25))
    pupil = FrameStage(framed(side_px=96, steps=100), teacher=teacher)
    images, masks = drawn(faces, pupil, 0)
    teacher.get_used_to(images)
    losses = [pupil.learn(images, masks) for _ in range(24)]
    assert losses[-1]["features_loss"] < losses[0]["features_loss"]
    assert losses[-1]["grid_0_loss"] < losses[0]["grid_0_loss"]

    with mock.patch.object(pupil.model, "train_on_batch", return_value={"loss": 0.0}) as told:
        pupil.learn(images, masks)
    low, high = pupil.how.targets
    labels = np.tile([[low], [high]], (len(images) // 2, 1))
    taught = teacher.targets(images)["probability"]
    given = np.concatenate([call.args[1]["frame_logit"] for call in told.call_args_list])
    rows = np.concatenate(pupil.learned_together(len(images)))
    np.testing.assert_allclose(given, (0.25 * labels + 0.75 * taught)[rows], rtol=1e-5)


def test_a_shipped_bundle_can_teach_and_says_what_it_says_when_it_serves() -> None:
    folder = bundle_folder("mobilenet_v2_gru")
    teacher = Teacher(folder, Distil(**TAUGHT, label_share=0.5))
    with np.load(folder / "golden.npz") as golden:
        crops, wanted = golden["crops"], golden["frame_logits"]
    teacher.get_used_to(crops)
    seen, mirrored = (
        teacher.targets(view)["probability"][:, 0] for view in (crops, crops[:, :, ::-1])
    )
    served = (np.log(seen / (1 - seen)) + np.log(mirrored / (1 - mirrored))) / 2
    assert np.allclose(1 / (1 + np.exp(-served)), 1 / (1 + np.exp(-wanted)), atol=2e-3)


def test_what_a_run_cannot_go_on_from_is_said_in_one_line(
    crops: Path, sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "c.toml"
    write_config(config, structs.replace(CONFIG, clip=None))
    write_manifest(crops / "manifest.csv", sources)
    for given in (bundle_folder("mobilenet_v2_gru"), tmp_path / "nowhere.weights.h5"):
        argv = ["train", "--config", config, "--crops", crops, "--run", tmp_path / "run"]
        monkeypatch.setattr("sys.argv", [str(word) for word in [*argv, "--start-from", given]])
        with pytest.raises(SystemExit, match="--start-from: "):
            train.main()


def test_a_run_keeps_its_configuration_where_another_is_refused(
    crops: Path, sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FrameStage(CONFIG).save(tmp_path)
    (tmp_path / "config.toml").write_text("its own")
    other = tmp_path / "c.toml"
    write_config(other, structs.replace(LARGER, clip=None))
    write_manifest(tmp_path / "m.csv", sources)
    argv = ["train", "--config", other, "--manifest", tmp_path / "m.csv", "--crops", crops]
    monkeypatch.setattr("sys.argv", [str(word) for word in [*argv, "--run", tmp_path]])
    with pytest.raises(SystemExit, match="another network"):
        train.main()
    assert (tmp_path / "config.toml").read_text() == "its own"
    assert not (tmp_path / "manifest.csv").exists()


def test_a_run_can_go_on_from_a_shipped_bundle() -> None:
    folder = bundle_folder("mobilenet_v2_gru")
    stage = FrameStage(LARGER)
    stage.start_from(folder)
    shipped = read_weights(folder / "weights.npz", "encoder")
    for now, mean, before in zip(stage.encoder.get_weights(), stage.average, shipped, strict=True):
        np.testing.assert_array_equal(now, before)
        np.testing.assert_array_equal(mean, before)
    with pytest.raises(ValueError, match="another architecture"):
        FrameStage(CONFIG).start_from(folder)


def test_missing_frames_are_never_all_of_a_clip() -> None:
    mask = np.zeros((200, 10), bool)
    mask[:, 0] = True
    kept = _some_missing(mask, np.random.default_rng(0))
    assert kept.any(axis=1).all()
    assert not (kept & ~mask).any()


def test_the_learning_rate_goes_up_stays_and_comes_down() -> None:
    how = framed(learning_rate=1.0, warm_up_steps=10, cool_down_steps=20, steps=100)
    rates = [learning_rate(step, how.frame) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert all(rate == pytest.approx(1.0) for rate in rates[10:80])
    assert rates[-1] < 0.05
    assert all(later <= sooner for sooner, later in itertools.pairwise(rates[80:]))
