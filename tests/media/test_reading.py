"""Frames come at the container's own times, and each only once."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from analysis.faces.crop import Image
from analysis.finding import Media
from analysis.media.limits import MediaLimits
from analysis.media.read import Decoded, Frame, Glimpse, read_frames
from tests.media.clips import number_of, numbered_frame, write_clip
from tests.media.reading import PLAN, frames_of, read_all


def test_a_clip_gives_its_description_then_its_windows_then_the_count(
    clip: Callable[..., Path],
) -> None:
    items = read_all(clip())

    media, last = items[0], items[-1]
    assert isinstance(media, Media)
    assert (media.kind, media.codec, media.width_px, media.height_px) == ("video", "h264", 320, 180)
    assert media.duration_s == pytest.approx(2.0, abs=0.05)
    assert isinstance(last, Decoded)
    frames = [item for item in items if isinstance(item, Frame)]
    assert [frame.window for frame in frames] == [0] * 4 + [1] * 4 + [2] * 4
    assert last.frames_decoded <= 50


def test_each_frame_is_the_one_of_its_time_and_comes_once(clip: Callable[..., Path]) -> None:
    frames = frames_of(clip())

    assert [number_of(frame.image) for frame in frames] == [
        round(frame.at_s * 25) for frame in frames
    ]
    assert len({frame.at_s for frame in frames}) == len(frames)


def test_the_frames_of_a_window_are_evenly_spaced(clip: Callable[..., Path]) -> None:
    times = [frame.at_s for frame in frames_of(clip())]

    assert np.diff(times[:4]) == pytest.approx([0.08] * 3, abs=0.002)


def test_a_variable_frame_rate_keeps_its_own_times(clip: Callable[..., Path]) -> None:
    times_s = [number * 0.04 for number in range(25)] + [1 + number * 0.2 for number in range(25)]
    frames = frames_of(clip(times_s=times_s))

    shown = dict(enumerate(times_s))
    assert frames[-1].at_s > 3
    assert all(
        frame.at_s == pytest.approx(shown[number_of(frame.image)], abs=0.003) for frame in frames
    )


def test_a_recording_that_names_no_frame_rate_has_that_of_its_frames(
    clip: Callable[..., Path],
) -> None:
    times_s = [number * 0.04 + number * 7 % 5 * 0.003 for number in range(50)]
    path = clip(name="recorded.webm", codec="libvpx", rate=30, times_s=times_s)
    data = path.read_bytes()
    named = data.index(b"\x23\xe3\x83\x84")  # the element DefaultDuration, of four bytes
    path.write_bytes(data[:named] + b"\xec\x86" + bytes(6) + data[named + 8 :])

    media = read_all(path)[0]
    assert isinstance(media, Media)
    assert media.frames_per_s == pytest.approx(25, abs=0.5)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"width": 322, "height": 182}, id="odd multiples"),
        pytest.param(
            {"width": 321, "height": 181, "pix_fmt": "yuv444p"}, id="odd number of pixels"
        ),
        pytest.param({"pix_fmt": "yuv420p10le"}, id="ten bits"),
        pytest.param({"name": "clip.ts"}, id="transport stream without an index"),
        pytest.param({"name": "clip.h264", "format_name": "h264"}, id="no container at all"),
        pytest.param({"name": "clip.mkv"}, id="matroska"),
        pytest.param({"name": "clip.webm", "codec": "libvpx"}, id="webm"),
        pytest.param({"name": "clip.avi", "codec": "mpeg4"}, id="avi"),
        pytest.param({"name": "clip.mpg", "codec": "mpeg2video"}, id="mpeg"),
        pytest.param({"name": "clip.gif", "codec": "gif", "pix_fmt": "rgb8"}, id="gif"),
        pytest.param({"options": {"g": "1"}}, id="key frames only"),
        pytest.param({"options": {"bf": "3", "b-pyramid": "strict", "g": "250"}}, id="pyramid"),
    ],
)
def test_every_kind_of_file_gives_the_frames_of_its_times(
    clip: Callable[..., Path], how: dict[str, object]
) -> None:
    frames = frames_of(clip(**how))

    assert len(frames) >= 8
    assert all(abs(number_of(frame.image) - frame.at_s * 25) < 1.6 for frame in frames)


def test_frames_that_nobody_looks_at_are_not_decoded(clip: Callable[..., Path]) -> None:
    path = clip(count=1500, options={"g": "25", "preset": "ultrafast"})
    decoded = read_all(path)[-1]

    assert isinstance(decoded, Decoded)
    assert decoded.frames_decoded < 300


def test_a_cut_begins_a_new_scene(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 255, (2, 18, 32, 3), dtype=np.uint8).repeat(10, 1).repeat(10, 2)
    path = write_clip(tmp_path / "cut.mp4", [before] * 25 + [after] * 25)

    frames = frames_of(path)
    assert len({frame.scene for frame in frames if frame.at_s < 1}) == 1
    assert {f.scene for f in frames if f.at_s < 1}.isdisjoint(
        f.scene for f in frames if f.at_s >= 1
    )


def moving(picture: Image, *, count: int) -> list[Image]:
    """The light on it comes and goes twice a second."""
    light = 12 * np.cos(np.arange(count) * np.pi / 6)
    return [np.clip(picture + by, 0, 255).astype(np.uint8) for by in light]


OFTEN = {"g": "12", "sc_threshold": "0"}


def test_a_shot_goes_on_where_key_frames_are_jumped_to(tmp_path: Path) -> None:
    picture = np.random.default_rng(3).integers(20, 235, (18, 32, 3)).repeat(10, 0).repeat(10, 1)
    path = write_clip(tmp_path / "often.mp4", moving(picture, count=250), options=OFTEN)

    frames = frames_of(path)
    assert len({frame.window for frame in frames}) == 3
    assert len({frame.scene for frame in frames}) == 1


def test_a_cut_that_is_jumped_over_begins_a_new_scene(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    before, after = rng.integers(20, 235, (2, 18, 32, 3)).repeat(10, 1).repeat(10, 2)
    both = [*moving(before, count=120), *moving(after, count=130)]
    frames = frames_of(write_clip(tmp_path / "cut.mp4", both, options=OFTEN))

    first, *_, last = frames
    assert first.at_s < 4.8 < last.at_s
    assert {f.scene for f in frames if f.at_s < 4.8}.isdisjoint(
        f.scene for f in frames if f.at_s >= 4.8
    )


def test_where_each_frame_is_a_cut_none_is_taken_for_what_is_usual(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    photos = rng.integers(0, 255, (15, 18, 32, 3), dtype=np.uint8).repeat(10, 1).repeat(10, 2)
    frames = frames_of(write_clip(tmp_path / "photos.mp4", list(photos), rate=1))

    assert len(frames) == 12
    assert len({frame.scene for frame in frames}) == 12


def test_every_second_that_is_decoded_gives_one_small_glimpse(clip: Callable[..., Path]) -> None:
    items = read_all(clip(count=100, width=640, height=360))
    glimpses = [item for item in items if isinstance(item, Glimpse)]

    seconds = [int(glimpse.at_s) for glimpse in glimpses]
    assert len(set(seconds)) == len(seconds)
    assert {int(item.at_s) for item in items if isinstance(item, Frame)} <= set(seconds)
    assert {glimpse.image.shape for glimpse in glimpses} == {(180, 320, 3)}


def test_a_codec_goes_by_its_own_name_and_not_by_its_decoders() -> None:
    # Written beforehand: the encoder at hand gives itself and its caller real-time priority.
    picture = Path(__file__).parent / "grey.avif"
    with read_frames(picture, plan=PLAN, limits=MediaLimits()) as items:
        media = next(items)

    assert isinstance(media, Media)
    assert (media.kind, media.codec) == ("picture", "av1")


def test_times_count_from_the_beginning_of_the_sound_if_that_is_earlier(tmp_path: Path) -> None:
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("pcm_s16le", rate=8000)
        picture = container.add_stream("ffv1", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        for second in range(5):
            samples = av.AudioFrame.from_ndarray(
                np.zeros((1, 8000), dtype=np.int16), format="s16", layout="mono"
            )
            samples.sample_rate, samples.pts = 8000, 8000 * second
            container.mux(sound.encode(samples))
        for number in range(50):
            frame = av.VideoFrame.from_ndarray(numbered_frame(number, width=64, height=64))
            frame.pts, frame.time_base = 75 + number, Fraction(1, 25)
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))

    media, *items = read_all(path)
    assert isinstance(media, Media)
    assert media.duration_s == pytest.approx(5.0, abs=0.1)
    frames = [item for item in items if isinstance(item, Frame)]
    assert frames[0].at_s > 2.9
    assert [number_of(frame.image) for frame in frames] == [
        round((frame.at_s - 3) * 25) for frame in frames
    ]
