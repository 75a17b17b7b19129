"""From a file to its Finding: who was seen, what each scored, and what a person can look at."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from analysis import check_video as checking
from analysis.check_video import Progress, ScoredCrop, check_video
from analysis.errors import Cancelled, VideoProblem
from analysis.faces.crop import Image
from analysis.finding import Finding, Outcome, Reason
from analysis.samples.make_samples import read_frames
from tests.check_video.warmth_bundle import WarmthRuntime, made_bundle
from tests.media.clips import write_clip

SAMPLES = Path(__file__).parents[2] / "analysis" / "samples"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Finding, Path]]:
    """Every sample, looked at once."""
    found = {}
    for sample in ("untouched.mp4", "blended.mp4", "two-people.mp4", "dark.mp4", "no-face.mp4"):
        evidence = tmp_path_factory.mktemp("evidence")
        found[sample] = (
            check_video(SAMPLES / sample, bundle=made_bundle(), evidence=evidence),
            evidence,
        )
    return found


Findings = dict[str, tuple[Finding, Path]]


def test_an_untouched_face_has_no_manipulation_found(findings: Findings) -> None:
    finding, _ = findings["untouched.mp4"]

    assert finding.outcome is Outcome.NO_MANIPULATION_FOUND
    assert finding.reason is None
    assert len(finding.tracks) == 1
    assert finding.tracks[0].frames_used >= 10


def test_a_blended_face_is_likely_manipulated_and_the_stretch_is_marked(findings: Findings) -> None:
    finding, _ = findings["blended.mp4"]

    assert finding.outcome is Outcome.LIKELY_MANIPULATED
    (track,) = finding.tracks
    assert track.fake_probability == finding.fake_probability
    (stretch,) = track.suspicious
    assert stretch.start_s <= 1 and stretch.end_s >= 2


def test_a_short_insert_in_a_long_video_is_not_cleared(tmp_path: Path) -> None:
    untouched, blended = (read_frames(SAMPLES / f"{name}.mp4") for name in ("untouched", "blended"))
    path = tmp_path / "insert.mp4"
    write_clip(path, untouched * 6 + blended * 2 + untouched * 6, options={"preset": "ultrafast"})
    finding = check_video(path, bundle=made_bundle(), evidence=tmp_path)

    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, Reason.ONE_STRETCH)


@pytest.mark.parametrize(
    ("red", "outcome", "reason"),
    [
        (0.7, Outcome.NO_MANIPULATION_FOUND, None),
        (1.4, Outcome.INCONCLUSIVE, Reason.ONE_STRETCH),
    ],
)
def test_somebody_who_shows_for_a_moment_is_looked_at_before_a_video_is_cleared(
    tmp_path: Path, red: float, outcome: Outcome, reason: Reason | None
) -> None:
    path = _with_a_moment(tmp_path, red)
    finding = check_video(path, bundle=made_bundle(min_frames=6), evidence=tmp_path)

    assert [track.reason for track in finding.tracks] == [None, Reason.TOO_SHORT]
    assert [bool(track.suspicious) for track in finding.tracks] == [False, reason is not None]
    assert (finding.outcome, finding.reason) == (outcome, reason)


def test_nobody_who_stands_out_is_dropped_for_those_who_show_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An audience of a dozen faces, each too small to be judged, hid whoever came after it."""
    monkeypatch.setattr(checking, "MOST_TRACKS", 1)
    path = _with_a_moment(tmp_path, red=1.4)
    finding = check_video(path, bundle=made_bundle(min_frames=6), evidence=tmp_path)

    assert [bool(track.suspicious) for track in finding.tracks] == [False, True]
    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, Reason.ONE_STRETCH)


def _with_a_moment(folder: Path, red: float) -> Path:
    one = read_frames(SAMPLES / "untouched.mp4")
    other = [_right_half(frame, red) for frame in read_frames(SAMPLES / "two-people.mp4")]
    return write_clip(
        folder / "moment.mp4", one * 2 + other[:40] + one * 2, options={"preset": "ultrafast"}
    )


def _right_half(frame: Image, red: float) -> Image:
    """Of two people, in the size of a video of one; the more red, the warmer the face."""
    half = cv2.copyMakeBorder(frame[:, 240:], 0, 0, 60, 60, cv2.BORDER_REPLICATE)
    return np.asarray((half * [red, 1.0, 1.0]).clip(0, 255), np.uint8)


def test_one_frame_is_worth_as_much_in_a_video_as_in_a_picture(tmp_path: Path) -> None:
    frame = read_frames(SAMPLES / "blended.mp4")[30]
    picture, video = tmp_path / "one.png", tmp_path / "one.mkv"
    cv2.imwrite(str(picture), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    write_clip(video, [frame], codec="ffv1", pix_fmt="bgr0")

    asked = (
        check_video(file, bundle=made_bundle(), evidence=tmp_path) for file in (picture, video)
    )
    as_picture, as_video = (finding.fake_probability for finding in asked)
    assert as_picture == as_video is not None


def test_people_in_a_slideshow_of_one_frame_each_are_not_taken_for_one(tmp_path: Path) -> None:
    frame = read_frames(SAMPLES / "two-people.mp4")[0]
    left, right = np.hsplit(frame, 2)
    slides = tmp_path / "slides.mp4"
    write_clip(slides, [left, right, left, right, right], times_s=[0, 5, 10, 15, 19.9])
    finding = check_video(slides, bundle=made_bundle(), evidence=tmp_path)

    assert len(finding.tracks) == 2
    assert finding.counts.faces_seen == 12


def test_no_face_is_inconclusive_and_never_a_score(findings: Findings) -> None:
    finding, _ = findings["no-face.mp4"]

    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, Reason.NO_FACE)
    assert finding.fake_probability is None
    assert finding.tracks == ()


def test_a_face_in_the_dark_is_found_and_not_judged(findings: Findings) -> None:
    finding, _ = findings["dark.mp4"]

    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, Reason.TOO_DARK)
    (track,) = finding.tracks
    assert track.frames_seen >= 10
    assert (track.fake_probability, track.timeline, track.heat_maps) == (None, (), ())
    assert track.strip


def test_two_people_have_a_track_and_a_score_each(findings: Findings) -> None:
    finding, _ = findings["two-people.mp4"]

    first, second = finding.tracks
    assert first.fake_probability != second.fake_probability
    assert finding.fake_probability == max(track.fake_probability or 0 for track in (first, second))
    assert {_side(first), _side(second)} == {"left", "right"}


def _side(track: object) -> str:
    boxes = [score.box for score in track.timeline]  # type: ignore[attr-defined]
    if all(box.right < 0.5 for box in boxes):
        return "left"
    return "right" if all(box.left > 0.5 for box in boxes) else "both"


def test_every_picture_of_the_finding_is_there_as_small_webp(findings: Findings) -> None:
    finding, evidence = findings["two-people.mp4"]

    named = [p for track in finding.tracks for p in (*track.strip, *track.heat_maps)]
    assert named
    assert {path.name for path in evidence.iterdir()} == {picture.name for picture in named}
    for picture in named:
        content = (evidence / picture.name).read_bytes()
        assert content[8:12] == b"WEBP"
        assert len(content) < 20_000
        image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
        assert image.shape[:2] == (picture.height_px, picture.width_px)


def test_pictures_keep_their_colours(findings: Findings) -> None:
    finding, evidence = findings["blended.mp4"]
    content = (evidence / finding.tracks[0].strip[0].name).read_bytes()
    bgr = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)

    blue, _, red = bgr[60:120, 50:110].reshape(-1, 3).mean(axis=0)
    assert red > 1.3 * blue


def test_the_same_file_gives_the_same_document_twice_and_survives_json(
    findings: Findings, tmp_path: Path
) -> None:
    first, _ = findings["two-people.mp4"]
    second = check_video(SAMPLES / "two-people.mp4", bundle=made_bundle(), evidence=tmp_path)

    text = json.dumps(first.to_document(), sort_keys=True)
    assert text == json.dumps(second.to_document(), sort_keys=True)
    assert Finding.from_document(json.loads(text)) == first


def test_times_and_boxes_lie_inside_the_video(findings: Findings) -> None:
    for finding, _ in findings.values():
        for track in finding.tracks:
            assert 0 <= track.first_seen_s <= track.last_seen_s <= (finding.media.duration_s or 0)
            times = [score.at_s for score in track.timeline]
            assert times == sorted(set(times))
            for box in (score.box for score in track.timeline):
                assert 0 <= box.left < box.right <= 1
                assert 0 <= box.top < box.bottom <= 1


def test_a_picture_is_judged_by_its_one_frame(tmp_path: Path) -> None:
    finding = check_video(SAMPLES / "portrait.jpg", bundle=made_bundle(), evidence=tmp_path)

    assert finding.media.kind == "picture"
    (track,) = finding.tracks
    assert (track.frames_seen, track.frames_used) == (1, 1)
    assert track.fake_probability == track.timeline[0].fake_probability


def test_a_face_in_a_long_screenshot_is_judged(tmp_path: Path) -> None:
    frame = read_frames(SAMPLES / "untouched.mp4")[20]
    page = np.full((10_000, frame.shape[1] * 2, 3), 255, dtype=np.uint8)
    page[400 : 400 + 2 * frame.shape[0]] = cv2.resize(frame, None, fx=2, fy=2)
    path = tmp_path / "screenshot.png"
    cv2.imwrite(str(path), cv2.cvtColor(page, cv2.COLOR_RGB2BGR))

    (track,) = check_video(path, bundle=made_bundle(), evidence=tmp_path).tracks
    assert track.reason is None


@pytest.mark.parametrize(
    ("thresholds", "reason"),
    [
        ({"min_face_px": 150.0}, Reason.FACE_TOO_SMALL),
        ({"min_sharpness": 90.0}, Reason.TOO_BLURRED),
        ({"min_frames": 13}, Reason.TOO_SHORT),
        ({"likely_manipulated_at": 1.1, "no_manipulation_below": 0.0}, Reason.BORDERLINE),
    ],
)
def test_what_the_bundle_asks_for_decides(
    tmp_path: Path, thresholds: dict[str, float], reason: Reason | None
) -> None:
    finding = check_video(
        SAMPLES / "untouched.mp4", bundle=made_bundle(**thresholds), evidence=tmp_path
    )

    assert finding.reason is reason


@pytest.mark.parametrize("name", ["close.png", "close.mp4"])
def test_a_face_that_fills_more_than_the_picture_is_cut_off_and_not_too_short(
    tmp_path: Path, name: str
) -> None:
    frames = [frame[104:272, 130:250] for frame in read_frames(SAMPLES / "untouched.mp4")]
    path = tmp_path / name
    if name.endswith("png"):
        cv2.imwrite(str(path), cv2.cvtColor(frames[20], cv2.COLOR_RGB2BGR))
    else:
        write_clip(path, frames)
    finding = check_video(path, bundle=made_bundle(), evidence=tmp_path)

    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, Reason.CUT_OFF)


def test_a_face_seen_too_briefly_is_not_judged(tmp_path: Path) -> None:
    faces, none = read_frames(SAMPLES / "untouched.mp4"), read_frames(SAMPLES / "no-face.mp4")
    path = write_clip(tmp_path / "brief.mp4", none[:50] + faces[:15] + none[:50])
    finding = check_video(path, bundle=made_bundle(min_frames=9), evidence=tmp_path)

    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, Reason.TOO_SHORT)
    assert finding.fake_probability is None


def test_each_face_is_encoded_once(tmp_path: Path) -> None:
    bundle = made_bundle()
    finding = check_video(SAMPLES / "two-people.mp4", bundle=bundle, evidence=tmp_path)

    runtime = bundle._runtime
    assert isinstance(runtime, WarmthRuntime)
    assert runtime.faces_scored == finding.counts.faces_used


def crowd(number: int) -> list[Image]:
    """Frames with as many untouched people, and in the last place a smaller one who was altered."""
    untouched, blended = (
        read_frames(SAMPLES / name)[:36] for name in ("untouched.mp4", "blended.mp4")
    )
    frames = []
    for one, other in zip(untouched, blended, strict=True):
        last = np.zeros_like(one)
        small = cv2.resize(other, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
        last[: small.shape[0], : small.shape[1]] = small
        places = [one] * number + [last] + [np.zeros_like(one)] * (-(number + 1) % 4)
        rows = [np.hstack(places[start : start + 4]) for start in range(0, len(places), 4)]
        frames.append(np.vstack(rows))
    return frames


def test_the_smallest_face_of_a_picture_is_judged_too(tmp_path: Path) -> None:
    path = tmp_path / "group.png"
    cv2.imwrite(str(path), cv2.cvtColor(crowd(9)[20], cv2.COLOR_RGB2BGR))
    finding = check_video(path, bundle=made_bundle(), evidence=tmp_path)

    assert finding.outcome is Outcome.LIKELY_MANIPULATED
    assert len(finding.tracks) == 10
    assert all(track.reason is None for track in finding.tracks)


def test_in_a_crowd_each_face_has_its_turn_and_each_frame_costs_no_more(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "crowd.mp4", crowd(7))
    finding = check_video(path, bundle=made_bundle(), evidence=tmp_path)

    assert finding.outcome is Outcome.LIKELY_MANIPULATED
    assert len(finding.tracks) == 8
    assert all(track.frames_used >= 4 for track in finding.tracks)
    assert finding.counts.faces_used == 12 * checking.MOST_FACES_A_FRAME


def test_a_face_that_never_had_its_turn_is_not_cleared_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MOST_FACES_A_FRAME", 1)
    bundle = made_bundle(min_frames=5, likely_manipulated_at=1.1, no_manipulation_below=1.0)
    finding = check_video(SAMPLES / "two-people.mp4", bundle=bundle, evidence=tmp_path)

    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, Reason.TOO_MANY_FACES)
    assert {track.reason for track in finding.tracks} == {None, Reason.TOO_MANY_FACES}


def test_nobody_who_was_judged_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MOST_TRACKS", 1)
    finding = check_video(SAMPLES / "two-people.mp4", bundle=made_bundle(), evidence=tmp_path)

    assert len(finding.tracks) == 2


def test_the_crops_handed_out_are_those_that_were_scored(tmp_path: Path) -> None:
    crops: list[ScoredCrop] = []
    finding = check_video(
        SAMPLES / "untouched.mp4",
        bundle=made_bundle(),
        evidence=tmp_path,
        on_crop=crops.append,
    )

    timeline = finding.tracks[0].timeline
    assert [crop.at_s for crop in crops] == [score.at_s for score in timeline]
    scores = made_bundle().score_faces(np.stack([crop.image for crop in crops])).frame_logits
    again = made_bundle().calibration.frame.probabilities(scores)
    assert [score.fake_probability for score in timeline] == pytest.approx(again, abs=1e-4)


def test_a_file_that_broke_off_is_judged_by_what_is_left_of_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "half.mkv", read_frames(SAMPLES / "untouched.mp4") * 4)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 8])
    finding = check_video(path, bundle=made_bundle(min_frames=9), evidence=tmp_path)

    assert finding.outcome is Outcome.NO_MANIPULATION_FOUND
    assert 3 < (finding.media.duration_s or 0) < 6
    times = [score.at_s for score in finding.tracks[0].timeline]
    assert len(times) == 12
    assert times == sorted(set(times))
    seconds = [int(frame.at_s) for frame in finding.fingerprint.pdq]
    assert seconds == sorted(set(seconds))


def test_a_broken_file_is_a_problem_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes((SAMPLES / "untouched.mp4").read_bytes()[:3000])
    evidence = tmp_path / "evidence"
    evidence.mkdir()

    with pytest.raises(VideoProblem) as met:
        check_video(path, bundle=made_bundle(), evidence=evidence)
    assert met.value.code == "content.corrupt"
    assert list(evidence.iterdir()) == []


def test_progress_moves_forward_and_can_stop_everything(tmp_path: Path) -> None:
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 2:
            raise Cancelled

    before = threading.active_count()
    with pytest.raises(Cancelled):
        check_video(
            SAMPLES / "untouched.mp4", bundle=made_bundle(), evidence=tmp_path, on_progress=stop
        )
    assert threading.active_count() == before
    assert seen[0].fraction < seen[1].fraction
    assert list(tmp_path.iterdir()) == []
