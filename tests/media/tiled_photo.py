"""A photo as phones save it: tiles of one size, and a few words that say how they lie."""

from __future__ import annotations

import struct
from itertools import count
from pathlib import Path

import av
import numpy as np

from analysis.faces.crop import Image

Turn = tuple[bytes, int]
"""irot: that many quarter turns against the clock; imir: 0 is upside down, 1 is left to right."""


def write_tiled_photo(
    path: Path,
    photo: Image,
    *,
    tile_px: int,
    turns: tuple[Turn, ...] = (),
    beside: Image | None = None,
    says: str = "range=limited",
    rows: int | None = None,
    wide: bool = False,
    primary_kind: bytes = b"grid",
) -> Path:
    """HEIC; its tiles reach beyond the photo's edge if they must.

    ``beside`` is another picture in the same file, as a map of depths is. ``rows`` is a lie.
    ``wide`` tables have the room that very large files need. ``says`` is of its colours, for x265.
    """
    height, width = photo.shape[:2]
    down, across = -(-height // tile_px), -(-width // tile_px)
    room = ((0, down * tile_px - height), (0, across * tile_px - width), (0, 0))
    padded = np.pad(photo, room, mode="edge")
    tiles = [
        padded[y : y + tile_px, x : x + tile_px]
        for y in range(0, down * tile_px, tile_px)
        for x in range(0, across * tile_px, tile_px)
    ]
    file = _Heic(wide=wide)
    tile_type = [
        file.property(b"hvcC", _parameters(path, tiles, says=says)),
        file.property(b"ispe", bytes(4) + struct.pack(">II", tile_px, tile_px)),
    ]
    parts = [file.item(b"hvc1", picture, tile_type) for picture in _coded(path, tiles, says=says)]
    if beside is not None:
        size = struct.pack(">II", *beside.shape[1::-1])
        file.item(
            b"hvc1",
            _coded(path, [beside], says=says)[0],
            [
                file.property(b"hvcC", _parameters(path, [beside], says=says)),
                file.property(b"ispe", bytes(4) + size),
            ],
        )
    lie = struct.pack(">4B", 0, wide, (rows or down) - 1, across - 1)
    lie += struct.pack(">II" if wide else ">HH", width, height)
    shown = [file.property(b"ispe", bytes(4) + struct.pack(">II", width, height))]
    shown += [file.property(kind, bytes([how])) for kind, how in turns]
    file.primary = file.item(primary_kind, lie, shown, made_of=parts)
    path.write_bytes(file.written())
    return path


def _film(path: Path, pictures: list[Image], *, says: str) -> Path:
    """The pictures one after another in an MP4, where they are coded as in a photo."""
    film = path.with_suffix(".mp4")
    height, width = pictures[0].shape[:2]
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx265", rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"x265-params": f"keyint=1:bframes=0:log-level=none:{says}"}
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame = frame.reformat(
                format="yuv420p",
                src_colorspace="ITU601", dst_colorspace="ITU601",
                src_color_range="JPEG", dst_color_range="JPEG" if says == "range=full" else "MPEG",
            )  # fmt: skip
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return film


def _parameters(path: Path, pictures: list[Image], *, says: str) -> bytes:
    with av.open(str(_film(path, pictures[:1], says=says))) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


def _coded(path: Path, pictures: list[Image], *, says: str) -> list[bytes]:
    with av.open(str(_film(path, pictures, says=says))) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


class _Heic:
    """Items with their properties; what is small lies in the ``meta`` box, pictures after it."""

    def __init__(self, *, wide: bool) -> None:
        self.primary = 0
        self._wide = wide
        self._numbers = count(1)
        self._properties: list[bytes] = []
        self._items: list[tuple[int, bytes, bytes, list[int], list[int]]] = []

    def property(self, kind: bytes, content: bytes) -> int:
        self._properties.append(_box(kind, content))
        return len(self._properties)

    def item(
        self,
        kind: bytes,
        content: bytes,
        properties: list[int],
        *,
        made_of: list[int] | None = None,
    ) -> int:
        number = next(self._numbers)
        self._items.append((number, kind, content, properties, made_of or []))
        return number

    def written(self) -> bytes:
        brand = _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
        begins = len(brand) + len(self._meta(0)) + 8
        pictures = b"".join(content for _, _, content, _, made_of in self._items if not made_of)
        return brand + self._meta(begins) + _box(b"mdat", pictures)

    def _meta(self, begins: int) -> bytes:
        kinds = owners = places = small = parts = b""
        for number, kind, content, properties, made_of in self._items:
            # Never of version 3, which is for wide numbers: FFmpeg miscounts its bytes.
            kinds += _full(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", version=2)
            owners += self._number(number) + struct.pack(">B", len(properties))
            for place in properties:
                owners += struct.pack(">H", 0x8000 | place) if self._wide else bytes([0x80 | place])
            inside = bool(made_of)
            at = len(small) if inside else begins
            places += self._number(number) + struct.pack(">HH", inside, 0)
            if self._wide:  # from a base
                places += struct.pack(">QHQQ", at, 1, 0, len(content))
            else:
                places += struct.pack(">HII", 1, at, len(content))
            if inside:
                small += content
            else:
                begins += len(content)
            if made_of:
                numbers = b"".join(map(self._number, made_of))
                refers = self._number(number) + struct.pack(">H", len(made_of)) + numbers
                parts += _box(b"dimg", refers)
        many, version = self._number(len(self._items)), int(self._wide)
        owned = struct.pack(">I", len(self._items)) + owners
        sizes = b"\x88\x80" if self._wide else b"\x44\0"
        return _full(
            b"meta",
            _full(b"hdlr", bytes(4) + b"pict" + bytes(13))
            + _full(b"pitm", self._number(self.primary), version=version)
            + _full(b"iinf", many + kinds, version=version)
            + _full(b"iref", parts, version=version)
            + _box(
                b"iprp",
                _box(b"ipco", b"".join(self._properties))
                + _full(b"ipma", owned, version=version, flags=version),
            )
            + _full(b"iloc", sizes + many + places, version=1 + self._wide)
            + _box(b"idat", small),
        )

    def _number(self, number: int) -> bytes:
        return struct.pack(">I" if self._wide else ">H", number)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _full(name: bytes, content: bytes, *, version: int = 0, flags: int = 0) -> bytes:
    return _box(name, struct.pack(">I", version << 24 | flags) + content)
