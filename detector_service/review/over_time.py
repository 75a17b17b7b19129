"""The model against people, week by week and bundle by bundle, as numbers and as a drawing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from detector_service.review.agreement import Bin, rates_of
from detector_service.review.models import Decision

MOST_WEEKS = 26
WIDTH, HEIGHT, MARGIN = 640.0, 160.0, 8.0
SIDE = 160.0


@dataclass(frozen=True, slots=True)
class Week:
    """None where nothing was there to divide by."""

    begins: date
    decided: int
    agreement: float | None
    precision: float | None
    recall: float | None
    gap: float | None  # mean distance of the score from the share that people found manipulated


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    says: str
    radius: float = 3.5


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    label: str
    points: str  # of a polyline
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    lines: tuple[Line, ...]
    weeks: tuple[Week, ...]
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True, slots=True)
class Reliability:
    """On the diagonal a score is what it says; the area of a dot is the number of cases."""

    dots: tuple[Dot, ...]
    side: float = SIDE


def weeks_of(decisions: Iterable[Decision]) -> list[Week]:
    """The latest ``MOST_WEEKS`` in which anything was decided, the oldest first."""
    by_week: dict[date, list[Decision]] = defaultdict(list)
    for decision in decisions:
        day = decision.created_at.date()
        by_week[day - timedelta(days=day.weekday())].append(decision)
    return [_week(begins, by_week[begins]) for begins in sorted(by_week)[-MOST_WEEKS:]]


def chart_of(decisions: Iterable[Decision]) -> Chart:
    weeks = tuple(weeks_of(decisions))
    lines = (
        _line("agreement", "Agreement", weeks, [week.agreement for week in weeks]),
        _line("precision", "Precision", weeks, [week.precision for week in weeks]),
        _line("recall", "Recall", weeks, [week.recall for week in weeks]),
    )
    return Chart(lines=lines, weeks=weeks)


def reliability_of(bins: Sequence[Bin]) -> Reliability | None:
    if not bins:
        return None
    most = max(each.count for each in bins)
    return Reliability(
        tuple(
            Dot(
                x=round(each.mean_score * SIDE, 1),
                y=round((1 - each.share) * SIDE, 1),
                says=f"score {each.mean_score:.2f}, people {each.share:.2f}, {each.count} cases",
                radius=round(3 + 7 * (each.count / most) ** 0.5, 1),
            )
            for each in bins
        )
    )


def _week(begins: date, rows: list[Decision]) -> Week:
    rates = rates_of(rows)
    scored = sum(each.count for each in rates.bins)
    gap = sum(each.count * abs(each.mean_score - each.share) for each in rates.bins)
    return Week(
        begins=begins,
        decided=len(rows),
        agreement=rates.agreement.value,
        precision=rates.precision.value,
        recall=rates.recall.value,
        gap=gap / scored if scored else None,
    )


def _line(name: str, label: str, weeks: Sequence[Week], values: Sequence[float | None]) -> Line:
    step = (WIDTH - 2 * MARGIN) / max(len(weeks) - 1, 1)
    dots = tuple(
        Dot(
            x=round(MARGIN + at * step, 1),
            y=round(MARGIN + (1 - value) * (HEIGHT - 2 * MARGIN), 1),
            says=f"{label}, week of {week.begins:%d %b %Y}: {100 * value:.0f} %",
        )
        for at, (week, value) in enumerate(zip(weeks, values, strict=True))
        if value is not None
    )
    return Line(name, label, " ".join(f"{dot.x},{dot.y}" for dot in dots), dots)
