"""Which case a moderator should see first: a plain sum, and a flood that cannot raise it.

Every part is capped, people are counted and not requests, and all of it is divided when everybody
behind a case is behind very many others too: a thousand cases of one source share what ten weigh.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import log2

from analysis.finding import Outcome
from detector_service.review.models import CaseReason

Kind = CaseReason.Kind
ORDINARY_CASES_A_WEEK = 10  # of one source; more than that begins to look like a flood


@dataclass(frozen=True, slots=True)
class Weighed:
    outcome: str
    fake_probability: float | None
    reach: int  # different askers in seven days
    contests: int  # of different people
    kinds: Collection[str]
    blind: bool
    appeal_is_late: bool
    least_busy_source: int  # cases in seven days of the source that has the fewest; 0: no source


def priority(case: Weighed) -> float:
    points = _score_points(case)
    points += min(30.0, 6.0 * log2(1 + case.reach))
    points += min(30.0, 10.0 * case.contests)
    points += 15.0 if Kind.APPEAL in case.kinds else 0.0
    points += 20.0 if case.appeal_is_late else 0.0
    points += 10.0 if Kind.NEAR_DUPLICATE in case.kinds else 0.0
    points += 20.0 if Kind.SECOND_LOOK in case.kinds else 0.0
    points += 5.0 if Kind.BLIND_SAMPLE in case.kinds else 0.0
    return round(points / max(1.0, case.least_busy_source / ORDINARY_CASES_A_WEEK), 3)


def _score_points(case: Weighed) -> float:
    if case.blind:
        return 15.0  # its place in the queue must not tell what the model said
    if case.outcome == Outcome.LIKELY_MANIPULATED:
        return 30.0 if (case.fake_probability or 0.0) >= 0.9 else 20.0
    # Nearest to a half is where a person helps most.
    if case.fake_probability is None:
        return 0.0
    return round(15.0 * (1.0 - abs(case.fake_probability - 0.5) * 2), 3)
