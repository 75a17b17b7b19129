"""The geometry of the report's drawings; templates turn it into inline SVG.

Drawings are stretched to the width they get, so they hold no text: labels are HTML beside them.
Only attributes and classes are used, because the content security policy allows no inline style.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.finding import FrameScore, Stretch

WIDTH = 1000.0
HEIGHT = 160.0
_PAD = 8.0
_NARROWEST = 3.0  # a stretch of one frame must still be seen
_GAP_FACTOR = 2.5  # a face that was away for this many steps is drawn as a break


@dataclass(frozen=True, slots=True)
class Band:
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """One face's score over the whole video: higher on the page is more suspicious."""

    curves: tuple[str, ...]  # the points of polylines
    areas: tuple[str, ...]  # the points of polygons
    bands: tuple[Band, ...]
    limit_y: float | None
    ticks: tuple[float, ...]  # seconds, evenly spread from start to end
    duration_s: float


def timeline(
    *,
    scores: Sequence[FrameScore],
    suspicious: Iterable[Stretch],
    duration_s: float,
    limit: float | None,
) -> Timeline | None:
    """None where there is no time to speak of: a picture, or a single moment."""
    if duration_s <= 0 or len(scores) < 2:
        return None

    def x(at_s: float) -> float:
        return round(min(max(at_s / duration_s, 0.0), 1.0) * WIDTH, 1)

    def y(probability: float) -> float:
        return round(_PAD + (1.0 - probability) * (HEIGHT - 2 * _PAD), 1)

    runs = [
        [(x(score.at_s), y(score.fake_probability)) for score in run] for run in _unbroken(scores)
    ]
    return Timeline(
        curves=tuple(_points(run if len(run) > 1 else _dash(run[0])) for run in runs),
        areas=tuple(
            _points([(run[0][0], HEIGHT), *run, (run[-1][0], HEIGHT)])
            for run in runs
            if len(run) > 1
        ),
        bands=tuple(
            Band(
                x=min(x(stretch.start_s), WIDTH - _NARROWEST),
                width=max(x(stretch.end_s) - x(stretch.start_s), _NARROWEST),
            )
            for stretch in suspicious
        ),
        limit_y=None if limit is None else y(limit),
        ticks=tuple(duration_s * quarter / 4 for quarter in range(5)),
        duration_s=duration_s,
    )


@dataclass(frozen=True, slots=True)
class Gauge:
    """The score on a scale of 100; the zones are None for a bundle whose card is not here."""

    needle_x: float
    none_below_x: float | None = None
    between_width: float | None = None
    manipulated_from_x: float | None = None
    manipulated_width: float | None = None


def gauge(
    fake_probability: float, *, none_below: float | None, manipulated_from: float | None
) -> Gauge:
    needle_x = round(fake_probability * 100, 1)
    if none_below is None or manipulated_from is None:
        return Gauge(needle_x)
    return Gauge(
        needle_x=needle_x,
        none_below_x=round(none_below * 100, 1),
        between_width=round((manipulated_from - none_below) * 100, 1),
        manipulated_from_x=round(manipulated_from * 100, 1),
        manipulated_width=round((1.0 - manipulated_from) * 100, 1),
    )


@dataclass(frozen=True, slots=True)
class Dot:
    x: int
    y: int
    wrong: bool


def dots(wrong_of_100: int) -> tuple[Dot, ...]:
    """A hundred results like this one, ten in a row; the wrong ones stand last."""
    return tuple(
        Dot(x=6 + 12 * (place % 10), y=6 + 12 * (place // 10), wrong=place >= 100 - wrong_of_100)
        for place in range(100)
    )


def _unbroken(scores: Sequence[FrameScore]) -> list[list[FrameScore]]:
    ordered = sorted(scores, key=lambda score: score.at_s)
    steps = sorted(after.at_s - before.at_s for before, after in pairwise(ordered))
    longest_s = steps[len(steps) // 2] * _GAP_FACTOR
    runs = [[ordered[0]]]
    for before, after in pairwise(ordered):
        if after.at_s - before.at_s > longest_s:
            runs.append([])
        runs[-1].append(after)
    return runs


def _dash(point: tuple[float, float]) -> list[tuple[float, float]]:
    return [(point[0] - 2, point[1]), (point[0] + 2, point[1])]


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
