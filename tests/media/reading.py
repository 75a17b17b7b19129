"""A file read as a check reads it, with a plan that suits small clips."""

from __future__ import annotations

from pathlib import Path

from analysis.media.limits import MediaLimits
from analysis.media.read import Frame, Item, read_frames
from analysis.media.windows import SamplingPlan

PLAN = SamplingPlan(windows=3, frames_per_window=4, spacing_s=0.08)
LIMITS = MediaLimits()


def read_all(path: Path, *, plan: SamplingPlan = PLAN) -> list[Item]:
    with read_frames(path, plan=plan, limits=LIMITS) as items:
        return list(items)


def frames_of(path: Path, *, plan: SamplingPlan = PLAN) -> list[Frame]:
    return [item for item in read_all(path, plan=plan) if isinstance(item, Frame)]
