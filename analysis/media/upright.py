"""How a stored picture is turned and mirrored before anybody is shown it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_NAMELESS = range(28, 48)
"""Kinds of side data that PyAV has no name for, EXIF among them: it lists none beside them."""


def rotation_deg(frame: VideoFrame) -> int:
    """By how much the picture must be turned clockwise to stand upright: 0, 90, 180 or 270."""
    return round(-(frame.rotation or 0) / 90) * 90 % 360


def is_mirrored(frame: VideoFrame) -> bool:
    """Whether it must be turned upside down as in a mirror before it is turned."""
    side_data: Any  # PyAV's stubs know of motion vectors alone.
    try:
        side_data = frame.side_data
    except ValueError:
        side_data = _without_nameless(frame).side_data
    matrix = side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return False
    a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
    return bool(a * d < b * c)


def upright(rows: NDArray[np.uint8], *, rotation_deg: int, mirrored: bool) -> NDArray[np.uint8]:
    """A stored picture, or one plane of it, as it is shown."""
    if mirrored:
        rows = rows[::-1]
    return np.rot90(rows, k=-rotation_deg // 90) if rotation_deg else rows


def _without_nameless(frame: VideoFrame) -> VideoFrame:
    from av.filter import Graph  # whoever only turns pictures needs no decoder

    graph = Graph()
    graph.threads = 1
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        ),
        *(graph.add("sidedata", f"mode=delete:type={kind}") for kind in _NAMELESS),
        graph.add("buffersink"),
    ).configure()
    graph.vpush(frame)
    return graph.vpull()
