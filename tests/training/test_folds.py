from __future__ import annotations

import sys
from pathlib import Path

import pytest

from analysis.training import folds
from analysis.training.manifest import Source, read_manifest, write_manifest


def talk(number: int, *, person: str, split: str = "train", of: str = "talks") -> Source:
    return Source(
        file=f"{of}{number}.mp4",
        set=of,
        label="real",
        group=f"{of}{number}",
        split=split,
        identities=(person,),
    )


def test_every_recording_is_left_out_once_and_stays_with_its_people() -> None:
    sources = [
        *(talk(n, person=f"person{n // 2}") for n in range(8)),
        talk(8, person="held", split="holdin"),
        talk(9, person="another", of="portraits"),
    ]
    made = folds.folds(sources, sets={"talks"}, count=3)
    left_out = [{s.file for s in fold if s.split == "test"} for fold in made]
    assert sorted(name for fold in left_out for name in fold) == [f"talks{n}.mp4" for n in range(8)]
    for fold in left_out:
        assert all(f"talks{int(name[5]) ^ 1}.mp4" in fold for name in fold)


def test_what_is_not_left_out_is_as_it_was() -> None:
    sources = [
        *(talk(n, person=f"p{n}") for n in range(4)),
        talk(8, person="held", split="holdin"),
        talk(9, person="another", of="portraits"),
    ]
    for fold in folds.folds(sources, sets={"talks"}, count=2):
        kept = [source for source in fold if source.split != "test"]
        assert len(kept) == 4
        assert set(kept) <= set(sources)


def test_the_command_writes_manifests_that_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(tmp_path / "m.csv", [talk(n, person=f"p{n}") for n in range(5)])
    argv = ["folds", "--manifest", tmp_path / "m.csv", "--sets", "talks", "--folds", "2"]
    monkeypatch.setattr(sys, "argv", [*map(str, argv), "--out", str(tmp_path / "folds")])
    folds.main()
    left_out = [
        [s.split for s in read_manifest(tmp_path / "folds" / f"{n}.csv")].count("test")
        for n in (1, 2)
    ]
    assert left_out == [3, 2]


@pytest.mark.parametrize("wrong", [["--sets", "tlaks"], ["--sets", "talks", "--folds", "1"]])
def test_what_would_leave_nothing_out_or_everything_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: list[str]
) -> None:
    write_manifest(tmp_path / "m.csv", [talk(n, person=f"p{n}") for n in range(5)])
    argv = ["folds", "--manifest", tmp_path / "m.csv", "--out", tmp_path / "folds", *wrong]
    monkeypatch.setattr(sys, "argv", list(map(str, argv)))
    with pytest.raises(SystemExit, match="2"):
        folds.main()
    assert not (tmp_path / "folds").exists()
