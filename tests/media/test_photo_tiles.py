"""Photos of tiles: whole, upright, in their colours, and refused where they cannot be."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import VideoProblem
from analysis.faces.crop import Image
from analysis.finding import Media
from analysis.media import photo_grid
from analysis.media.limits import MediaLimits
from analysis.media.photo_grid import Grid, read_grid
from analysis.media.read import Frame, read_frames
from analysis.media.windows import SamplingPlan
from tests.media.tiled_photo import Turn, write_tiled_photo

WIDTH, HEIGHT, TILE_PX = 300, 210, 128
HDR = "transfer=smpte2084:colorprim=bt2020"


@pytest.fixture(scope="module")
def photo() -> Image:
    """Every place has a colour of its own."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([x * 255 // WIDTH, y * 255 // HEIGHT, 255 - y * 255 // HEIGHT], -1).astype(
        np.uint8
    )


def shown(path: Path, limits: MediaLimits | None = None) -> tuple[Media, Image]:
    plan = SamplingPlan(windows=4, frames_per_window=5, spacing_s=0.1)
    with read_frames(path, plan=plan, limits=limits or MediaLimits()) as items:
        media, *others = items
        [frame] = [item for item in others if isinstance(item, Frame)]
    assert isinstance(media, Media)
    return media, frame.image


def problem_of(path: Path, limits: MediaLimits | None = None) -> str:
    with pytest.raises(VideoProblem) as met:
        shown(path, limits)
    return met.value.code


def apart(one: Image, other: Image) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize("says", ["range=limited", "range=full"])
@pytest.mark.parametrize("tile_px", [TILE_PX, 512], ids=["many", "one"])
def test_it_is_shown_whole_and_in_its_colours(
    tmp_path: Path, photo: Image, tile_px: int, says: str
) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=tile_px, says=says)

    media, image = shown(path)

    assert (media.kind, media.codec, media.duration_s) == ("picture", "hevc", None)
    assert (media.width_px, media.height_px) == (WIDTH, HEIGHT)
    assert apart(image, photo) < 3


def test_hdr_in_many_tiles_is_shown_like_hdr_in_one(tmp_path: Path, photo: Image) -> None:
    one, many = (
        shown(write_tiled_photo(tmp_path / "hdr.heic", photo, tile_px=tile_px, says=HDR))[1]
        for tile_px in (512, TILE_PX)
    )

    assert apart(one, photo) > 30
    assert apart(many, one) < 3


@pytest.mark.parametrize(
    ("turns", "as_shown"),
    [
        (((b"irot", 1),), lambda photo: np.rot90(photo, 1)),
        (((b"irot", 2),), lambda photo: np.rot90(photo, 2)),
        (((b"irot", 3),), lambda photo: np.rot90(photo, 3)),
        (((b"imir", 0),), lambda photo: photo[::-1]),
        (((b"imir", 1),), lambda photo: photo[:, ::-1]),
        (((b"irot", 1), (b"imir", 1)), lambda photo: np.rot90(photo, 1)[:, ::-1]),
    ],
)
def test_it_is_shown_upright(
    tmp_path: Path, photo: Image, turns: tuple[Turn, ...], as_shown: Callable[[Image], Image]
) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX, turns=turns)

    media, image = shown(path)

    upright = as_shown(photo)
    assert (media.height_px, media.width_px) == upright.shape[:2]
    assert apart(image, upright) < 3


def test_another_picture_in_the_file_is_not_taken_for_it(tmp_path: Path, photo: Image) -> None:
    depths = np.full((2 * TILE_PX, 2 * TILE_PX, 3), 128, np.uint8)
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX, beside=depths)

    assert apart(shown(path)[1], photo) < 3


@pytest.mark.parametrize("wide", [False, True])
def test_how_they_lie_is_read_from_the_file(tmp_path: Path, photo: Image, wide: bool) -> None:
    path = write_tiled_photo(
        tmp_path / "photo.heic", photo, tile_px=TILE_PX, turns=((b"irot", 3),), wide=wide
    )

    assert read_grid(path) == Grid(
        rows=2,
        columns=3,
        width_px=WIDTH,
        height_px=HEIGHT,
        tiles=(1, 2, 3, 4, 5, 6),
        turns=("transpose=clock",),
    )


def test_a_file_with_room_for_very_many_is_read_as_well(tmp_path: Path, photo: Image) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX, wide=True)

    assert apart(shown(path)[1], photo) < 3


def test_tiles_of_something_else_than_a_grid_are_no_picture(tmp_path: Path, photo: Image) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX, primary_kind=b"iovl")

    assert problem_of(path) == "content.unsupported_kind"


def test_a_photo_with_a_hole_is_not_judged(tmp_path: Path, photo: Image) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX)
    body = path.read_bytes()
    path.write_bytes(body[:-400] + bytes(400))

    assert problem_of(path) == "content.corrupt"


def test_more_tiles_than_its_rows_hold_are_refused(tmp_path: Path, photo: Image) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX, rows=1)

    assert problem_of(path) == "content.corrupt"


def test_a_tile_lies_in_one_place(tmp_path: Path, photo: Image) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX)
    body = bytearray(path.read_bytes())
    second = body.index(b"dimg") + len(b"dimg") + 6
    body[second : second + 2] = struct.pack(">H", 1)
    path.write_bytes(body)

    assert problem_of(path) == "content.corrupt"


def test_it_may_not_be_larger_than_other_pictures(tmp_path: Path, photo: Image) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX)

    assert shown(path, MediaLimits(max_pixels=WIDTH * HEIGHT))
    assert problem_of(path, MediaLimits(max_pixels=WIDTH * HEIGHT - 1)) == "content.too_large"


@pytest.mark.parametrize("bound", ["MOST_TILES", "MOST_BYTES"])
def test_its_tiles_and_its_bytes_are_bound(
    tmp_path: Path, photo: Image, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX)
    monkeypatch.setattr(photo_grid, bound, 5)

    with pytest.raises(VideoProblem) as met:
        read_grid(path)

    assert met.value.code == "content.too_large"


def test_whatever_is_written_there_is_read_or_refused(tmp_path: Path, photo: Image) -> None:
    path = write_tiled_photo(tmp_path / "photo.heic", photo, tile_px=TILE_PX, turns=((b"irot", 1),))
    whole, chance = path.read_bytes(), random.Random(7)
    words = whole.index(b"mdat")
    refused = 0
    for _ in range(3000):
        body = bytearray(whole[: chance.choice([words, words, chance.randrange(words)])])
        for _ in range(chance.randint(1, 3)):
            body[chance.randrange(len(body))] = chance.choice([0, 1, 127, 255])
        path.write_bytes(body)
        try:
            read_grid(path)
        except VideoProblem as problem:
            assert problem.code in {"content.corrupt", "content.too_large"}
            refused += 1
    assert 300 < refused < 2900, "some damage is met, and some does no harm"
