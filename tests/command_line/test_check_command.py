"""``python -m analysis check``: one answer for each file, in order, whatever the files are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import pytest

from analysis.__main__ import main
from analysis.commands import check
from tests.check_video.warmth_bundle import made_bundle

SAMPLES = Path(__file__).parents[2] / "analysis" / "samples"
KEYS = {
    "path", "verdict", "reason", "fake_probability", "tracks", "bundle", "seconds", "problem",
}  # fmt: skip


@pytest.fixture(autouse=True)
def quick_bundle(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Loads the made bundle and keeps count of the loads."""
    loads: list[str] = []

    def load(name: str) -> Any:
        loads.append(name)
        return made_bundle()

    monkeypatch.setattr(check, "load_bundle", load)
    return loads


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Named so that the order of names is not that of the verdicts."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, sample in (
        ("a.mp4", "blended.mp4"),
        ("b.jpg", "portrait.jpg"),
        ("c.mp4", "no-face.mp4"),
        ("d.mp4", "untouched.mp4"),
    ):
        shutil.copyfile(SAMPLES / sample, folder / name)
    (folder / "notes.txt").write_text("not a video")
    (folder / "deeper").mkdir()
    shutil.copyfile(SAMPLES / "portrait.jpg", folder / "deeper" / "e.jpg")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[str], str]:
    status = main(["check", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out.splitlines(), captured.err


def test_a_folders_results_belong_to_its_files(
    capsys: pytest.CaptureFixture[str], folder: Path, quick_bundle: list[str]
) -> None:
    status, lines, errors = run(capsys, folder, "--json")
    results = {Path(result["path"]).name: result for result in map(json.loads, lines)}

    assert list(results) == ["a.mp4", "b.jpg", "c.mp4", "d.mp4"]
    assert {name: (r["verdict"], r["reason"]) for name, r in results.items()} == {
        "a.mp4": ("likely_manipulated", None),
        "b.jpg": ("no_manipulation_found", None),
        "c.mp4": ("inconclusive", "no_face"),
        "d.mp4": ("no_manipulation_found", None),
    }
    assert status == 1
    assert errors == ""
    assert len(quick_bundle) == 1


def test_a_json_line_has_always_the_same_keys(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "broken.mp4").write_bytes(b"no video")
    _, lines, _ = run(capsys, folder / "d.mp4", folder / "c.mp4", folder / "broken.mp4", "--json")
    judged, faceless, broken = map(json.loads, lines)

    assert set(judged) == set(faceless) == set(broken) == KEYS
    assert judged["tracks"][0]["fake_probability"] == judged["fake_probability"]
    assert faceless["fake_probability"] is None
    assert (broken["verdict"], broken["problem"]["code"]) == (None, "content.corrupt")
    assert judged["bundle"] == "warmth-1"


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["d.mp4", "b.jpg"], 0),
        (["d.mp4", "a.mp4"], 1),
        (["d.mp4", "c.mp4"], 2),
        (["a.mp4", "missing.mp4"], 1),
        (["missing.mp4"], 2),
    ],
)
def test_the_exit_status_says_the_worst(
    capsys: pytest.CaptureFixture[str], folder: Path, names: list[str], status: int
) -> None:
    assert run(capsys, *(folder / name for name in names))[0] == status


def test_a_bad_file_is_answered_and_the_next_one_too(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    bad = folder / "bad.mp4"
    bad.write_bytes(bytes(5000))
    _, lines, _ = run(capsys, folder / "missing.mp4", bad, folder / "d.mp4")

    assert "There is no such file" in lines[0]
    assert "cannot be played" in lines[1]
    assert "no manipulation found" in lines[2]


def test_what_never_ends_is_refused_and_the_next_one_is_answered(tmp_path: Path) -> None:
    """In a process of its own: what goes on reading keeps no test run."""
    os.mkfifo(tmp_path / "pipe.mp4")
    named = ["/dev/zero", str(tmp_path / "pipe.mp4"), "", str(SAMPLES / "no-face.mp4")]
    ended = in_its_own_process("-m", "analysis", "check", *named, "--json")
    answers = map(json.loads, ended.stdout.splitlines())

    assert [a["reason"] or a["problem"]["code"] for a in answers] == [
        "input.no_plain_file",
        "input.no_plain_file",
        "input.no_such_file",
        "no_face",
    ], ended.stderr


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="no setpriv on this machine")
def test_what_may_not_be_read_is_not_called_damaged_and_ends_nothing(tmp_path: Path) -> None:
    """As the ``lost+found`` of a disk. Root may read everything until it lays that down."""
    for name in ("hidden.mp4", "seen.mp4"):
        shutil.copyfile(SAMPLES / "no-face.mp4", tmp_path / name)
    (tmp_path / "hidden.mp4").chmod(0)
    (tmp_path / "lost+found").mkdir(mode=0)
    rights = "-dac_override,-dac_read_search"
    humbly = ["setpriv", "--bounding-set", rights, "--inh-caps", rights]
    check_both = ["-m", "analysis", "check", "x" * 300, str(tmp_path), "--recursive", "--json"]
    ended = in_its_own_process(*check_both, started_by=humbly if os.geteuid() == 0 else [])
    answers = map(json.loads, ended.stdout.splitlines())

    assert [(Path(a["path"]).name[:10], a["reason"] or a["problem"]["code"]) for a in answers] == [
        ("x" * 10, "input.no_such_file"),
        ("hidden.mp4", "input.not_readable"),
        ("seen.mp4", "no_face"),
        ("lost+found", "input.not_readable"),
    ], ended.stderr
    assert ended.returncode == 2


def test_a_bug_over_one_file_does_not_end_the_run(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = check.check_video

    def faulty(path: Path, **given: Any) -> Any:
        if path.name == "b.jpg":
            raise RuntimeError("a bug")
        return real(path, **given)

    monkeypatch.setattr(check, "check_video", faulty)
    status, lines, errors = run(capsys, folder / "b.jpg", folder / "d.mp4", "--json")

    assert json.loads(lines[0])["problem"]["code"] == "service.internal"
    assert json.loads(lines[0])["verdict"] is None
    assert json.loads(lines[1])["verdict"] == "no_manipulation_found"
    assert "a bug" in errors
    assert status == 2
    _, [told], _ = run(capsys, folder / "b.jpg")
    assert "Standard error says what" in told
    assert "operator" not in told


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--limit", "2"], ["a.mp4", "b.jpg"]),
        (["--image-limit", "0", "--video-limit", "1"], ["a.mp4"]),
        (["--video-limit", "0"], ["b.jpg"]),
        (["--video-limit", "0", "--recursive"], ["b.jpg", "e.jpg"]),
    ],
)
def test_limits_choose_the_first_files(
    capsys: pytest.CaptureFixture[str], folder: Path, options: list[str], names: list[str]
) -> None:
    _, lines, _ = run(capsys, folder, "--json", *options)

    assert [Path(json.loads(line)["path"]).name for line in lines] == names


def test_a_folder_passes_over_nothing_that_can_be_judged(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As cameras and browsers name them."""
    with (
        av.open(str(SAMPLES / "blended.mp4")) as film,
        av.open(str(tmp_path / "0.MTS"), "w") as out,
    ):
        copy = out.add_stream_from_template(film.streams.video[0])
        for packet in film.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    shutil.copyfile(SAMPLES / "portrait.jpg", tmp_path / "1.jfif")
    shutil.copyfile(SAMPLES / "blended.mp4", tmp_path / "2.3g2")
    _, lines, _ = run(capsys, tmp_path, "--json")
    assert [(Path(a["path"]).name, a["verdict"]) for a in map(json.loads, lines)] == [
        ("0.MTS", "likely_manipulated"),
        ("1.jfif", "no_manipulation_found"),
        ("2.3g2", "likely_manipulated"),
    ]


def test_an_empty_folder_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, lines, errors = run(capsys, tmp_path)

    assert (status, lines) == (2, [])
    assert "nothing to look at" in errors


def test_faces_are_kept_each_file_in_its_own_folder(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    twin = tmp_path / "other" / "d.mp4"
    twin.parent.mkdir()
    shutil.copyfile(folder / "d.mp4", twin)
    _, lines, _ = run(capsys, folder / "d.mp4", twin, "--json", "--faces", tmp_path / "faces")

    used = json.loads(lines[0])["tracks"][0]["frames_used"]
    assert [len(list(own.iterdir())) for own in sorted((tmp_path / "faces").iterdir())] == [
        used,
        used,
    ]


def test_the_report_holds_everything_and_asks_for_nothing(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    hostile = folder / "<script>alert(1)<\\script>.mp4"
    shutil.copyfile(folder / "a.mp4", hostile)
    report = tmp_path / "report.html"
    run(capsys, hostile, folder / "c.mp4", folder / "missing.mp4", "--report", report)
    page = report.read_text()

    assert "Likely manipulated" in page
    assert "no face was found" in page
    assert "There is no such file" in page
    assert page.count("data:image/webp;base64,") >= 4
    assert "<polyline" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_report_tells_no_times_of_a_picture(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    run(capsys, SAMPLES / "portrait.jpg", "--report", report)
    page = re.sub(r"base64,[^\"]*", "", report.read_text())

    assert "pixels wide" in page and "<img" in page
    assert not re.findall(r"\d s\b|seconds|frames", page)


def test_a_name_cannot_speak_to_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, lines, _ = run(capsys, tmp_path / "a\x1b]0;owned\x07.mp4")

    assert "\x1b" not in lines[0]
    assert "\x07" not in lines[0]


@pytest.mark.parametrize("arguments", [[], ["check"], ["check", "--limit", "-1", "x"], ["judge"]])
def test_a_wrong_command_line_is_not_taken_for_a_verdict(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 64


def test_a_video_in_the_place_of_the_report_is_not_written_over(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """What the shell makes of ``--report *.mp4``."""
    before = (folder / "a.mp4").read_bytes()
    with pytest.raises(SystemExit) as ended:
        main(["check", "--report", *map(str, sorted(folder.glob("*.mp4")))])

    assert ended.value.code == 64
    assert "does not end with .html" in capsys.readouterr().err
    assert (folder / "a.mp4").read_bytes() == before


@pytest.mark.parametrize("place", ["a.mp4", "a.mp4/faces"])
def test_a_folder_of_faces_that_cannot_be_is_refused_before_anything_is_looked_at(
    capsys: pytest.CaptureFixture[str], folder: Path, quick_bundle: list[str], place: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", str(folder / "b.jpg"), "--faces", str(folder / place)])

    assert ended.value.code == 64
    assert "cannot be made" in capsys.readouterr().err
    assert quick_bundle == []


@pytest.mark.parametrize("place", ["nowhere/report.html", "folder.html"])
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_looked_at(
    capsys: pytest.CaptureFixture[str], folder: Path, quick_bundle: list[str], place: str
) -> None:
    (folder.parent / "folder.html").mkdir()
    with pytest.raises(SystemExit) as ended:
        main(["check", str(folder / "c.mp4"), "--report", str(folder.parent / place)])

    assert ended.value.code == 64
    assert "cannot be written" in capsys.readouterr().err
    assert quick_bundle == []


def test_a_run_that_breaks_is_not_taken_for_a_verdict(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(page: object, path: Path) -> None:
        raise OSError(f"no space left for {path.name}")

    monkeypatch.setattr(check.Page, "write", full)
    status, lines, errors = run(capsys, folder / "c.mp4", "--report", folder / "report.html")

    assert status == 70
    assert "inconclusive" in lines[0]
    assert "no space left for report.html" in errors


def test_a_python_without_what_is_needed_is_not_taken_for_a_verdict() -> None:
    ended = in_its_own_process("-S", "-m", "analysis", "check", str(SAMPLES / "no-face.mp4"))

    assert ended.returncode == 70
    assert "Activate the environment" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_name_that_the_terminal_cannot_write_ends_nothing(folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "analysis", "check", str(folder / "日本.mp4"), "x.mp4"],
        check=False,
        capture_output=True,
        cwd=SAMPLES.parents[1],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        timeout=300,
    )

    assert ended.returncode == 2, ended.stderr
    first, second = ended.stdout.decode("latin-1").splitlines()
    assert "\\u65e5\\u672c.mp4: could not be looked at" in first
    assert "x.mp4: could not be looked at" in second


def test_help_teaches_the_words_the_exit_status_and_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "--help"])
    text = capsys.readouterr().out

    assert ended.value.code == 0
    for word in ("inconclusive", "no proof", "exit status", "examples:", "--report FILE.html"):
        assert word in text


def test_a_link_that_is_none_is_a_problem_and_not_a_crash(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, lines, _ = run(capsys, "http://127.0.0.1/video.mp4", "HTTPS://127.0.0.1/v.mp4", "--json")

    assert [json.loads(line)["problem"]["code"] for line in lines] == ["link.blocked_address"] * 2


def test_the_shipped_bundle_judges_a_sample_from_a_shell() -> None:
    ended = in_its_own_process("-m", "analysis", "check", str(SAMPLES / "no-face.mp4"), "--json")

    assert ended.returncode == 2, ended.stderr
    assert json.loads(ended.stdout)["reason"] == "no_face"
    assert "\r" not in ended.stderr


def in_its_own_process(
    *words: str, started_by: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*started_by, sys.executable, *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=SAMPLES.parents[1],
        timeout=300,
    )
