"""Frames come at the container's own times, upright, in RGB, and each only once."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from analysis.faces.crop import Image
from analysis.finding import Media
from analysis.media.limits import MediaLimits
from analysis.media.read import Decoded, Frame, Glimpse, Item, read_frames
from analysis.media.windows import SamplingPlan
from tests.media.clips import number_of, numbered_frame, write_clip

PLAN = SamplingPlan(windows=3, frames_per_window=4, spacing_s=0.08)
LIMITS = MediaLimits()


def read_all(path: Path, *, plan: SamplingPlan = PLAN) -> list[Item]:
    with read_frames(path, plan=plan, limits=LIMITS) as items:
        return list(items)


def frames_of(path: Path, *, plan: SamplingPlan = PLAN) -> list[Frame]:
    return [item for item in read_all(path, plan=plan) if isinstance(item, Frame)]


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    def make(
        *,
        count: int = 50,
        width: int = 320,
        height: int = 180,
        name: str = "clip.mp4",
        **how: object,
    ) -> Path:
        frames = [numbered_frame(number, width=width, height=height) for number in range(count)]
        return write_clip(tmp_path / name, frames, **how)  # type: ignore[arg-type]

    return make


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


def test_red_is_red(clip: Callable[..., Path]) -> None:
    corner = frames_of(clip())[0].image[:20, :20].reshape(-1, 3).mean(axis=0)

    assert corner[0] > 180 and corner[2] < 80


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


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_a_turned_video_stands_upright(clip: Callable[..., Path], rotation_deg: int) -> None:
    upright = [numbered_frame(number) for number in range(50)]
    stored = [np.rot90(frame, k=-rotation_deg // 90) for frame in upright]
    path = clip(name="upright.mp4").with_name("turned.mp4")
    write_clip(path, stored, rotation_deg=rotation_deg)

    items = read_all(path)
    media, frame = items[0], next(item for item in items if isinstance(item, Frame))
    assert isinstance(media, Media)
    assert (media.width_px, media.height_px) == (320, 180)
    assert frame.image.shape == (180, 320, 3)
    assert frame.image[10, 10, 0] > 180
    assert frame.image[-10, -10, 2] > 180


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


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"name": "long.mp4"}, id="an index of every frame"),
        pytest.param({"name": "long.mkv"}, id="an index of key frames"),
        pytest.param({"name": "long.gif", "codec": "gif", "pix_fmt": "rgb8"}, id="no index"),
    ],
)
def test_a_long_file_with_one_key_frame_is_looked_at_in_many_places(
    clip: Callable[..., Path], how: dict[str, object]
) -> None:
    options = {} if "codec" in how else {"g": "9999", "sc_threshold": "0", "preset": "ultrafast"}
    frames = frames_of(clip(count=480, width=64, height=36, rate=2, options=options, **how))

    times = [frame.at_s for frame in frames]
    assert times == sorted(set(times))
    assert np.diff(times[::4]).min() > 10
    assert times[-1] > 100
    assert all(number_of(frame.image) == round(frame.at_s * 2) % 50 for frame in frames)


def test_a_clock_that_leaps_ahead_does_not_show_one_moment_many_times(tmp_path: Path) -> None:
    pieces = []
    for begins_s in (0, 600):
        piece = tmp_path / f"{begins_s}.ts"
        numbered = [numbered_frame(number) for number in range(200)]
        times_s = [begins_s + number / 10 for number in range(200)]
        pieces.append(write_clip(piece, numbered, rate=10, times_s=times_s).read_bytes())
    whole = tmp_path / "whole.ts"
    whole.write_bytes(b"".join(pieces))

    times = [frame.at_s for frame in frames_of(whole)]
    assert times
    assert times == sorted(set(times))


def interlaced(path: Path, frames: list[Image]) -> Path:
    how = {"flags": "+ildct+ilme", "top": "1", "qscale": "2"}
    return write_clip(path, frames, codec="mpeg2video", options=how)


def test_an_interlaced_video_is_shown_by_one_field(tmp_path: Path) -> None:
    combed = []
    for number in range(50):
        frame = numbered_frame(number)
        frame[1::2, 100:200] = 255 - frame[1::2, 100:200]
        combed.append(frame)

    shown = frames_of(interlaced(tmp_path / "interlaced.mpg", combed))[0]
    rows = shown.image[60:120, 110:190].astype(float).mean(axis=(1, 2))
    assert np.abs(np.diff(rows)).max() < 10


def test_whole_pictures_stored_as_fields_keep_all_their_lines(tmp_path: Path) -> None:
    striped = []
    for number in range(50):
        frame = numbered_frame(number)
        frame[2::3, 100:200] = 230
        striped.append(frame)

    shown = frames_of(interlaced(tmp_path / "whole.mpg", striped))[0]
    rows = shown.image[60:120, 110:190].astype(float).mean(axis=(1, 2))
    assert rows[2::3].min() - np.delete(rows, np.s_[2::3]).max() > 100


def test_frames_that_nobody_looks_at_are_not_decoded(clip: Callable[..., Path]) -> None:
    path = clip(count=1500, options={"g": "25", "preset": "ultrafast"})
    decoded = read_all(path)[-1]

    assert isinstance(decoded, Decoded)
    assert decoded.frames_decoded < 300


def test_a_slow_video_is_entered_at_the_key_frame_that_was_meant(clip: Callable[..., Path]) -> None:
    path = clip(count=1500, rate=5, options={"g": "50", "bf": "2", "sc_threshold": "0"})
    decoded = read_all(path)[-1]

    assert isinstance(decoded, Decoded)
    assert decoded.frames_decoded < 100


def test_a_file_that_claims_to_be_longer_than_it_is_is_still_looked_at(
    clip: Callable[..., Path],
) -> None:
    path = clip(count=20, name="lies.avi", codec="mjpeg", pix_fmt="yuvj420p")
    content = bytearray(path.read_bytes())
    # The frame counts of the main and the stream header.
    for mark, offset in ((b"avih", 20), (b"strh", 36)):
        at = content.index(mark) + 4 + offset
        assert int.from_bytes(content[at : at + 4], "little") == 20
        content[at : at + 4] = (200_000).to_bytes(4, "little")
    path.write_bytes(content)

    assert frames_of(path)


def test_a_file_that_claims_to_be_shorter_than_it_is_is_looked_at_in_all_of_its_length(
    clip: Callable[..., Path],
) -> None:
    path = clip(count=400, width=64, height=36, rate=10, name="lies.mkv")
    content = bytearray(path.read_bytes())
    at = content.index(b"\x44\x89\x88") + 3
    assert struct.unpack_from(">d", content, at) == (40_000,)
    struct.pack_into(">d", content, at, 3_000)
    path.write_bytes(content)

    items = read_all(path)
    assert isinstance(items[0], Media)
    assert items[0].duration_s == pytest.approx(40, abs=0.2)
    assert max(frame.at_s for frame in items if isinstance(frame, Frame)) > 30


@pytest.mark.parametrize("name", ["piece.ts", "piece.mpg"])
def test_files_joined_end_to_end_are_looked_at_in_all_of_their_parts(
    tmp_path: Path, name: str
) -> None:
    frames = [numbered_frame(number) for number in range(50)]
    codec = "mpeg2video" if name.endswith("mpg") else "libx264"
    piece = write_clip(tmp_path / name, frames * 2, rate=10, codec=codec)
    joined = piece.with_name(f"joined-{name}")
    joined.write_bytes(piece.read_bytes() * 3)

    items = read_all(joined)
    assert isinstance(items[0], Media)
    assert items[0].duration_s == pytest.approx(30, abs=0.5)
    shown = [frame for frame in items if isinstance(frame, Frame)]
    assert {int(frame.at_s // 10) for frame in shown} == {0, 1, 2}
    assert all(abs(number_of(frame.image) - frame.at_s * 10 % 50) < 1.6 for frame in shown)


def test_what_is_left_of_a_file_that_broke_off_is_looked_at_in_all_of_its_length(
    clip: Callable[..., Path],
) -> None:
    path = clip(count=480, width=64, height=36, rate=2, name="long.mkv", options={"g": "4"})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 8])

    media, *items = read_all(path)
    assert isinstance(media, Media)
    assert 20 < (media.duration_s or 0) < 40
    left = [item for item in items if isinstance(item, Frame)]
    assert len({frame.window for frame in left}) == 3
    assert left[-1].at_s > (media.duration_s or 0) / 2


@pytest.mark.parametrize(
    "kept",
    [[(4.0, 4.0)], [(0.0, 3.0)], [(1.0, 3.0), (6.0, 2.0)], [(6.0, 2.0), (1.0, 3.0)]],
    ids=["both ends cut", "end cut", "middle cut", "parts swapped"],
)
def test_what_was_trimmed_off_but_is_still_in_the_file_is_no_part_of_the_video(
    clip: Callable[..., Path], kept: list[tuple[float, float]]
) -> None:
    path = clip(count=100, rate=10, options={"g": "100", "bf": "0", "sc_threshold": "0"})
    _keep_only(path, kept)

    media, *items = read_all(path)
    assert isinstance(media, Media)
    assert media.duration_s == pytest.approx(sum(length_s for _, length_s in kept))
    shown = [
        round(10 * begin_s) + n for begin_s, length_s in kept for n in range(10 * int(length_s))
    ]
    frames = [item for item in items if isinstance(item, Frame)]
    assert [frame.window for frame in frames] == [0] * 4 + [1] * 4 + [2] * 4
    assert [number_of(frame.image) for frame in frames] == [
        shown[round(frame.at_s * 10)] % 50 for frame in frames
    ]


def test_a_key_frame_that_was_trimmed_off_is_no_place_to_look_at(clip: Callable[..., Path]) -> None:
    options = {"g": "250", "bf": "0", "sc_threshold": "0"}
    path = clip(count=1200, width=64, height=36, rate=10, options=options)
    _keep_only(path, [(70.0, 20.0), (10.0, 40.0)])

    assert [int(frame.at_s // 10) for frame in frames_of(path)[::4]] == [0, 1, 2, 3, 4, 5]


def _keep_only(path: Path, parts: list[tuple[float, float]]) -> None:
    """Trim a file as phones do, without encoding it anew: by a list of what is to be shown."""
    content = bytearray(path.read_bytes())

    def at(box: bytes) -> int:
        return content.rindex(box) - 4

    def ticks_a_second(header: bytes) -> int:
        return int.from_bytes(content[at(header) + 20 : at(header) + 24], "big")

    movie, media = ticks_a_second(b"mvhd"), ticks_a_second(b"mdhd")
    edits = b"".join(
        struct.pack(">IiI", round(length_s * movie), round(begin_s * media), 1 << 16)
        for begin_s, length_s in parts
    )
    length = 24 + len(edits)
    grown = length - int.from_bytes(content[at(b"edts") : at(b"edts") + 4], "big")
    for box in (b"moov", b"trak"):
        size = int.from_bytes(content[at(box) : at(box) + 4], "big")
        content[at(box) : at(box) + 4] = (size + grown).to_bytes(4, "big")
    box = struct.pack(">I4sI4sII", length, b"edts", length - 8, b"elst", 0, len(parts)) + edits
    content[at(b"edts") : at(b"edts") + length - grown] = box
    path.write_bytes(content)


def test_large_frames_are_handed_over_no_larger_than_is_of_use(clip: Callable[..., Path]) -> None:
    path = clip(count=3, width=3840, height=2160, options={"preset": "ultrafast"})

    assert {frame.image.shape for frame in frames_of(path)} == {(1080, 1920, 3)}


@pytest.mark.parametrize(
    ("width", "height", "seen"),
    [
        (3840, 1080, (764, 2715)),
        (720, 4096, (3435, 604)),
        (32, 20000, (7680, 12)),
        (2160, 3840, (1920, 1080)),
    ],
)
def test_a_strip_keeps_as_many_pixels_as_a_frame_of_the_usual_shape(
    tmp_path: Path, width: int, height: int, seen: tuple[int, int]
) -> None:
    path = tmp_path / "strip.png"
    cv2.imwrite(str(path), numbered_frame(7, width=width, height=height))

    (frame,) = frames_of(path)
    assert frame.image.shape[:2] == pytest.approx(seen, abs=1)


def test_a_cut_begins_a_new_scene(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 255, (2, 18, 32, 3), dtype=np.uint8).repeat(10, 1).repeat(10, 2)
    path = write_clip(tmp_path / "cut.mp4", [before] * 25 + [after] * 25)

    frames = frames_of(path)
    assert len({frame.scene for frame in frames if frame.at_s < 1}) == 1
    assert {f.scene for f in frames if f.at_s < 1}.isdisjoint(
        f.scene for f in frames if f.at_s >= 1
    )


def test_where_each_frame_is_a_cut_none_is_taken_for_what_is_usual(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    photos = rng.integers(0, 255, (15, 18, 32, 3), dtype=np.uint8).repeat(10, 1).repeat(10, 2)
    frames = frames_of(write_clip(tmp_path / "photos.mp4", list(photos), rate=1))

    assert len(frames) == 12
    assert len({frame.scene for frame in frames}) == 12


@pytest.mark.parametrize("suffix", ["mp4", "gif"])
def test_a_frame_that_stands_for_seconds_is_seen_wherever_it_is_looked_for(
    tmp_path: Path, suffix: str
) -> None:
    photos = [numbered_frame(number) for number in (0, 10, 20, 20)]
    codec, pix_fmt = ("gif", "rgb8") if suffix == "gif" else ("libx264", "yuv420p")
    path = write_clip(
        tmp_path / f"slides.{suffix}",
        photos,
        codec=codec,
        pix_fmt=pix_fmt,
        times_s=[0, 4, 8, 11.9],
    )

    frames = frames_of(path)
    assert len(frames) == 12
    for frame in frames:
        shown = photos[int(frame.at_s // 4)]
        assert abs(float(frame.image.mean()) - float(shown.mean())) < 15
    # No photo is followed into the next as if it had moved there.
    assert {f.scene for f in frames if f.at_s < 4}.isdisjoint(
        f.scene for f in frames if f.at_s >= 8
    )


def test_of_a_long_slideshow_every_part_is_looked_at(tmp_path: Path) -> None:
    count, each_s = 30, 20
    path = write_clip(
        tmp_path / "slides.mp4",
        [numbered_frame(number) for number in range(count)],
        times_s=[each_s * number for number in range(count)],
        options={"g": str(count), "sc_threshold": "0", "bf": "0"},
    )

    windows = {frame.window: frame.at_s for frame in frames_of(path)}
    length_s = each_s * (count - 1)
    assert len(windows) == 9
    for number, at_s in windows.items():
        assert number * length_s / 9 <= at_s <= (number + 1) * length_s / 9


def test_every_second_that_is_decoded_gives_one_small_glimpse(clip: Callable[..., Path]) -> None:
    items = read_all(clip(count=100, width=640, height=360))
    glimpses = [item for item in items if isinstance(item, Glimpse)]

    seconds = [int(glimpse.at_s) for glimpse in glimpses]
    assert len(set(seconds)) == len(seconds)
    assert {int(item.at_s) for item in items if isinstance(item, Frame)} <= set(seconds)
    assert {glimpse.image.shape for glimpse in glimpses} == {(180, 320, 3)}


def test_a_video_that_a_player_shows_mirrored_is_mirrored(clip: Callable[..., Path]) -> None:
    stored = [numbered_frame(number)[:, ::-1] for number in range(50)]
    path = clip(name="upright.mp4").with_name("mirrored.mp4")

    image = frames_of(write_clip(path, stored, mirrored=True))[0].image
    assert image[10, 10, 0] > 180
    assert image[-10, -10, 2] > 180


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, lambda image: image),
        (2, lambda image: image[:, ::-1]),
        (3, lambda image: image[::-1, ::-1]),
        (4, lambda image: image[::-1]),
        (5, lambda image: image.swapaxes(0, 1)),
        (6, np.rot90),
        (7, lambda image: image[::-1, ::-1].swapaxes(0, 1)),
        (8, lambda image: np.rot90(image, k=-1)),
    ],
)
def test_a_photo_stands_as_its_camera_says(
    tmp_path: Path, orientation: int, stored: Callable[[Image], Image]
) -> None:
    rgb = np.ascontiguousarray(stored(numbered_frame(7)))
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1].tobytes()
    entry = struct.pack(">HHIHH", 0x112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"MM\0*\0\0\0\x08" + b"\0\1" + entry + bytes(4)
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])

    (frame,) = frames_of(path)
    assert frame.image.shape == (180, 320, 3)
    assert frame.image[10, 10, 0] > 180
    assert frame.image[-10, -10, 2] > 180


def test_what_is_transparent_is_seen_on_white(tmp_path: Path) -> None:
    rgba = np.full((60, 60, 4), 90, dtype=np.uint8)
    rgba[:20, :, 3], rgba[20:40, :, 3], rgba[40:, :, 3] = 0, 128, 255
    path = tmp_path / "see-through.png"
    cv2.imwrite(str(path), rgba)

    (frame,) = frames_of(path)
    assert [frame.image[y, 30].tolist() for y in (10, 30, 50)] == [[255] * 3, [172] * 3, [90] * 3]


def test_a_palette_can_be_transparent_too(tmp_path: Path) -> None:
    path = tmp_path / "palette.png"
    places = np.zeros((40, 40), dtype=np.uint8)
    places[:, 20:] = 1
    palette = np.zeros((256, 4), dtype=np.uint8)
    palette[:2] = (0, 200, 0, 0), (255, 0, 0, 200)
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 40, 40, "pal8"
        container.mux(stream.encode(av.VideoFrame.from_ndarray((places, palette), format="pal8")))
        container.mux(stream.encode(None))

    (frame,) = frames_of(path)
    assert frame.image[20, 10].tolist() == [255, 255, 255]
    assert frame.image[20, 30].tolist() == [0, 0, 200]


def test_a_codec_goes_by_its_own_name_and_not_by_its_decoders() -> None:
    # Written beforehand: the encoder at hand gives itself and its caller real-time priority.
    picture = Path(__file__).parent / "grey.avif"
    with read_frames(picture, plan=PLAN, limits=MediaLimits()) as items:
        media = next(items)

    assert isinstance(media, Media)
    assert (media.kind, media.codec) == ("picture", "av1")


def test_hdr_by_perceptual_quantizer_is_shown_as_on_a_usual_screen(tmp_path: Path) -> None:
    grey = np.full((64, 64, 3), 150, dtype=np.uint8)
    light = (grey.astype(float) / 255) ** 2.4 * 203 / 10_000  # white paper has 203 of 10,000 nits
    power = light**0.1593017578125
    coded = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    path = tmp_path / "hdr.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "gbrp10le"
        stream.color_trc, stream.color_primaries = 16, 9
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray((coded * 65535).astype(np.uint16), format="rgb48le")
            container.mux(stream.encode(frame.reformat(format="gbrp10le")))
        container.mux(stream.encode(None))

    shown = frames_of(path)[0].image
    assert np.abs(shown.astype(int) - 150).max() < 12


def test_of_several_streams_the_one_is_seen_that_a_player_shows(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        for side, is_default in ((128, False), (64, True)):
            stream = container.add_stream("ffv1", rate=25)
            stream.width, stream.height, stream.pix_fmt = side, side, "yuv420p"
            stream.disposition = av.stream.Disposition.default if is_default else 0
        for number in range(10):
            for stream in container.streams.video:
                image = numbered_frame(number, width=stream.width, height=stream.height)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        for stream in container.streams.video:
            container.mux(stream.encode(None))

    assert {frame.image.shape for frame in frames_of(path)} == {(64, 64, 3)}


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


@pytest.mark.parametrize("name", ["picture.png", "picture.jpg", "picture.webp"])
def test_a_picture_is_one_frame(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    cv2.imwrite(str(path), cv2.cvtColor(numbered_frame(7), cv2.COLOR_RGB2BGR))

    items = read_all(path)
    assert isinstance(items[0], Media)
    assert (items[0].kind, items[0].duration_s) == ("picture", None)
    (frame,) = (item for item in items if isinstance(item, Frame))
    assert number_of(frame.image) == 7


@pytest.mark.parametrize("kind", [".png", ".jpg", ".webp"])
def test_of_pictures_one_behind_the_other_the_first_is_the_one_that_is_shown(
    tmp_path: Path, kind: str
) -> None:
    pictures = [cv2.imencode(kind, numbered_frame(number))[1] for number in range(7, 27)]
    path = tmp_path / "video"  # as a fetched file is called: a name would tell the format
    path.write_bytes(b"".join(picture.tobytes() for picture in pictures))

    assert [number_of(frame.image) for frame in frames_of(path)] == [7]
