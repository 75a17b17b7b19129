"""Where the model and people agree, counted from what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.finding import Outcome
from detector_service.review.models import Decision

BINS = 5
MANIPULATED = Outcome.LIKELY_MANIPULATED.value
NOTHING_FOUND = Outcome.NO_MANIPULATION_FOUND.value


@dataclass(frozen=True, slots=True)
class Share:
    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """None where nothing is there to divide by."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Bin:
    low: float
    high: float
    count: int
    mean_score: float
    share: float  # that people found manipulated


@dataclass(frozen=True, slots=True)
class Rates:
    """Decisions that are inconclusive count for ``agreement`` alone."""

    agreement: Share
    precision: Share
    recall: Share
    bins: tuple[Bin, ...]


def rates_of(rows: Sequence[Decision]) -> Rates:
    judged = [row for row in rows if row.outcome in (MANIPULATED, NOTHING_FOUND)]
    flagged = [row for row in judged if row.model_outcome == MANIPULATED]
    manipulated = [row for row in judged if row.outcome == MANIPULATED]
    hits = sum(row.outcome == MANIPULATED for row in flagged)
    return Rates(
        agreement=Share(sum(row.outcome == row.model_outcome for row in rows), len(rows)),
        precision=Share(hits, len(flagged)),
        recall=Share(hits, len(manipulated)),
        bins=_calibration_bins(judged),
    )


def _calibration_bins(judged: Sequence[Decision]) -> tuple[Bin, ...]:
    scored = [(row.fake_probability, row) for row in judged if row.fake_probability is not None]
    insides = (
        [(score, row) for score, row in scored if min(int(score * BINS), BINS - 1) == at]
        for at in range(BINS)
    )
    return tuple(
        Bin(
            low=at / BINS,
            high=(at + 1) / BINS,
            count=len(inside),
            mean_score=sum(score for score, _ in inside) / len(inside),
            share=sum(row.outcome == MANIPULATED for _, row in inside) / len(inside),
        )
        for at, inside in enumerate(insides)
        if inside
    )
