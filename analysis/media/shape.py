"""How large a frame is that is looked at, by its shape."""

from __future__ import annotations

import math

_USUAL_SHAPE = 16 / 9
_LONGEST_STRIP = 4.0
"""In longer sides of a usual frame: whatever cuts out faces counts its pixels in 16 bits."""


def longest_side_px(usual_px: int, width: int, height: int) -> float:
    """A strip may be longer than a usual frame, and keeps as many pixels as one.

    Otherwise hardly anything would be left of the faces in a long screenshot, or on two screens
    side by side.
    """
    shape = max(width, height) / min(width, height)
    return usual_px * min(_LONGEST_STRIP, max(1.0, math.sqrt(shape / _USUAL_SHAPE)))
