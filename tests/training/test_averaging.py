"""Several runs become one whose weights are their mean."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from analysis.models.bundles import CARD_SCHEMA, bundle_folder
from analysis.models.export import from_run
from analysis.models.registry import architecture
from analysis.training import clip_stage
from analysis.training.average import average
from analysis.training.average import main as average_command
from analysis.training.learned import pictures_behind
from analysis.training.manifest import Source, write_manifest
from tests.training.small_run import CONFIG, write_config


def run_of(folder: Path, *, name: str = "meso4", seed: int, pictures: int = 32) -> Path:
    folder.mkdir()
    encoder = architecture(name).build_encoder(side_px=64, weights=None)
    rng = np.random.default_rng(seed)
    # Positive, since some are variances.
    encoder.set_weights(
        [0.1 + rng.random(size=w.shape).astype(np.float32) for w in encoder.get_weights()]
    )
    encoder.save_weights(folder / "frame.weights.h5")
    write_config(folder / "config.toml", structs.replace(CONFIG, architecture=name))
    (folder / "manifest.csv").write_text("file,set,label,group\n")
    (folder / "history.jsonl").write_text(json.dumps({"step": 4, "pictures": pictures}) + "\n")
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
    assert {name: of["pictures"] for name, of in said.items()} == {
        "run1": 100,
        "run2": 200,
        "run3": 300,
    }


def test_a_run_counts_by_its_share(tmp_path: Path) -> None:
    runs = [run_of(tmp_path / f"run{n}", seed=n) for n in (1, 2)]
    average(runs, tmp_path / "mean", shares=[1, 3])
    for mean, a, b in zip(*(weights_in(r) for r in (tmp_path / "mean", *runs)), strict=True):
        np.testing.assert_allclose(mean, 0.25 * a + 0.75 * b, atol=1e-6)
    said = json.loads((tmp_path / "mean" / "averaged.json").read_text())
    assert [of["share"] for of in said.values()] == [0.25, 0.75]


@pytest.mark.parametrize("shares", [[1.0], [1.0, 0.0], [2.0, -1.0], [float("nan"), 1.0]])
def test_shares_that_say_nothing_sensible_are_refused(tmp_path: Path, shares: list[float]) -> None:
    runs = [run_of(tmp_path / f"run{n}", seed=n) for n in (1, 2)]
    with pytest.raises(ValueError, match="shares"):
        average(runs, tmp_path / "mean", shares=shares)


@pytest.mark.parametrize("out", ["run2", "another"])
def test_no_run_is_overwritten_by_a_mean(tmp_path: Path, out: str) -> None:
    runs = [run_of(tmp_path / f"run{n}", seed=n) for n in (1, 2)]
    run_of(tmp_path / "another", seed=3)
    (tmp_path / "another" / "state.npz").touch()
    before = weights_in(tmp_path / out)
    with pytest.raises(ValueError, match="a run of its own"):
        average(runs, tmp_path / out)
    for now, then in zip(weights_in(tmp_path / out), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_mean_of_runs_gets_a_recurrent_head_of_its_own(
    crops: Path, sources: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [run_of(tmp_path / f"run{n}", seed=n) for n in (1, 2)]
    write_manifest(runs[-1] / "manifest.csv", sources)
    average(runs, tmp_path / "mean")
    argv = ["clip_stage", "--run", tmp_path / "mean", "--crops", crops]
    monkeypatch.setattr("sys.argv", [str(word) for word in argv])
    clip_stage.main()
    said = json.loads((tmp_path / "mean" / "clip.json").read_text())
    assert said["held_clips"] == 4
    assert (tmp_path / "mean" / "clip.weights.h5").stat().st_size

    features = np.random.default_rng(2).normal(size=(1, 6, 16)).astype(np.float32)
    seen = {"features": features, "mask": np.array([[True] * 5 + [False]])}
    joint, learned, mean = (
        float(from_run(tmp_path / "mean", clip=clip).clip_head(seen)["clip_logit"][0, 0])
        for clip in ("joint", "recurrent", "mean")
    )
    assert learned != mean
    assert from_run(tmp_path / "mean", clip="mean").recipe["last_step"] == 4
    assert joint == pytest.approx((learned + mean) / 2, abs=1e-5)


def test_a_mean_takes_over_no_clips_of_the_weights_that_lay_there_before(tmp_path: Path) -> None:
    runs = [run_of(tmp_path / f"run{n}", seed=n) for n in (1, 2)]
    mean = run_of(tmp_path / "mean", seed=3)
    for name in ("clip.json", "clip.weights.h5", "clips-train.npz", "clips-holdin.npz"):
        (mean / name).write_text('{"aggregation": "joint"}')
    average(runs, mean)
    assert not list(mean.glob("clip*"))
    assert from_run(mean, clip=None).clip == "mean"


def test_runs_of_two_architectures_are_refused(tmp_path: Path) -> None:
    runs = [
        run_of(tmp_path / "a", seed=1),
        run_of(tmp_path / "b", name="meso_inception4", seed=2),
    ]
    with pytest.raises(ValueError, match="one architecture"):
        average(runs, tmp_path / "mean")


def test_a_bundle_counts_beside_the_run_that_went_on_from_it(tmp_path: Path) -> None:
    bundle = tmp_path / "before"
    bundle.mkdir()
    first, later = run_of(tmp_path / "first", seed=1), run_of(tmp_path / "later", seed=2)
    kept = {f"encoder/{n:04}": weight for n, weight in enumerate(weights_in(first))}
    np.savez(bundle / "weights.npz", **kept)
    recipe = {"last_step": 7, "config": {"frame": {"pairs": 4}}}
    card = {"architecture": "meso4", "contract": {"side_px": 64}, "recipe": recipe}
    (bundle / "card.json").write_text(json.dumps({**card, "schema": CARD_SCHEMA}))
    average([bundle, later], tmp_path / "mean", shares=[1, 2])
    for mean, a, b in zip(*(weights_in(r) for r in (tmp_path / "mean", first, later)), strict=True):
        np.testing.assert_allclose(mean, (a + 2 * b) / 3, atol=1e-6)
    said = json.loads((tmp_path / "mean" / "averaged.json").read_text())
    assert said == {
        "before": {"share": 0.3333, "pictures": 56},
        "later": {"share": 0.6667, "pictures": 32},
    }
    assert pictures_behind(bundle_folder("meso4")) is None  # its authors do not say
    with pytest.raises(ValueError, match="last one must be a run"):
        average([later, bundle], tmp_path / "other")


def test_what_cannot_be_averaged_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of(tmp_path / "run", seed=1)
    argv = ["average", "--runs", run, "--shares", "1", "2", "--out", tmp_path / "mean"]
    monkeypatch.setattr("sys.argv", [str(word) for word in argv])
    with pytest.raises(SystemExit):
        average_command()
    assert "1 runs need as many shares above 0" in capsys.readouterr().err


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    runs = [run_of(tmp_path / "run", seed=1), run_of(tmp_path / "other" / "run", seed=2)]
    with pytest.raises(ValueError, match="one name"):
        average(runs, tmp_path / "mean")
