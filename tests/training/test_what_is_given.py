"""What a program of the laboratory was given and cannot use is said in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.evaluation import calibrate, fresh_fakes, harmless_edits, single_differences
from analysis.models import export
from analysis.training import average, clip_stage, examples, folds, monitor, prepare, redraw, train
from tests.training.small_run import CONFIG, write_config

NO_MANIFEST = "file,label,group\na.jpg,genuine,g\n"
CROPS = ("--crops", "given")
ROOT = ("--root", "given")


@pytest.mark.parametrize(
    ("program", "argv", "said"),
    [
        (train.main, (*CROPS, "--config", "c.toml", "--run", "r"), "genuine"),
        (train.main, (*CROPS, "--config", "none.toml", "--run", "r"), "No such file"),
        (folds.main, ("--manifest", "given/manifest.csv", "--sets", "s", "--out", "o"), "genuine"),
        (clip_stage.main, (*CROPS, "--run", "given"), "genuine"),
        (monitor.main, (*CROPS, "--run", "none"), "No such file"),
        (examples.main, (*CROPS, "--out", "o"), "genuine"),
        (examples.main, (*CROPS, "--out", "o", "--pairs", "0"), "at least 1, not 0"),
        (redraw.main, CROPS, "genuine"),
        (
            prepare.main,
            ("--layout", "folders", "--root", "none", "--out", "o"),
            "none is no folder",
        ),
        (prepare.main, ("--manifest", "given/manifest.csv", *ROOT, "--out", "o"), "genuine"),
        (average.main, ("--runs", "none", "--out", "o"), "No such file"),
        (fresh_fakes.main, (*CROPS, "--bundle", "none", "--out", "o"), "no bundle"),
        (fresh_fakes.main, (*CROPS, "--bundle", "meso4", "--out", "o"), "genuine"),
        (fresh_fakes.main, (*CROPS, "--bundle", "b", "--out", "o", "--clips", "0"), "at least 1"),
        (harmless_edits.main, (*CROPS, "--bundle", "meso4"), "genuine"),
        (single_differences.main, (*CROPS, "--bundle", "none"), "no bundle"),
        (
            calibrate.main,
            ("--bundle", "meso4", "--manifest", "given/manifest.csv", "--root", "."),
            "genuine",
        ),
        (export.main, ("--run", "none", "--out", "o"), "No such file"),
    ],
)
def test_it_is_said_in_one_line(
    program: Callable[[], Any],
    argv: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "manifest.csv").write_text(NO_MANIFEST)
    write_config(tmp_path / "c.toml", CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["program", *argv])
    with pytest.raises(SystemExit) as ended:
        program()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "o").exists()


def test_a_backend_that_cannot_export_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(SystemExit, match="2"):
        export.main(["--run", "r", "--out", "o"])
    assert "KERAS_BACKEND=tensorflow" in capsys.readouterr().err
