"""A run is what its configuration says, or it is refused before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins

from analysis.models.registry import ARCHITECTURES
from analysis.training import train
from analysis.training.config import as_config, read_config
from analysis.training.manifest import Source, write_manifest
from tests.training.small_run import CONFIG, write_config

SHIPPED = sorted((Path(train.__file__).parent / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_shipped_can_be_read(path: Path) -> None:
    assert read_config(path).architecture in ARCHITECTURES


@pytest.mark.parametrize(
    ("table", "name", "value", "message"),
    [
        ("frame", "steps", None, "missing required field `steps` - at `$.frame`"),
        ("frame", "step", 5, "unknown field `step` - at `$.frame`"),
        ("clip", "mirorred", True, "unknown field `mirorred` - at `$.clip`"),
        ("frame", "pairs", 0, "`int` >= 1 - at `$.frame.pairs`"),
        ("frame", "donor_share", 1.5, "`float` <= 1.0 - at `$.frame.donor_share`"),
        ("frame", "learning_rate", "fast", "Expected `float`, got `str`"),
        ("frame", "precision", "float8", "Invalid enum value 'float8'"),
        ("data", "shares", {}, "length >= 1"),
    ],
)
def test_what_is_missing_misspelt_or_impossible_is_refused_by_its_name(
    table: str, name: str, value: Any, message: str
) -> None:
    told = to_builtins(CONFIG)
    del told["distil"]
    told[table].pop(name, None)
    if value is not None:
        told[table][name] = value
    with pytest.raises(ValueError) as refused:
        as_config(told)
    assert message in str(refused.value)


def test_a_run_that_is_told_nonsense_says_so_in_one_line(
    crops: Path,
    sources: list[Source],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "c.toml"
    write_config(config, CONFIG)
    config.write_text(config.read_text().replace('"steps"', '"stepps"'))
    write_manifest(crops / "manifest.csv", sources)
    argv = ["train", "--config", config, "--crops", crops, "--run", tmp_path / "run"]
    monkeypatch.setattr("sys.argv", [str(word) for word in argv])
    with pytest.raises(SystemExit) as ended:
        train.main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith(f"train: {config}: Object contains unknown field `stepps`")
    assert not (tmp_path / "run").exists()
