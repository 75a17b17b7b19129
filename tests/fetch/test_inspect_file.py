"""Uploads and fetched files go through the same door."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from analysis.errors import Cancelled, VideoProblem
from analysis.fetch.inspect_file import inspect_file
from analysis.fetch.limits import FetchLimits
from tests.fetch.site.media import make_sound, make_video, with_rotation
from tests.media.tiled_photo import write_tiled_photo


@pytest.fixture
def file(tmp_path: Path):
    def write(body: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(body)
        return path

    return write


def make_picture(codec: str, container: str = "image2pipe") -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=1)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = {"mjpeg": "yuvj420p", "bmp": "bgr24"}.get(codec, "rgb24")
        image = np.full((48, 64, 3), 128, dtype=np.uint8)
        output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(stream.encode())
    return buffer.getvalue()


def refused(path: Path, limits: FetchLimits | None = None) -> str:
    with pytest.raises(VideoProblem) as caught:
        inspect_file(path, limits or FetchLimits())
    return caught.value.code


def test_it_says_what_a_video_is(file) -> None:
    facts = inspect_file(file(make_video(frames=48)), FetchLimits())

    assert (facts.kind, facts.codec, facts.frames) == ("video", "h264", 48)
    assert facts.duration_s == pytest.approx(2.0, abs=0.1)
    assert len(facts.sha256) == 64


def test_it_says_what_a_turned_video_is(file) -> None:
    facts = inspect_file(file(with_rotation(make_video())), FetchLimits())

    assert (facts.width_px, facts.height_px) == (180, 320)


@pytest.mark.parametrize("codec", ["mjpeg", "png", "bmp", "tiff"])
def test_a_picture_is_welcome(codec: str, file) -> None:
    facts = inspect_file(file(make_picture(codec)), FetchLimits())

    assert (facts.kind, facts.width_px, facts.height_px) == ("picture", 64, 48)
    assert facts.duration_s is None


def test_a_picture_may_have_more_lines_than_a_video(file) -> None:
    picture = file(make_picture("mjpeg"))

    assert inspect_file(picture, FetchLimits(max_width_px=40, max_height_px=30)).width_px == 64
    assert refused(picture, FetchLimits(max_picture_pixels=64 * 48 - 1)) == "content.too_large"


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("flv", "flv", {}),
        ("avi", "msmpeg4", {}),
        ("matroska", "ffv1", {}),
        ("mxf", "mpeg2video", {}),
        ("ivf", "libvpx", {}),
        ("h264", "libx264", {}),
        ("mpeg1video", "mpeg1video", {}),
        ("yuv4mpegpipe", "wrapped_avframe", {}),
        ("mpegts", "libx264", {"mpegts_m2ts_mode": "1"}),
    ],
)
def test_less_common_videos_are_welcome(
    container: str, codec: str, options: dict[str, str], file
) -> None:
    video = make_video(container=container, codec=codec, options=options)

    assert inspect_file(file(video), FetchLimits()).frames == 24


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (FetchLimits(max_bytes=1000), "content.too_large"),
        (FetchLimits(max_width_px=300, max_height_px=300), "content.too_large"),
        (FetchLimits(max_duration_s=0.5), "content.too_long"),
        (FetchLimits(max_frames=10), "content.too_long"),
    ],
)
def test_each_limit_is_a_setting(limits: FetchLimits, code: str, file) -> None:
    assert refused(file(make_video()), limits) == code


def test_a_tall_video_may_be_as_large_as_a_wide_one(file) -> None:
    tall = make_video(width=180, height=320)
    limits = replace(FetchLimits(), max_width_px=320, max_height_px=180)

    assert inspect_file(file(tall), limits).height_px == 320


def test_sound_alone_has_no_picture(file) -> None:
    assert refused(file(make_sound())) == "content.no_video_stream"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"PK\x03\x04" + bytes(100),
        b"%PDF-1.7",
        b"\x7fELF" + bytes(100),
        b"<html><body>Sign in</body></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"[playlist]\nFile1=http://127.0.0.1/\n",
        b"\x1aE\xdf\xa3" + bytes(5000),
        b"RIFF\xff\xff\xff\xffAVI " + bytes(5000),
        b"\x00\x00\x00\x18ftypmp42" + bytes(5000),
        b"G" + bytes(187) + b"G" + bytes(5000),
        b"\xff\xd8\xff" + bytes(5000),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 5000,
        b"GIF89a" + b"\xff" * 10,
    ],
    ids=lambda body: body[:12].decode("latin-1").encode("unicode_escape").decode(),
)
def test_what_is_no_video_is_refused(body: bytes, file) -> None:
    assert refused(file(body)) == "content.corrupt"


def test_only_a_plain_file_is_opened(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_bytes(make_video())
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(real)
    os.mkfifo(pipe)

    for path in (link, pipe, tmp_path, tmp_path / "missing"):
        assert refused(path) == "content.corrupt"


def test_the_name_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "holiday.mp4"
    path.write_bytes(make_video(container="webm", codec="libvpx-vp9"))

    assert inspect_file(path, FetchLimits()).container == "matroska,webm"


@pytest.mark.parametrize("limit", ["_WALL_S", "_SILENCE_S"])
def test_no_file_is_blamed_for_a_slow_machine(
    limit: str, file, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"analysis.fetch.inspect_file.{limit}", 0.0)

    assert refused(file(make_video())) == "service.timeout"


def test_cancel_ends_it(file) -> None:
    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        inspect_file(file(make_video()), FetchLimits(), on_tick=cancel)


def test_a_photo_of_many_tiles_is_one_picture(tmp_path: Path) -> None:
    photo = np.full((256, 320, 3), 90, dtype=np.uint8)

    facts = inspect_file(
        write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=64), FetchLimits()
    )

    assert (facts.kind, facts.codec, facts.frames) == ("picture", "hevc", 1)
    assert (facts.width_px, facts.height_px) == (320, 256)
    assert facts.streams == 20 > FetchLimits().max_streams
