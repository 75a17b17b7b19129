"""A frame is what a viewer sees: upright, in its colours, of the stream that a player shows."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.faces.crop import Image
from analysis.finding import Media
from analysis.media.read import Frame
from tests.media.clips import number_of, numbered_frame, write_clip
from tests.media.reading import frames_of, read_all

FloatImage = NDArray[np.float64]


def test_red_is_red(clip: Callable[..., Path]) -> None:
    corner = frames_of(clip())[0].image[:20, :20].reshape(-1, 3).mean(axis=0)

    assert corner[0] > 180 and corner[2] < 80


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


def perceptual_quantizer(light: FloatImage) -> FloatImage:
    power = (light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hybrid_log_gamma(light: FloatImage) -> FloatImage:
    scene = (light / 1000) ** (1 / 1.2)
    bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-6)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)


@pytest.mark.parametrize(
    ("transfer", "coded"), [(16, perceptual_quantizer), (18, hybrid_log_gamma)]
)
def test_hdr_is_shown_as_on_a_usual_screen(
    tmp_path: Path, transfer: int, coded: Callable[[FloatImage], FloatImage]
) -> None:
    grey = np.full((64, 64, 3), 150, dtype=np.uint8)
    nits = (grey.astype(float) / 255) ** 2.4 * 203  # which white paper has
    path = tmp_path / "hdr.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "gbrp10le"
        stream.color_trc, stream.color_primaries = transfer, 9
        for _ in range(5):
            values = (coded(nits) * 65535).astype(np.uint16)
            frame = av.VideoFrame.from_ndarray(values, format="rgb48le")
            container.mux(stream.encode(frame.reformat(format="gbrp10le")))
        container.mux(stream.encode(None))

    shown = frames_of(path)[0].image
    assert np.abs(shown.astype(int) - 150).max() < 12


@pytest.mark.parametrize(
    ("name", "codec", "height", "red"),
    [
        ("small.mkv", "ffv1", 718, 200),
        ("hd.mkv", "ffv1", 720, 206),
        ("hd.webm", "libvpx-vp9", 720, 200),
        ("photo.tif", "tiff", 720, 200),
    ],
)
def test_colours_that_nothing_is_said_of_are_those_that_browsers_show(
    tmp_path: Path, name: str, codec: str, height: int, red: int
) -> None:
    skin = np.full((height, 64, 3), (200, 120, 90), dtype=np.uint8)
    path = write_clip(tmp_path / name, [skin] * (1 if codec == "tiff" else 5), codec=codec)

    assert frames_of(path)[0].image[..., 0].mean() == pytest.approx(red, abs=2)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("said", ["YCgCo", "bt2020c", "chroma-derived-nc", "ICtCp"])
def test_a_word_on_colours_that_nobody_heeds_damages_no_video(
    clip: Callable[..., Path], said: str, pix_fmt: str
) -> None:
    heedless = {"x264-params": f"colormatrix={said}"}
    shown, silent = (
        frames_of(clip(name=f"{number}.mp4", count=5, pix_fmt=pix_fmt, options=options))[0].image
        for number, options in enumerate((heedless, {}))
    )

    assert np.array_equal(shown, silent)


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
