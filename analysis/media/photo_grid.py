"""How the tiles of a photo lie, as phones save it.

FFmpeg makes a stream of each tile and gives it the number that the file has for it. How they lie
is not said by PyAV, so those few words of the file are read here. Runs only inside a guarded child.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import VideoProblem

MOST_TILES = 256
MOST_BYTES = 64 << 20
_WIDE_SIZES = 1
_TURNS = ((), ("transpose=cclock",), ("hflip", "vflip"), ("transpose=clock",))
_FLIPS = ("vflip", "hflip")


@dataclass(frozen=True, slots=True)
class Grid:
    """``tiles`` are numbers of streams, row by row. What reaches beyond width and height is cut
    off, then ``turns``, FFmpeg's filters, set the photo upright.
    """

    rows: int
    columns: int
    width_px: int
    height_px: int
    tiles: tuple[int, ...]
    turns: tuple[str, ...]

    @property
    def shown_size(self) -> tuple[int, int]:
        on_its_side = sum(turn.startswith("transpose") for turn in self.turns) % 2
        size = (self.width_px, self.height_px)
        return size[::-1] if on_its_side else size


def read_grid(path: Path) -> Grid | None:
    """How the tiles of the photo lie that the file is about; None if that one has no tiles."""
    if path.stat().st_size > MOST_BYTES:
        raise VideoProblem("content.too_large", f"tiles in more than {MOST_BYTES} bytes")
    try:
        return _grid(memoryview(path.read_bytes()))
    except (KeyError, ValueError) as error:
        raise VideoProblem("content.corrupt", f"tiles that lie nowhere: {error!r}") from error


def _grid(data: memoryview) -> Grid | None:
    meta = dict(_boxes(dict(_boxes(data))[b"meta"][4:]))
    pitm = _Words(meta[b"pitm"])
    primary = pitm.number(2 if pitm.version == 0 else 4)
    if _kinds(meta[b"iinf"]).get(primary) != b"grid":
        return None
    tiles = _parts_of(primary, meta[b"iref"])
    lies = _Words(_content(primary, meta, data), is_full=False)
    lies.number(1)
    bytes_each = 4 if lies.number(1) & _WIDE_SIZES else 2
    rows, columns = lies.number(1) + 1, lies.number(1) + 1
    width_px, height_px = lies.number(bytes_each), lies.number(bytes_each)
    # One tile in many places would be a small file and a large photo.
    if not len(set(tiles)) == len(tiles) == rows * columns:
        raise ValueError(f"{len(set(tiles))} tiles in {rows} rows of {columns}")
    return Grid(rows, columns, width_px, height_px, tiles, _turns(primary, meta.get(b"iprp")))


class _Words:
    """Numbers one after another; a full box begins with its version and 24 flags."""

    def __init__(self, data: memoryview, *, is_full: bool = True) -> None:
        self._data, self._at = data, 0
        self.version = self.number(1) if is_full else 0
        self.flags = self.number(3) if is_full else 0

    def number(self, size: int) -> int:
        return int.from_bytes(self.piece(size), "big")

    def piece(self, size: int) -> memoryview:
        begin, self._at = self._at, self._at + size
        if self._at > len(self._data):
            raise ValueError("broken off")
        return self._data[begin : self._at]

    def rest(self) -> memoryview:
        return self._data[self._at :]


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    while len(data) >= 8:
        words = _Words(data, is_full=False)
        size, kind, begin = words.number(4), bytes(words.piece(4)), 8
        if size == 1:
            size, begin = words.number(8), 16
        elif size == 0:
            size = len(data)
        if not begin <= size <= len(data):
            raise ValueError(f"a box {kind!r} of {size} bytes")
        yield kind, data[begin:size]
        data = data[size:]


def _kinds(iinf: memoryview) -> dict[int, bytes]:
    """What each item is, by its number."""
    words = _Words(iinf)
    words.number(2 if words.version == 0 else 4)
    kinds = {}
    for _, infe in _boxes(words.rest()):
        item = _Words(infe)
        number = item.number(2 if item.version < 3 else 4)
        item.number(2)
        kinds[number] = bytes(item.piece(4))
    return kinds


def _parts_of(item: int, iref: memoryview) -> tuple[int, ...]:
    words = _Words(iref)
    size = 2 if words.version == 0 else 4
    for kind, reference in _boxes(words.rest()):
        numbers = _Words(reference, is_full=False)
        if kind != b"dimg" or numbers.number(size) != item:
            continue
        count = numbers.number(2)
        if count > MOST_TILES:
            raise VideoProblem("content.too_large", f"{count} tiles")
        return tuple(numbers.number(size) for _ in range(count))
    raise ValueError("made of nothing")


def _content(item: int, meta: dict[bytes, memoryview], data: memoryview) -> memoryview:
    """What lies in the file, or in a box for small things, under an item's number."""
    words = _Words(meta[b"iloc"])
    size = 2 if words.version < 2 else 4
    sizes, more = words.number(1), words.number(1)
    # What else could be there is the number of an extent, and FFmpeg opens no file that has those.
    offset_bytes, length_bytes, base_bytes = sizes >> 4, sizes & 15, more >> 4
    for _ in range(words.number(size)):
        number = words.number(size)
        where = words.number(2) & 15 if words.version else 0
        words.number(2)
        base = words.number(base_bytes)
        extents = words.number(2)
        # Not one by one: extents without a size are many in few bytes.
        first = _Words(words.piece(extents * (offset_bytes + length_bytes)), is_full=False)
        if number == item and extents == 1:
            begin = base + first.number(offset_bytes)
            return (meta[b"idat"] if where == 1 else data)[begin:][: first.number(length_bytes)]
    raise ValueError("described nowhere")


def _turns(item: int, iprp: memoryview | None) -> tuple[str, ...]:
    """What is to be done to an item to show it, in order."""
    boxes = dict(_boxes(iprp)) if iprp is not None else {}
    if b"ipma" not in boxes:
        return ()
    properties = list(_boxes(boxes[b"ipco"]))
    words = _Words(boxes[b"ipma"])
    turns: list[str] = []
    for _ in range(words.number(4)):
        owner = words.number(2 if words.version == 0 else 4)
        for _ in range(words.number(1)):
            # The first bit says whether it may be ignored.
            place = words.number(2) & 0x7FFF if words.flags & 1 else words.number(1) & 0x7F
            if owner != item or not 0 < place <= len(properties):
                continue
            kind, how = properties[place - 1]
            if kind == b"irot":
                turns += _TURNS[_Words(how, is_full=False).number(1) & 3]
            elif kind == b"imir":
                turns.append(_FLIPS[_Words(how, is_full=False).number(1) & 1])
    return tuple(turns)
