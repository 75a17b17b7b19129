"""Which moments of a video are looked at: short windows spread over all of it.

The frames of a window follow each other closely, so that the recurrent part of a model sees
movement; the windows cover the whole length, so that a short manipulated stretch has a chance to
be met. Their number grows little with the length: three times as many for an hour as for a clip.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_RUN_S = 12.0
"""The most video that is decoded to reach one window where no key frame is near: encoders put one
every 10 seconds or more often, and a file without any must not cost its whole length."""

TWO_CLIPS_FROM_S, THREE_CLIPS_FROM_S = 30.0, 180.0


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """``windows`` make one clip; a longer video is looked at two or three clips deep."""

    windows: int
    frames_per_window: int
    spacing_s: float
    longest_run_s: float = LONGEST_RUN_S

    @property
    def window_s(self) -> float:
        return self.frames_per_window * self.spacing_s

    def windows_for(self, duration_s: float) -> int:
        clips = 1 if duration_s < TWO_CLIPS_FROM_S else 2 if duration_s < THREE_CLIPS_FROM_S else 3
        return max(1, min(clips * self.windows, int(duration_s / self.window_s)))


@dataclass(frozen=True, slots=True)
class Window:
    """``seek_to_s`` is the key frame to jump to first; None to go on reading from where one is."""

    number: int
    first_at_s: float
    seek_to_s: float | None


def plan_windows(
    plan: SamplingPlan,
    *,
    duration_s: float,
    key_frames_s: Sequence[float],
    indexed_until_s: float = 0.0,
) -> list[Window]:
    """Each window in the middle of its share of the video, or at a key frame that is in the share.

    ``key_frames_s`` is sorted, and ``indexed_until_s`` is where the container's index ends. Without
    an index none are known or only the first ones: then a long video is entered wherever its
    demuxer finds a way in.
    """
    count = plan.windows_for(duration_s)
    share_s = duration_s / count
    known_s = max([indexed_until_s, *key_frames_s[-1:]])
    indexed = bool(key_frames_s) and duration_s - known_s <= max(60.0, duration_s / 2)
    windows: list[Window] = []
    reached_s = 0.0
    for number in range(count):
        begin_s = number * share_s
        last_s = max(begin_s, begin_s + share_s - plan.window_s)
        middle_s = (begin_s + last_s) / 2
        if indexed:
            first_at_s, seek_to_s = _near_key_frame(
                begin_s,
                middle_s,
                last_s,
                reached_s=reached_s,
                key_frames_s=key_frames_s,
                longest_run_s=plan.longest_run_s,
            )
        else:
            first_at_s = middle_s
            seek_to_s = middle_s if middle_s - reached_s > plan.longest_run_s else None
        windows.append(Window(number=number, first_at_s=first_at_s, seek_to_s=seek_to_s))
        reached_s = first_at_s + plan.window_s
    return windows


def _near_key_frame(
    begin_s: float,
    middle_s: float,
    last_s: float,
    *,
    reached_s: float,
    key_frames_s: Sequence[float],
    longest_run_s: float,
) -> tuple[float, float | None]:
    """Where the window begins, and the key frame to jump to, if any is ahead."""
    first, end = bisect_left(key_frames_s, begin_s), bisect_right(key_frames_s, last_s)
    if first < end:
        at_s = min(key_frames_s[first:end], key=lambda key_s: abs(key_s - middle_s))
        return at_s, at_s if at_s > reached_s else None
    if first and key_frames_s[first - 1] > reached_s:
        start_s = key_frames_s[first - 1]
        return min(middle_s, max(begin_s, start_s + longest_run_s)), start_s
    return min(middle_s, reached_s + longest_run_s), None
