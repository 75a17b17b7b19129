from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.training import train
from analysis.training.manifest import (
    LeakageError,
    ManifestError,
    Source,
    read_manifest,
    refuse_leakage,
    split_by_group,
    write_manifest,
)


def source(name: str, *, group: str = "", people: tuple[str, ...] = (), split: str = "") -> Source:
    return Source(
        file=name, set="s", label="real", group=group or name, identities=people, split=split
    )


def test_a_group_in_two_splits_is_refused() -> None:
    with pytest.raises(LeakageError, match="group g"):
        refuse_leakage(
            [source("a", group="g", split="train"), source("b", group="g", split="test")]
        )


def test_a_person_in_two_splits_is_refused() -> None:
    with pytest.raises(LeakageError, match="person ann"):
        refuse_leakage(
            [
                source("a", people=("ann",), split="train"),
                source("b", people=("bob", "ann"), split="test"),
            ]
        )


def test_who_shares_a_person_goes_to_the_same_side() -> None:
    chain = [source(f"v{n}", people=(f"p{n}", f"p{n + 1}")) for n in range(30)]
    alone = [source(f"w{n}", people=(f"q{n}",)) for n in range(200)]
    split = split_by_group(chain + alone, holdin=0.3, seed=1)
    assert len({s.split for s in split[:30]}) == 1
    held = sum(s.split == "holdin" for s in split[30:])
    assert 35 < held < 85


def test_more_data_moves_nothing_to_the_other_side() -> None:
    few = [source(f"v{n}") for n in range(50)]
    more = few + [source(f"x{n}") for n in range(50)]
    before = split_by_group(few, holdin=0.5, seed=3)
    after = split_by_group(more, holdin=0.5, seed=3)
    assert after[:50] == before


def test_a_persons_next_recording_moves_no_earlier_one() -> None:
    few = [source(f"v{n:02}", people=(f"p{n}",)) for n in range(50)]
    more = few + [source(f"a{n:02}", people=(f"p{n}",)) for n in range(50)]
    before = split_by_group(few, holdin=0.5, seed=3)
    assert split_by_group(more, holdin=0.5, seed=3)[:50] == before


def test_a_given_split_is_kept_and_spreads_to_the_same_person() -> None:
    given = [source("a", people=("ann",), split="test"), source("b", people=("ann",))]
    assert [s.split for s in split_by_group(given, holdin=0.0, seed=1)] == ["test", "test"]


def test_a_manifest_reads_back_as_it_was_written(tmp_path: Path) -> None:
    sources = [
        replace(source("a.mp4", people=("ann", "bob"), split="train"), manipulation="Face2Face"),
        replace(source("b.mp4"), region="left", label="fake"),
    ]
    write_manifest(tmp_path / "m.csv", sources)
    assert read_manifest(tmp_path / "m.csv") == sources


def test_a_note_can_name_the_half_of_the_picture(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(
        "file,set,label,group,split,note\n"
        "a.mp4,s,real,g,validation,crop=left; swap model m00; \n"
        "a.mp4,s,fake,g,validation,crop=right; swap model m00; \n"
    )
    left, right = read_manifest(tmp_path / "m.csv")
    assert (left.region, right.region) == ("left", "right")
    assert left.id != right.id


def test_a_manifest_that_a_spreadsheet_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(
        "file,set,label,group,identities\nä.mp4,s,real, g ,ann + bob\n", encoding="utf-8-sig"
    )
    (only,) = read_manifest(tmp_path / "m.csv")
    assert (only.file, only.group, only.identities) == ("ä.mp4", "g", ("ann", "bob"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na,real\n", "no column group"),
        ("file,label,group\na,true,g\n", "neither real nor fake"),
        ("file,label,group\na,real,\n", "no group"),
        ("file,label,group\na,real,g\na,real,g\n", "listed twice"),
        ("file,label,group\nb/a,real,g\n./b//a,fake,h\n", "listed twice"),
        ("file,label,group\na\n", "neither real nor fake"),
    ],
)
def test_a_manifest_that_cannot_be_right_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(ManifestError, match=message):
        read_manifest(tmp_path / "m.csv")


@pytest.mark.parametrize(
    "written",
    ["file,label,group\ncafé,real,g\n".encode("latin-1"), b"file,label,group\n\xff,real,g"],
)
def test_what_is_no_utf_8_is_said(written: bytes, tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(written)

    with pytest.raises(ManifestError, match=r"manifest\.csv: no CSV in UTF-8"):
        read_manifest(path)


@pytest.mark.parametrize("feeders", ["0", "-1", "two"])
def test_nothing_to_feed_with_is_refused(
    feeders: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--config", "c.toml", "--crops", "crops", "--run", "run"]
    monkeypatch.setattr("sys.argv", ["train", *where, "--feeders", feeders])
    with pytest.raises(SystemExit) as ended:
        train.main()

    assert ended.value.code == 2
    assert f"at least 1, not {feeders}" in capsys.readouterr().err
