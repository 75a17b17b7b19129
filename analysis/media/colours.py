"""How a frame is made to show the colours that its viewers see. Inside a guarded child alone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc, VideoReformatter

HLG_TABLE = Path(__file__).with_name("hybrid_log_gamma.png")
_BT709, _UNSAID = 1, 2
_KNOWN = frozenset({0, 1, 4, 5, 6, 7, 9})
"""The numbers of how colours are mixed, as all codecs have them, that FFmpeg undoes."""
_HD_FROM_LINES = 720
_NEVER_HD = frozenset({"vp9", "av1"})
_DEEP = {"rgb24": "rgb48le", "rgba": "rgba64le"}
_USUAL_SCREEN = {"dst_color_trc": ColorTrc.BT709, "dst_color_primaries": ColorPrimaries.BT709}
_TICK = Fraction(1, 25)


def say_how_mixed(frame: VideoFrame, *, is_picture: bool, codec: str) -> None:
    """How red, green and blue were mixed, where a video does not say, or says what nobody undoes.

    Browsers then go by its height, except for VP9 and AV1. What stays unsaid is taken for BT.601.
    """
    if frame.colorspace not in _KNOWN:
        is_hd = frame.height >= _HD_FROM_LINES and codec not in _NEVER_HD and not is_picture
        frame.colorspace = _BT709 if is_hd else _UNSAID


class Screen:
    """A usual one. It keeps what it has prepared for the last size that it showed.

    Without it faces in HDR are flat, of a colour and a light that nobody sees them in.
    """

    def __init__(self) -> None:
        # Before and after the table: one would forget with each frame what it prepared.
        self._reformatter, self._narrower = VideoReformatter(), VideoReformatter()
        self._table: _Table | None = None

    def show(self, frame: VideoFrame, *, pixels: str, **how: Any) -> VideoFrame:
        """``pixels``: rgb24 or rgba."""
        if frame.color_trc == ColorTrc.ARIB_STD_B67:
            deep = self._reformatter.reformat(frame, format=_DEEP[pixels], **how)
            if self._table is None or not self._table.fits(deep):
                self._table = _Table(deep)
            return self._narrower.reformat(self._table.look_up(deep), format=pixels)
        hdr = _USUAL_SCREEN if frame.color_trc == ColorTrc.SMPTE2084 else {}
        return self._reformatter.reformat(frame, format=pixels, **how, **hdr)


class _Table:
    """Hybrid log-gamma, which phones film in, on a usual screen: one colour for each colour.

    FFmpeg would work it out anew for each size of each file, which takes longer than all else. By
    perceptual quantizer a film says itself how bright it gets, so there is no one table for it.
    """

    def __init__(self, like: VideoFrame) -> None:
        self._like = (like.width, like.height, like.format.name)
        self._count = 0
        with av.open(str(HLG_TABLE)) as file:
            table = next(file.decode(video=0))
        self._graph = graph = Graph()  # kept, since its parts do not keep it
        graph.threads = 1
        self._frames, clut = (
            graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=_TICK
            )
            for frame in (like, table)
        )
        look_up = graph.add("haldclut", "clut=first")
        self._frames.link_to(look_up, 0, 0)
        clut.link_to(look_up, 0, 1)
        self._out: FilterContext = graph.add("buffersink")
        look_up.link_to(self._out)
        graph.configure()
        table.pts, table.time_base = 0, _TICK
        clut.push(table)
        clut.push(None)

    def fits(self, frame: VideoFrame) -> bool:
        return (frame.width, frame.height, frame.format.name) == self._like

    def look_up(self, frame: VideoFrame) -> VideoFrame:
        # The frame may be the one that was decoded, if it is deep already: its time is its own.
        at, of = frame.pts, frame.time_base
        frame.pts, frame.time_base = self._count, _TICK
        self._count += 1
        self._frames.push(frame)
        frame.pts = at
        if of is not None:
            frame.time_base = of
        seen = self._out.pull()
        assert isinstance(seen, VideoFrame)
        return seen
