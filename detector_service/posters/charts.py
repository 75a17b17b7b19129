"""What a site asked and what came of it, day by day, as numbers and as a drawing.

Drawn here as plain shapes with attributes and classes: the pages allow no script and no inline
style. The same numbers stand in a table below each drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from analysis.finding import Outcome
from detector_service.checks import words
from detector_service.posters.models import Posting, Site

DAYS = 28
WIDTH, HEIGHT = 700.0, 160.0
_GAP = 4.0
#: From the bottom of a bar to its top; each is a class of the style sheet.
SERIES = (
    *(outcome.value for outcome in Outcome),
    Posting.State.FAILED.value,
    "open",
)


@dataclass(frozen=True, slots=True)
class Piece:
    series: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def in_order(self) -> list[int]:
        return [self.counts.get(series, 0) for series in SERIES]


@dataclass(frozen=True, slots=True)
class Share:
    name: str
    count: int
    width: float  # of 100


@dataclass(frozen=True, slots=True)
class Usage:
    days: tuple[Day, ...]
    pieces: tuple[Piece, ...]
    highest: int
    asked: int
    known_at_once: int
    sent_bytes: int
    warned: int
    choices: tuple[Share, ...]  # of those who were warned


def names() -> dict[str, str]:
    """What a person reads for each of ``SERIES``, in its order."""
    told = {outcome.value: words.headline(outcome.value) for outcome in Outcome}
    return told | {Posting.State.FAILED.value: "Failed", "open": "Under way or given up"}


def usage_of(site: Site) -> Usage:
    """Test postings are left out."""
    today = timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    rows = site.postings.filter(test=False, created_at__date__gte=first)
    days = _days(
        rows.annotate(day=TruncDate("created_at")).values("day", "state", "told_outcome"), first
    )
    highest = max((day.total for day in days), default=0)
    warned = rows.filter(state=Posting.State.ANSWERED, told_outcome__in=site.warn_on)
    totals = rows.aggregate(
        asked=Count("pk"),
        known=Count("pk", filter=Q(needed_bytes=False) & ~Q(sha256="")),
        sent=Sum("received_bytes"),
    )
    return Usage(
        days=days,
        pieces=tuple(_pieces(days, highest)),
        highest=highest,
        asked=totals["asked"],
        known_at_once=totals["known"],
        sent_bytes=totals["sent"] or 0,
        warned=warned.count(),
        choices=_choices(warned.values_list("choice").annotate(count=Count("pk"))),
    )


def _days(rows: object, first: date) -> tuple[Day, ...]:
    counted: dict[date, Counter[str]] = {
        first + timedelta(days=number): Counter() for number in range(DAYS)
    }
    for row in rows.annotate(count=Count("pk")):  # type: ignore[attr-defined]
        series = row["told_outcome"] if row["state"] == Posting.State.ANSWERED else row["state"]
        if row["day"] in counted:
            counted[row["day"]][series if series in SERIES else "open"] += row["count"]
    return tuple(Day(day, counts) for day, counts in sorted(counted.items()))


def _pieces(days: tuple[Day, ...], highest: int) -> list[Piece]:
    step = WIDTH / DAYS
    pieces = []
    for place, day in enumerate(days):
        top = HEIGHT
        for series, count in zip(SERIES, day.in_order, strict=True):
            height = HEIGHT * count / max(1, highest)
            top -= height
            if count:
                pieces.append(
                    Piece(
                        series=series,
                        x=round(place * step + _GAP / 2, 1),
                        y=round(top, 1),
                        width=round(step - _GAP, 1),
                        height=round(height, 1),
                    )
                )
    return pieces


def _choices(rows: object) -> tuple[Share, ...]:
    counted = dict(rows)  # type: ignore[call-overload]
    total = max(1, sum(counted.values()))
    names = {"": "Not told", **dict(Posting.Choice.choices)}
    return tuple(
        Share(name, counted.get(value, 0), round(100 * counted.get(value, 0) / total, 1))
        for value, name in names.items()
    )
