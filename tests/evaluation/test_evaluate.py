"""From a manifest and a folder of videos to figures, with the pipeline that serves."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from analysis.check_video import check_video
from analysis.evaluation import calibrate, evaluate, observe
from analysis.evaluation.degrade import ALL
from analysis.evaluation.footage import footage_of
from analysis.evaluation.observation import read_observations
from analysis.evaluation.observe import see
from analysis.explain import Shown
from analysis.finding import Outcome, Reason, Stretch, Track
from analysis.models.bundles import BUNDLES, Thresholds, load_bundle
from analysis.training.manifest import Source
from tests.media.clips import write_clip
from tests.models.untaught_bundle import make_bundle

FACES = sorted((BUNDLES / "golden_faces").glob("*.png"))
SAMPLES = Path(__file__).parents[2] / "analysis" / "samples"
WIDTH, HEIGHT = 320, 288


def frame_with(face: Path | None, *, shift: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    image = np.full((HEIGHT, WIDTH, 3), 150, dtype=np.uint8)
    image[:] = (image + random.integers(-6, 6, image.shape)).astype(np.uint8)
    if face:
        picture = cv2.imread(str(face), cv2.IMREAD_COLOR_RGB)
        image[40:232, 60 + shift : 252 + shift] = picture
    return image


def write_video(path: Path, frames) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "18"})
        stream.pix_fmt = "yuv420p"
        stream.height, stream.width = frames[0].shape[:2]
        for image in frames:
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


@pytest.fixture(scope="module")
def bundle_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "small"
    make_bundle(folder, "mobilenet_v2_gru", side_px=64, frames=4)
    return folder


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    """Two pairs side by side, one video without a face, one broken file, one missing."""
    root = tmp_path_factory.mktemp("footage")
    for number in (0, 1):
        write_video(
            root / f"pair{number}.mp4",
            [
                np.concatenate(
                    [
                        frame_with(FACES[2 * number], shift=t, seed=t),
                        frame_with(FACES[2 * number + 1], shift=-t, seed=t + 99),
                    ],
                    axis=1,
                )
                for t in range(16)
            ],
        )
    write_video(root / "empty.mp4", [frame_with(None, shift=0, seed=t) for t in range(12)])
    (root / "broken.mp4").write_bytes(b"not a video")
    rows = [
        {"file": f"pair{n}.mp4", "set": "drawn", "label": label, "group": f"p{n}",
         "split": "validation", "note": f"crop={side}; swap model m{n}; "}
        for n in (0, 1)
        for label, side in (("real", "left"), ("fake", "right"))
    ]  # fmt: skip
    rows += [
        {"file": name, "set": "odd", "label": "real", "group": name, "split": "", "note": ""}
        for name in ("empty.mp4", "broken.mp4", "missing.mp4")
    ]
    with (root / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", "set", "label", "group", "split", "note"])
        writer.writeheader()
        writer.writerows(rows)
    return root


def arguments(footage, bundle_folder, tmp_path, *more):
    return [
        *("--bundle", str(bundle_folder), "--manifest", str(footage / "manifest.csv")),
        *("--root", str(footage), "--cache", str(footage / "cache"), "--threads", "1"),
        *more,
    ]


def evaluated(footage, bundle_folder, out, *more):
    argv = arguments(footage, bundle_folder, out, "--out", str(out), *more)
    assert evaluate.main(argv) == 0
    return json.loads((out / "summary.json").read_text())


def test_it_counts_what_could_not_be_judged_and_never_scores_it(
    footage, bundle_folder, tmp_path, capsys
):
    summary = evaluated(footage, bundle_folder, tmp_path)
    assert summary["rows"] == {"real": 5, "fake": 2}
    assert summary["coverage"]["scored"] == pytest.approx(4 / 7)
    why = summary["coverage"]["why"]
    assert why["no_face"] == 1
    assert why["failed: content.corrupt"] == 2
    assert summary["at_thresholds"]["confusion"]["real"]["failed"] == 2
    assert summary["video"]["shipped"]["n"] == 4
    assert summary["video"]["shipped"]["fake_above_its_real"]["groups"] == 2
    assert set(summary["by_manipulation"]) == {"m0", "m1"}
    printed = capsys.readouterr().out
    assert "blurriness alone" in printed
    assert "(chance alone: 0." in printed
    assert "failed: content.corrupt 2" in printed
    report = (tmp_path / "report.html").read_text()
    assert report.count("<svg") == 3
    assert "http://" not in report.replace("http://www.w3.org", "")


def test_doing_it_again_gives_the_same_numbers_with_and_without_the_cache(
    footage, bundle_folder, tmp_path
):
    runs = [
        evaluated(footage, bundle_folder, tmp_path / "a"),
        evaluated(footage, bundle_folder, tmp_path / "b"),
        evaluated(footage, bundle_folder, tmp_path / "c", "--fresh"),
    ]
    for run in runs:
        del run["speed"]
    assert runs[0] == runs[1] == runs[2]


def test_what_it_scores_is_what_the_service_says(footage, bundle_folder, tmp_path):
    evaluated(footage, bundle_folder, tmp_path / "out")
    observations = read_observations(tmp_path / "out" / "observations.jsonl")
    bundle = load_bundle(bundle_folder, threads=1)
    halves = sorted((footage / "cache" / "footage").glob("pair*as_is*.mp4"))
    assert len(halves) == 4
    for half in halves:
        told = next(o for o in observations if half.name.startswith(o.id))
        evidence = tmp_path / half.stem
        evidence.mkdir()
        finding = check_video(half, bundle=bundle, evidence=evidence)
        assert finding.fake_probability == pytest.approx(told.fake_probability, abs=2e-4)
        assert finding.outcome == told.outcome


def test_a_long_video_that_a_face_leaves_is_scored_as_the_service_does(tmp_path):
    make_bundle(tmp_path / "small", "mobilenet_v2_gru", side_px=64, frames=8)
    bundle = load_bundle(tmp_path / "small", threads=1)
    here, gone = (
        [frame_with(face, shift=t % 9, seed=t) for t in range(80)] for face in (FACES[0], None)
    )
    write_clip(tmp_path / "long.mp4", [*here, *gone, *here, *here], rate=10)
    finding = check_video(tmp_path / "long.mp4", bundle=bundle, evidence=tmp_path)
    assert [track.frames_used for track in finding.tracks] == [12], "one window of four is without"
    for _ in range(2):  # looked at, and from the cache
        told, _ = observe.observe(
            Source(file="long.mp4", set="s", label="real", group="g"),
            bundle=bundle,
            root=tmp_path,
            degradation=None,
            cache=tmp_path / "cache",
        )
        assert told.fake_probability == finding.fake_probability


def test_both_runtimes_give_the_same_figures(footage, bundle_folder, tmp_path):
    ours = evaluated(footage, bundle_folder, tmp_path / "a")
    reference = evaluated(footage, bundle_folder, tmp_path / "b", "--runtime", "tensorflow")
    assert ours["video"]["shipped"]["auc"] == reference["video"]["shipped"]["auc"]
    a, b = (read_observations(tmp_path / n / "observations.jsonl") for n in "ab")
    for first, second in zip(a, b, strict=True):
        assert first.outcome == second.outcome
        if first.logit is not None:
            assert first.logit == pytest.approx(second.logit, abs=2e-3)


def test_a_mistake_shows_the_face_that_was_judged_not_the_one_seen_longest(monkeypatch):
    def track(number):
        return Track(number, 0.0, 1.0, 9, 9, 120.0, 0.5, None, (), (), (), ())

    def fewest_are_worst(track, *, seen, **_):
        count = len(seen.crops[track])
        return observe._Scored(1 / count, -float(count), (0.0,) * count, ())

    monkeypatch.setattr(observe, "_score", fewest_are_worst)
    finding = SimpleNamespace(tracks=(track(1), track(2)))
    crops = {
        number: np.full((number % 2 * 4 + 2, 64, 64, 3), number, np.uint8) for number in (1, 2)
    }
    seen = observe.Seen(finding, crops, {}, {}, {}, None, 1.0, looked_now=True)
    observation = observe.judge(
        seen,
        source=Source(file="two.mp4", set="s", label="fake", group="two"),
        degradation="as_is",
        bundle=SimpleNamespace(thresholds=Thresholds(0.9, 0.1, 1.0, 2, 40.0, 20.0, 1.0)),
    )
    assert observation.track == 2
    (mistake,) = evaluate._mistake(observation, seen)
    assert (mistake.faces == 2).all()


@pytest.mark.parametrize(
    ("of_the_second_window", "told"),
    [(0.05, ("no_manipulation_found", None)), (0.95, ("inconclusive", "one_stretch"))],
)
def test_stretches_are_of_the_bundle_that_judges(monkeypatch, of_the_second_window, told):
    crop, heat = np.zeros((64, 64, 3), np.uint8), np.zeros((2, 2), np.float32)
    shown = tuple(
        Shown(window, float(window), crop, probability, heat)
        for window, probability in ((0, 0.05), (1, of_the_second_window))
    )
    scored = observe._Scored(0.05, -3.0, (-3.0,), shown)
    monkeypatch.setattr(observe, "_score", lambda *_, **__: scored)
    marked_by_another = (Stretch(0.0, 1.0),)
    track = Track(1, 0.0, 1.0, 9, 9, 120.0, 0.5, None, (), marked_by_another, (), ())
    seen = observe.Seen(
        SimpleNamespace(tracks=(track,)),
        {1: np.stack([crop] * 2)},
        {},
        {},
        {},
        None,
        1.0,
        looked_now=True,
    )
    observation = observe.judge(
        seen,
        source=Source(file="one.mp4", set="s", label="fake", group="one"),
        degradation="as_is",
        bundle=SimpleNamespace(thresholds=Thresholds(0.9, 0.1, 1.0, 2, 40.0, 20.0, 1.0)),
    )
    assert (observation.outcome, observation.reason) == told


def test_a_glimpsed_face_is_asked_about_as_in_the_service(monkeypatch):
    crop, heat = np.zeros((64, 64, 3), np.uint8), np.zeros((2, 2), np.float32)

    def scored(track, **_):
        probability = {1: 0.05, 2: 0.99}[track]
        return observe._Scored(probability, 0.0, (0.0,), (Shown(0, 0.0, crop, probability, heat),))

    monkeypatch.setattr(observe, "_score", scored)
    stays = Track(1, 0.0, 1.0, 9, 9, 120.0, 0.5, None, (), (), (), ())
    shows = Track(2, 0.0, 1.0, 4, 4, 120.0, None, Reason.TOO_SHORT, (), (), (), ())
    observation = observe.judge(
        observe.Seen(
            SimpleNamespace(tracks=(stays, shows)),
            {1: np.stack([crop])},
            {},
            {},
            {},
            None,
            1.0,
            looked_now=True,
        ),
        source=Source(file="two.mp4", set="s", label="fake", group="two"),
        degradation="as_is",
        bundle=SimpleNamespace(thresholds=Thresholds(0.9, 0.1, 1.0, 6, 40.0, 20.0, 1.0)),
    )

    told = observation.outcome, observation.reason, observation.track
    assert told == ("inconclusive", "one_stretch", 1)


def test_degraded_footage_is_held_against_the_same_footage(footage, bundle_folder, tmp_path):
    summary = evaluated(
        footage, bundle_folder, tmp_path, "--split", "validation", "--degradations",
        "h264_crf40,mirrored",
    )  # fmt: skip
    assert set(summary["by_degradation"]) == {"as_is", "h264_crf40", "mirrored"}
    assert summary["flips"]["h264_crf40"]["n"] == 4
    assert summary["rows"] == {"real": 2, "fake": 2}, "figures are of the undegraded rows"


def test_what_cannot_be_degraded_is_no_loss(footage, bundle_folder, tmp_path):
    root = tmp_path / "mixed"
    root.mkdir()
    (root / "pair0.mp4").symlink_to(footage / "pair0.mp4")
    whole = np.concatenate([frame_with(face, shift=0, seed=1) for face in FACES[:2]], axis=1)
    cv2.imwrite(str(root / "pair.png"), cv2.cvtColor(whole, cv2.COLOR_RGB2BGR))
    rows = [
        f"{file},drawn,{label},{file},crop={side}"
        for file in ("pair0.mp4", "pair.png")
        for label, side in (("real", "left"), ("fake", "right"))
    ]
    (root / "manifest.csv").write_text("\n".join(["file,set,label,group,note", *rows]))
    slices = evaluated(root, bundle_folder, tmp_path, "--degradations", "mirrored")[
        "by_degradation"
    ]
    videos = evaluated(root, bundle_folder, tmp_path, "--files", "*.mp4")["by_degradation"]
    assert [(name, line["real"]) for name, line in slices.items()] == [
        ("as_is", 2),
        ("as_is, those of mirrored", 1),
        ("mirrored", 1),
    ]
    assert slices["as_is, those of mirrored"] == videos["as_is"]


def test_a_half_is_cut_without_loss(footage, bundle_folder, tmp_path):
    evaluated(footage, bundle_folder, tmp_path)

    def frames(path):
        with av.open(str(path)) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]

    whole = frames(footage / "pair0.mp4")
    for side, columns in (("left", slice(0, WIDTH)), ("right", slice(WIDTH, None))):
        (half,) = (footage / "cache" / "footage").glob(f"pair0-{side}-*-as_is-*.mp4")
        for ours, original in zip(frames(half), whole, strict=True):
            np.testing.assert_array_equal(ours, original[:, columns])


def test_a_half_of_a_picture_is_a_row_as_well(bundle_folder, tmp_path):
    whole = np.concatenate([frame_with(face, shift=0, seed=1) for face in FACES[:2]], axis=1)
    cv2.imwrite(str(tmp_path / "pair.png"), cv2.cvtColor(whole, cv2.COLOR_RGB2BGR))
    for region, columns in (("left", slice(0, WIDTH)), ("right", slice(WIDTH, None))):
        source = Source(file="pair.png", set="s", label="real", group="g", region=region)
        how = {"root": tmp_path, "degradation": None, "cache": tmp_path / "cache"}
        half = cv2.imread(str(footage_of(source, **how)), cv2.IMREAD_COLOR_RGB)
        np.testing.assert_array_equal(half, whole[:, columns])
        told, _ = observe.observe(source, bundle=load_bundle(bundle_folder, threads=1), **how)
        assert told.judged


@pytest.mark.parametrize("space", [Colorspace.ITU601, Colorspace.ITU709])
@pytest.mark.parametrize("range_", [ColorRange.MPEG, ColorRange.JPEG])
def test_a_change_of_pictures_leaves_their_colours_alone(tmp_path, space, range_):
    tiles = np.random.default_rng(1).integers(0, 256, (4, 5, 3), np.uint8)
    picture = np.repeat(np.repeat(tiles, 16, axis=0), 16, axis=1)
    with av.open(str(tmp_path / "clip.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.height, stream.width = picture.shape[:2]
        context = stream.codec_context
        context.pix_fmt, context.colorspace, context.color_range = "yuv420p", space, range_
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        coded = frame.reformat(format="yuv420p", dst_colorspace=space, dst_color_range=range_)
        container.mux([*stream.encode(coded), *stream.encode()])
    made = footage_of(
        Source(file="clip.mp4", set="s", label="real", group="g"),
        root=tmp_path,
        degradation=ALL["mirrored"],
        cache=tmp_path / "cache",
    )
    as_is, mirrored = (
        next(av.open(str(path)).decode(video=0)).to_ndarray(format="rgb24").astype(float)
        for path in (tmp_path / "clip.mp4", made)
    )
    assert np.abs(mirrored[:, ::-1] - as_is).mean() < 3


@pytest.mark.parametrize("degradation", ["h264_crf23", "mirrored"])
def test_a_turned_video_is_degraded_as_it_is_shown(tmp_path, degradation):
    shown = np.zeros((96, 64, 3), np.uint8)
    shown[:32, :32] = 255
    write_clip(tmp_path / "phone.mp4", [np.rot90(shown, k=-1)] * 3, rotation_deg=90)
    made = footage_of(
        Source(file="phone.mp4", set="s", label="real", group="g"),
        root=tmp_path,
        degradation=ALL[degradation],
        cache=tmp_path / "cache",
    )
    frame = next(av.open(str(made)).decode(video=0))
    assert frame.rotation == 0
    wanted = shown[:, ::-1] if degradation == "mirrored" else shown
    assert np.abs(frame.to_ndarray(format="rgb24").astype(float) - wanted).mean() < 8


def test_footage_is_degraded_alike_whatever_was_before(tmp_path):
    def degraded(file: str, degradation: str, *, time: int) -> bytes:
        made = footage_of(
            Source(file=file, set="s", label="real", group="g"),
            root=SAMPLES,
            degradation=ALL[degradation],
            cache=tmp_path / str(time),
        )
        return made.read_bytes()

    files = set()
    for time in range(5):
        files.add(degraded("two-people.mp4", "h264_crf33", time=time))
        # Leaves its own traces in the memory that the next encoder is given.
        degraded("dark.mp4", "hevc_crf30", time=time)
    assert len(files) == 1


def test_files_alike_in_name_size_and_age_are_not_taken_for_one(bundle_folder, tmp_path):
    for folder, face in (("real", None), ("fake", FACES[0])):
        (tmp_path / folder).mkdir()
        # As sets without compression are unpacked: pictures of one size and one age.
        picture = frame_with(face, shift=0, seed=1)
        cv2.imwrite(str(tmp_path / folder / "1.bmp"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        os.utime(tmp_path / folder / "1.bmp", (0, 0))
    bundle = load_bundle(bundle_folder, threads=1)
    without, with_face = (
        see(tmp_path / folder / "1.bmp", bundle=bundle, cache=tmp_path / "cache")
        for folder in ("real", "fake")
    )
    assert not without.crops
    assert with_face.crops


def test_sound_alone_is_a_row_that_failed(bundle_folder, tmp_path):
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 44100
        container.mux([*stream.encode(silence), *stream.encode()])
    observation, _ = observe.observe(
        Source(file="sound.mp4", set="s", label="real", group="g"),
        bundle=load_bundle(bundle_folder, threads=1),
        root=tmp_path,
        degradation=ALL["h264_crf23"],
        cache=tmp_path / "cache",
    )
    assert observation.problem == "content.no_video_stream"


def test_the_table_of_results_shows_figures_and_no_faces(footage, bundle_folder, tmp_path):
    results = tmp_path / "results"
    evaluated(
        footage, bundle_folder, tmp_path / "out", "--results", str(results), "--name", "drawn"
    )
    assert {path.suffix for path in results.iterdir()} == {".json", ".md"}
    table = (results / "README.md").read_text()
    assert "## drawn" in table
    assert load_bundle(bundle_folder).version in table
    for path in results.iterdir():
        assert "data:image" not in path.read_text()


def test_calibration_is_a_new_version_that_says_what_it_holds_for(
    footage, bundle_folder, tmp_path, monkeypatch
):
    before = load_bundle(bundle_folder)
    card_text = (bundle_folder / "card.json").read_text()
    try:
        argv = arguments(footage, bundle_folder, tmp_path, "--split", "validation")
        assert calibrate.main(argv) == 0
        after = load_bundle(bundle_folder)
        assert after.version != before.version
        assert after.card["calibrated_on"]["videos"] == {"drawn, fake": 2, "drawn, real": 2}
        assert after.card["measured"]["told"] is not None
        for told in after.card["measured"]["outcome_rates"].values():
            assert sum(told.values()) == pytest.approx(1.0)
        limits = after.thresholds
        assert 0 <= limits.no_manipulation_below <= limits.likely_manipulated_at <= 1
        summary = evaluated(footage, bundle_folder, tmp_path, "--split", "validation")
        called = summary["at_thresholds"]["confusion"]["real"]
        # Two reals cannot promise 5 %, so the threshold stands above both.
        assert str(Outcome.LIKELY_MANIPULATED) not in called
    finally:
        (bundle_folder / "card.json").write_text(card_text)


def test_calibration_refuses_a_rate_in_per_cent(footage, bundle_folder, tmp_path, capsys):
    with pytest.raises(SystemExit):
        calibrate.main(arguments(footage, bundle_folder, tmp_path, "--false-positive-rate", "5"))
    assert "0.05 is 5 in 100" in capsys.readouterr().err


def test_calibration_refuses_data_of_one_kind(footage, bundle_folder, tmp_path):
    argv = arguments(footage, bundle_folder, tmp_path, "--files", "e*")
    with pytest.raises(SystemExit, match="real and fake"):
        calibrate.main(argv)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--files", "none*"), "no row of the manifest is left"),
        (("--bundle", "nothing"), "no bundle at"),
        (("--degradations", "h264_crf40,sepia"), "unknown degradation sepia"),
        (("--manifest", "latin.csv"), "no CSV in UTF-8"),
        (("--manifest", "none.csv"), "No such file"),
    ],
)
def test_what_cannot_be_looked_at_is_said_in_one_line(
    given, said, footage, bundle_folder, tmp_path, monkeypatch, capsys
):
    (tmp_path / "latin.csv").write_bytes(
        "file,set,label,group\ncafé.mp4,s,real,g\n".encode("latin-1")
    )
    argv = arguments(footage, bundle_folder, tmp_path, "--out", str(tmp_path / "out"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        evaluate.main([*argv, *given])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("evaluate: ")
    assert said in line
