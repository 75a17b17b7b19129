"""Where one shot of a video ends and the next begins."""

from __future__ import annotations

from collections import deque
from operator import sub
from statistics import median

from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

_LUMA_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuv444p", "nv12", "gray"})
_CUT_CHANGE, _CUT_TIMES_USUAL, _UNKNOWN_CHANGE = 8.6, 4.0, 6.9
"""In steps of video's brightness, which goes from 16 to 235."""
_FAR_S, _FAR_CHANGE = 0.5, 34.0
"""Within a second 19 of 20 talking heads change by less, nearly every cut between two by more."""
_TIMES_MOVED, _MOST_MOVED = 2.0, 42.0
"""Over a jump few shots change by more, and of a thousand cuts to somebody else one by less."""


class Scenes:
    """Counts the shots of a video from a few hundred points of each decoded frame.

    A cut is a change that is large, and large beside the changes just before it. Where frames lie
    far apart, each of those may be a cut too. Over a jump to another place a shot goes on that did
    not change by much more than it had on its own, from where it was entered to where it was left:
    how many key frames a file has is no reason to take one person for several.
    """

    def __init__(self) -> None:
        self.number = 0
        self._reformatter = VideoReformatter()
        self._before: bytes | None = None
        self._at_s = 0.0
        self._changes: deque[float] = deque(maxlen=12)
        self._entered: bytes | None = None
        self._moved = 0.0

    def jump(self) -> None:
        if self._before is not None and self._entered is not None:
            self._moved = max(self._moved, _change(self._entered, self._before))
        self._entered = None
        self._changes.clear()

    def look_at(self, frame: VideoFrame, at_s: float) -> None:
        now = self._points(frame)
        if self._before is not None:
            change = _change(self._before, now)
            if self._entered is None:
                is_cut = change > min(_MOST_MOVED, _TIMES_MOVED * self._moved)
            else:
                is_cut = self._is_cut(change, at_s)
                self._changes.append(change)
            if is_cut:
                self.number += 1
                self._entered, self._moved = None, 0.0
        self._entered = self._entered or now
        self._before, self._at_s = now, at_s

    def _is_cut(self, change: float, at_s: float) -> bool:
        usual = median(self._changes) if len(self._changes) > 3 else _UNKNOWN_CHANGE
        is_far = at_s - self._at_s > _FAR_S
        return change > max(_CUT_CHANGE, _CUT_TIMES_USUAL * usual) or (
            is_far and change > _FAR_CHANGE
        )

    def _points(self, frame: VideoFrame) -> bytes:
        """The brightness in a grid of 32 x 18 points."""
        plane = frame.planes[0]
        right, below = frame.width // 32, frame.height // 18
        if frame.format.name in _LUMA_FIRST and right and below and plane.line_size >= frame.width:
            # Read in place: the scaler costs ten times as much.
            luma = memoryview(plane)
            rows = range(below // 2 * plane.line_size, 18 * below * plane.line_size,
                         below * plane.line_size)  # fmt: skip
            return b"".join(
                bytes(luma[start + right // 2 : start + 32 * right : right]) for start in rows
            )
        points = self._reformatter.reformat(
            frame, width=32, height=18, format="gray", interpolation="POINT"
        )
        return bytes(points.planes[0])


def _change(one: bytes, other: bytes) -> float:
    steps: int = sum(map(abs, map(sub, one, other)))
    return steps / len(one)
