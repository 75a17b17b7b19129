"""How a frame is made to show the colours that its viewers see. Inside a guarded child alone."""

from __future__ import annotations

from typing import Any

from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc

_BT709, _UNSAID = 1, 2
_KNOWN = frozenset({0, 1, 4, 5, 6, 7, 9})
"""The numbers of how colours are mixed, as all codecs have them, that FFmpeg undoes."""
_HDR = frozenset({ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67})
_HD_FROM_LINES = 720
_NEVER_HD = frozenset({"vp9", "av1"})


def say_how_mixed(frame: VideoFrame, *, is_picture: bool, codec: str) -> None:
    """How red, green and blue were mixed, where a video does not say, or says what nobody undoes.

    Browsers then go by its height, except for VP9 and AV1. What stays unsaid is taken for BT.601.
    """
    if frame.colorspace not in _KNOWN:
        is_hd = frame.height >= _HD_FROM_LINES and codec not in _NEVER_HD and not is_picture
        frame.colorspace = _BT709 if is_hd else _UNSAID


def as_on_a_usual_screen(frame: VideoFrame) -> dict[str, Any]:
    """What HDR needs, or its faces are flat, of a colour and a light that nobody sees them in."""
    if frame.color_trc not in _HDR:
        return {}
    return {"dst_color_trc": ColorTrc.BT709, "dst_color_primaries": ColorPrimaries.BT709}
