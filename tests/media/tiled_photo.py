"""A photo as phones save it: tiles of one size, and a few words that say how they lie."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np

from analysis.faces.crop import Image


def write_tiled_photo(path: Path, tiles: list[Image]) -> Path:
    """HEIC; ``tiles`` lie side by side, in one row."""
    height, width = tiles[0].shape[:2]
    with av.open(str(path.with_suffix(".mp4")), "w") as container:
        stream = container.add_stream("libx265", rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"x265-params": "keyint=1:bframes=0:log-level=none"}
        for tile in tiles:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(tile), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(str(path.with_suffix(".mp4"))) as container:
        parameters = bytes(container.streams.video[0].codec_context.extradata or b"")
        pieces = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    pieces.append(struct.pack(">4BHH", 0, 0, 0, len(tiles) - 1, len(tiles) * width, height))
    kind = _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    begins = len(kind) + len(_meta(0, pieces, parameters, width, height)) + 8
    path.write_bytes(
        kind + _meta(begins, pieces, parameters, width, height) + _box(b"mdat", b"".join(pieces))
    )
    return path


def _meta(begins: int, pieces: list[bytes], parameters: bytes, width: int, height: int) -> bytes:
    """The last of the pieces is the grid, and all others are its tiles."""
    grid = len(pieces)
    items = b"".join(
        _full(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", version=2)
        for number, kind in enumerate([b"hvc1"] * (grid - 1) + [b"grid"], start=1)
    )
    tiles = struct.pack(f">HH{grid - 1}H", grid, grid - 1, *range(1, grid))
    sizes = (struct.pack(">II", across, height) for across in (width, (grid - 1) * width))
    properties = _box(b"hvcC", parameters) + b"".join(_full(b"ispe", size) for size in sizes)
    owners = b"".join(struct.pack(">HBBB", number, 2, 0x81, 2) for number in range(1, grid))
    places = b""
    for number, piece in enumerate(pieces, start=1):
        places += struct.pack(">HHHII", number, 0, 1, begins, len(piece))
        begins += len(piece)
    return _full(
        b"meta",
        _full(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + _full(b"pitm", struct.pack(">H", grid))
        + _full(b"iinf", struct.pack(">H", grid) + items)
        + _full(b"iref", _box(b"dimg", tiles))
        + _box(
            b"iprp",
            _box(b"ipco", properties)
            + _full(b"ipma", struct.pack(">I", grid) + owners + struct.pack(">HBB", grid, 1, 3)),
        )
        + _full(b"iloc", b"\x44\0" + struct.pack(">H", grid) + places),
    )


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _full(name: bytes, content: bytes, *, version: int = 0) -> bytes:
    return _box(name, struct.pack(">I", version << 24) + content)
