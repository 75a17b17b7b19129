"""How often the bundle in use was right when it was measured, read from its card."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.errors import AnalysisFault
from analysis.finding import Outcome
from detector_service.checks.bundle import current_card
from detector_service.checks.words import outcome_rates


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of the measured videos, 0 to 1."""

    found: float  # manipulated, and said so
    missed: float  # manipulated, and nothing found
    accused: float  # genuine, and called manipulated
    left_open_manipulated: float
    left_open_genuine: float


def measured_accuracy() -> Accuracy | None:
    """None where nothing was measured, or while no bundle is installed."""
    try:
        rates = outcome_rates(current_card())
    except AnalysisFault:
        return None
    if rates is None:
        return None
    manipulated, genuine = rates["manipulated"], rates["genuine"]
    return Accuracy(
        found=manipulated.get(Outcome.LIKELY_MANIPULATED, 0.0),
        missed=manipulated.get(Outcome.NO_MANIPULATION_FOUND, 0.0),
        accused=genuine.get(Outcome.LIKELY_MANIPULATED, 0.0),
        left_open_manipulated=manipulated.get(Outcome.INCONCLUSIVE, 0.0),
        left_open_genuine=genuine.get(Outcome.INCONCLUSIVE, 0.0),
    )
