from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.training import prepare as module
from analysis.training.crop_store import STORED_MARGIN, SourceCrops
from analysis.training.manifest import LeakageError, ManifestError, Source
from analysis.training.prepare import Outcome, prepare, prepare_source
from tests.media.clips import write_clip

from .conftest import FACES


def test_every_face_is_found_and_stored_with_room_around_it(
    crops: Path, sources: list[Source]
) -> None:
    for source in sources:
        stored = SourceCrops(crops / f"{source.id}.npz")
        assert len(stored) == 1
        crop = stored.crop(0)
        assert crop.image.shape == (crop.image.shape[0],) * 2 + (3,)
        # The box is higher than it is wide; the crop is STORED_MARGIN times the longer side.
        assert crop.face_width_px < crop.image.shape[0] / STORED_MARGIN
        assert crop.points.shape == (478, 2)


def test_stored_pictures_are_rgb(crops: Path, sources: list[Source]) -> None:
    middle = SourceCrops(crops / f"{sources[0].id}.npz").image(0)[120:200, 120:200]
    red, _, blue = middle.reshape(-1, 3).mean(axis=0)
    assert red > blue + 10  # skin, in the order in which skin is skin


def test_a_second_run_looks_at_nothing_again(
    tmp_path: Path, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare(sources[:2], root=FACES, out=tmp_path, landmarker=None, processes=1)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    monkeypatch.setattr(module, "prepare_source", _must_not_be_called)
    again = prepare(sources[:2], root=FACES, out=tmp_path, landmarker=None, processes=1)
    assert again == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")} == written


def _must_not_be_called(source: Source, **_: object) -> None:
    raise AssertionError(source.file)


def test_what_a_killed_run_said_half_of_or_not_at_all_is_counted(
    tmp_path: Path, sources: list[Source]
) -> None:
    first = prepare(sources[:3], root=FACES, out=tmp_path, landmarker=None, processes=1)
    log = tmp_path / "log.jsonl"
    said = [line for line in log.read_text().splitlines(keepends=True) if line.strip()]
    log.write_text(said[0] + said[1][:20])
    assert prepare(sources[:3], root=FACES, out=tmp_path, landmarker=None, processes=1) == first
    assert first["crops"] == 3


def test_a_source_is_in_the_log_before_the_next_is_looked_at(
    tmp_path: Path, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = []

    def look(source: Source, **how: Any) -> Outcome:
        logged.append((tmp_path / "log.jsonl").read_text().count('"id"'))
        return prepare_source(source, **how)

    monkeypatch.setattr(module, "prepare_source", look)
    prepare(sources[:3], root=FACES, out=tmp_path, landmarker=None, processes=1)
    assert logged == [0, 1, 2]


def test_it_counts_what_was_lost_and_why(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    shutil.copy(FACES / "person_1.jpg", files / "good.jpg")
    (files / "broken.jpg").write_bytes(b"not a picture")
    import cv2

    cv2.imwrite(str(files / "grey.png"), np.full((200, 200, 3), 128, np.uint8))
    sources = [
        Source(file=name, set="s", label="real", group=name, split="train")
        for name in ("good.jpg", "broken.jpg", "grey.png")
    ]
    counts = prepare(sources, root=files, out=tmp_path / "out", landmarker=None, processes=1)
    assert counts["crops"] == 1
    assert counts["sources_without_a_crop"] == 2
    assert counts["of_split"] == {"train": {"real": 3}}
    assert counts["frames_lost"] == {"unreadable (OSError)": 1, "no face": 1}
    assert json.loads((tmp_path / "out" / "counts.json").read_text()) == counts


def test_what_could_not_be_read_is_looked_at_again(tmp_path: Path, sources: list[Source]) -> None:
    files, out = tmp_path / "files", tmp_path / "out"
    files.mkdir()
    wrong = prepare(sources[:1], root=files, out=out, landmarker=None, processes=1)
    assert (wrong["crops"], wrong["sources_without_a_crop"]) == (0, 1)
    right = prepare(sources[:1], root=FACES, out=out, landmarker=None, processes=1)
    assert (right["crops"], right["sources_without_a_crop"]) == (1, 0)
    assert right["frames_lost"] == {}


@pytest.mark.parametrize(("rotation_deg", "mirrored"), [(90, False), (270, False), (0, True)])
def test_a_turned_video_is_taken_as_it_is_shown(
    tmp_path: Path, rotation_deg: int, mirrored: bool
) -> None:
    shown = np.zeros((96, 64, 3), np.uint8)
    shown[:32, :32] = 255
    stored = np.rot90(shown, k=-rotation_deg // 90)
    if mirrored:
        stored = stored[:, ::-1]
    path = tmp_path / "phone.mp4"
    write_clip(path, [stored] * 3, rotation_deg=rotation_deg, mirrored=mirrored)
    taken = [image for _, image in module.frames_of(path)]
    assert taken
    for image in taken:
        assert np.abs(image.astype(float) - shown).mean() < 8


def test_it_refuses_what_no_manifest_may_hold(tmp_path: Path, sources: list[Source]) -> None:
    with pytest.raises(ManifestError, match="listed twice"):
        prepare(2 * sources[:1], root=FACES, out=tmp_path, landmarker=None, processes=1)


def test_it_refuses_a_manifest_that_leaks(tmp_path: Path) -> None:
    leaking = [
        Source(file="a.jpg", set="s", label="real", group="one", split="train"),
        Source(file="b.jpg", set="s", label="fake", group="one", split="holdin"),
    ]
    with pytest.raises(LeakageError, match="group one"):
        prepare(leaking, root=tmp_path, out=tmp_path / "out", landmarker=None, processes=1)
    assert not (tmp_path / "out").exists()


def test_a_bad_manifest_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.csv").write_text("file,label,group\na.mp4,neither,g\n")
    where = ["--root", str(tmp_path), "--out", str(tmp_path / "out")]
    for name, said in (("m.csv", "neither real nor fake"), ("none.csv", "No such file")):
        with pytest.raises(SystemExit) as ended:
            module.main(["--manifest", str(tmp_path / name), *where])

        assert ended.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line


def test_what_else_it_cannot_be_given_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = tmp_path / "dfdc_train_part_0"
    part.mkdir()
    (part / "metadata.json").write_text('{"a.mp4": {"label": "FAKE"')  # half of it fetched
    manifest, other = tmp_path / "m.csv", tmp_path / "other.task"
    manifest.write_text("file,label,group\na.jpg,real,g\n")
    other.write_text("another file")
    listed = ["--manifest", str(manifest)]
    where = ["--root", str(tmp_path), "--out", str(tmp_path / "out")]
    for given, said in (
        (["--layout", "dfdc"], "metadata.json: Expecting"),
        ([*listed, "--landmarker", str(tmp_path / "none.task")], "No such file"),
        ([*listed, "--landmarker", str(other)], "is no face_landmarker .task file"),
        ([*listed, "--processes", "0"], "at least 1, not 0"),
    ):
        with pytest.raises(SystemExit) as ended:
            module.main([*given, *where])

        assert ended.value.code == 2
        assert said in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()
