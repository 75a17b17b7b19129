"""A file is looked at in all of its length, whatever it claims and however it was put together."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis.finding import Media
from analysis.media.read import Decoded, Frame
from tests.media.clips import number_of, numbered_frame, write_clip
from tests.media.reading import frames_of, read_all


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


def test_a_still_in_the_middle_makes_no_video_longer_whose_frames_are_stored_in_another_order(
    clip: Callable[..., Path],
) -> None:
    times_s = [n / 10 if n < 20 else 10 + n / 10 for n in range(40)]
    reordered = {"bf": "3", "b-adapt": "0", "sc_threshold": "0"}
    media, *items = read_all(clip(count=40, times_s=times_s, options=reordered))

    assert isinstance(media, Media)
    assert media.duration_s == pytest.approx(14.0, abs=0.2)
    assert max(item.at_s for item in items if isinstance(item, Frame)) < 14.0


@pytest.mark.parametrize(
    ("name", "begins_s"), [("late.mp4", 2.0), ("late.mkv", 2.0), ("late.ts", 0.0)]
)
def test_times_are_those_that_a_player_shows_also_where_a_file_begins_late(
    clip: Callable[..., Path], name: str, begins_s: float
) -> None:
    """A browser's clock begins at 0, whatever there is to be seen then; that of a TS does not."""
    times_s = [2 + n / 10 for n in range(40)]
    media, *items = read_all(clip(count=40, name=name, times_s=times_s))

    assert isinstance(media, Media)
    assert media.duration_s == pytest.approx(begins_s + 4.0, abs=0.15)
    for frame in items:
        if isinstance(frame, Frame):
            assert frame.at_s == pytest.approx(begins_s + number_of(frame.image) / 10, abs=0.06)
