"""Look-alikes of how each public set lies on disk; the files are empty, only names count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.training.datasets import (
    LAYOUTS,
    read_celeb_df,
    read_dfdc,
    read_faceforensics,
    read_folders,
    read_review_cases,
)
from analysis.training.manifest import ManifestError, refuse_leakage, split_by_group


def touch(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


def test_dfdc_puts_a_fake_with_its_original_and_a_part_with_itself(tmp_path: Path) -> None:
    for part in (0, 1):
        folder = f"dfdc_train_part_{part}"
        touch(tmp_path, f"{folder}/a{part}.mp4", f"{folder}/b{part}.mp4")
        (tmp_path / folder / "metadata.json").write_text(
            json.dumps(
                {
                    f"a{part}.mp4": {"label": "REAL", "split": "train", "original": None},
                    f"b{part}.mp4": {"label": "FAKE", "split": "train", "original": f"a{part}.mp4"},
                    f"c{part}.mp4": {"label": "FAKE", "split": "train", "original": "gone.mp4"},
                }
            )
        )
    listing = read_dfdc(tmp_path)
    assert [(s.label, s.group) for s in listing.sources] == [
        ("real", "dfdc a0"),
        ("fake", "dfdc a0"),
        ("real", "dfdc a1"),
        ("fake", "dfdc a1"),
    ]
    assert listing.left_out == {"listed but not there": 2}
    split = split_by_group(listing.sources, holdin=0.5, seed=1)
    assert len({s.split for s in split[:2]}) == len({s.split for s in split[2:]}) == 1


def test_a_part_is_known_from_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = tmp_path / "dfdc_train_part_7"
    touch(part, "a.mp4", "b.mp4")
    (part / "metadata.json").write_text(
        json.dumps({name: {"label": "REAL", "split": "train"} for name in ("a.mp4", "b.mp4")})
    )
    monkeypatch.chdir(part)
    sources = read_dfdc(Path()).sources
    assert [(s.file, s.identities) for s in sources] == [
        ("a.mp4", ("dfdc part 7",)),
        ("b.mp4", ("dfdc part 7",)),
    ]


def test_the_dfdc_sample_has_no_parts(tmp_path: Path) -> None:
    touch(tmp_path, "train_sample_videos/x.mp4")
    (tmp_path / "train_sample_videos" / "metadata.json").write_text(
        json.dumps({"x.mp4": {"label": "FAKE", "split": "train", "original": "y.mp4"}})
    )
    (only,) = read_dfdc(tmp_path).sources
    assert (only.group, only.identities) == ("dfdc y", ())


def test_faceforensics_keeps_both_people_of_a_swap_on_one_side(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "original_sequences/youtube/c23/videos/000.mp4",
        "original_sequences/youtube/c23/videos/003.mp4",
        "manipulated_sequences/Deepfakes/c23/videos/000_003.mp4",
        "manipulated_sequences/NeuralTextures/c23/videos/003_000.mp4",
        "original_sequences/actors/c23/videos/01__walking.mp4",
        "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__walking__ABCD.mp4",
    )
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / "test.json").write_text(json.dumps([["000", "003"]]))
    sources = read_faceforensics(tmp_path).sources
    swap = next(s for s in sources if s.manipulation == "Deepfakes")
    assert (swap.label, swap.group, swap.identities) == ("fake", "ff 000", ("ff 000", "ff 003"))
    actors = next(s for s in sources if s.manipulation == "DeepFakeDetection")
    assert actors.identities == ("ff actor 01", "ff actor 02")
    split = split_by_group(sources, holdin=0.0, seed=1)
    assert {s.split for s in split if "actor" not in s.group} == {"test"}
    assert {s.split for s in split if "actor" in s.group} == {"train"}


def test_faceforensics_takes_no_mask_for_a_fake(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "original_sequences/youtube/raw/videos/000.mp4",
        "manipulated_sequences/Deepfakes/masks/videos/000_003.mp4",
        "manipulated_sequences/Deepfakes/c40/videos/000_003.mp4",
    )
    listing = read_faceforensics(tmp_path)
    assert {s.file.split("/")[2] for s in listing.sources} == {"raw", "c40"}
    assert listing.left_out == {"in masks, which is no compression": 1}


def test_celeb_df_leaves_out_whoever_is_tested(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "Celeb-real/id0_0000.mp4",
        "Celeb-real/id1_0000.mp4",
        "Celeb-real/id2_0000.mp4",
        "Celeb-synthesis/id0_id1_0000.mp4",
        "Celeb-synthesis/id2_id1_0000.mp4",
        "YouTube-real/00000.mp4",
    )
    (tmp_path / "List_of_testing_videos.txt").write_text(
        "1 Celeb-real/id0_0000.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n"
    )
    listing = read_celeb_df(tmp_path)
    left = {s.file: s.split for s in listing.sources}
    assert left == {
        "Celeb-real/id0_0000.mp4": "test",
        "Celeb-synthesis/id0_id1_0000.mp4": "test",
        "Celeb-real/id2_0000.mp4": "",
        "YouTube-real/00000.mp4": "",
    }
    assert listing.left_out == {
        "real, with a person of the test list": 1,
        "fake, with a person of the test list": 1,
    }
    refuse_leakage(split_by_group(listing.sources, holdin=0.5, seed=1))


def test_plain_folders_group_by_subfolder_or_name(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "real/ann/1.jpg",
        "real/ann/2.jpg",
        "real/solo.mp4",
        "fake/ann/3.jpg",
        "fake/notes.txt",
    )
    listing = read_folders(tmp_path)
    assert {(s.file, s.label, s.group) for s in listing.sources} == {
        ("real/ann/1.jpg", "real", "ann"),
        ("real/ann/2.jpg", "real", "ann"),
        ("real/solo.mp4", "real", "solo"),
        ("fake/ann/3.jpg", "fake", "ann"),
    }
    assert listing.left_out == {"not a picture or video": 1}


def test_decided_cases_teach_and_undecided_ones_do_not(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    cases = [
        {"file": "a.mp4", "decision": "likely_manipulated", "video": "aa"},
        {"file": "b.mp4", "decision": "no_manipulation_found", "video": "bb", "near": "aa"},
        {"file": "c.mp4", "decision": "inconclusive", "video": "cc"},
        {"file": "gone.mp4", "decision": "likely_manipulated", "video": "dd"},
    ]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    listing = read_review_cases(tmp_path)
    assert [(s.label, s.group) for s in listing.sources] == [
        ("fake", "video aa"),
        ("real", "video aa"),
    ]
    assert listing.left_out == {"decided inconclusive": 1, "video not kept": 1}


def test_a_copy_of_a_copy_stays_with_the_first(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    cases = [
        {"file": f"{name}.mp4", "decision": "likely_manipulated", "video": name, "near": near}
        for name, near in (("c", None), ("b", "c"), ("a", "b"))
    ]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    assert len({source.group for source in read_review_cases(tmp_path).sources}) == 1


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path, layout: str) -> None:
    with pytest.raises(ManifestError, match="looked for"):
        LAYOUTS[layout](tmp_path)
