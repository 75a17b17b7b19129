"""From scores to probabilities and thresholds, always judged on groups that were not fitted on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.evaluation.metrics import Labels, Scores
from analysis.models.bundles import Calibration, likely_among

# A weak pull towards a flat line, worth about one clip: few clips that happen to be separable
# must not make the logistic infinitely steep.
PRIOR_STRENGTH = 1.0
# How the scores of genuine faces fall off is read from the highest of them.
TAIL_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Allowed:
    """How often a threshold may be wrong of the next real one and of the next fake."""

    false_positive_rate: float = 0.05
    miss_rate: float = 0.10


USUALLY_ALLOWED = Allowed()


def allowed_by(card: dict[str, Any]) -> Allowed:
    """What a bundle's own thresholds were asked to keep to."""
    asked = card.get("calibrated_on")
    if not asked:
        return USUALLY_ALLOWED
    return Allowed(asked["false_positive_rate_at_most"], asked["miss_rate_at_most"])


@dataclass(frozen=True, slots=True)
class Band:
    """From ``likely_at`` on manipulated is said, under ``clear_below`` that nothing was found.

    ``rise`` is for the highest of several faces, as ``likely_among`` says.
    """

    likely_at: float
    clear_below: float
    rise: float


_SAYS_NOTHING = Band(likely_at=float("inf"), clear_below=float("-inf"), rise=0.0)


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Each case's probability and thresholds by a fit that never saw its group."""

    probabilities: NDArray[np.float64]
    bands: tuple[Band, ...]

    @property
    def complete(self) -> bool:
        """No case was left to chance, as where all of one kind are of one recording."""
        return bool(self.bands) and _SAYS_NOTHING not in self.bands

    @property
    def likely(self) -> NDArray[np.bool_]:
        return self.likely_among(1)

    @property
    def clear(self) -> NDArray[np.bool_]:
        return self.probabilities < [band.clear_below for band in self.bands]

    def likely_among(self, faces: int) -> NDArray[np.bool_]:
        """Which would be called if that many faces had been judged."""
        return self.probabilities >= [
            likely_among(faces, likely_at=band.likely_at, rise=band.rise) for band in self.bands
        ]


def fit_logistic(labels: Labels, logits: Scores) -> Calibration:
    """Slope and intercept by maximum likelihood, classes weighted as if equally frequent.

    The slope is never negative: a score that points the wrong way becomes a flat line.
    """
    spread = float(np.std(logits)) or 1.0
    centre = float(np.mean(logits))
    x = (np.asarray(logits, dtype=np.float64) - centre) / spread
    fakes, reals = max(1, int(labels.sum())), max(1, int((1 - labels).sum()))
    weights = np.where(labels == 1, len(labels) / (2 * fakes), len(labels) / (2 * reals))
    design = np.stack([x, np.ones_like(x)], axis=1)
    beta = np.zeros(2)
    prior = np.array([PRIOR_STRENGTH, 1e-6])
    for _ in range(100):
        said = 0.5 * (1 + np.tanh(design @ beta / 2))
        gradient = design.T @ (weights * (said - labels)) + prior * beta
        curvature = (design * (weights * said * (1 - said))[:, None]).T @ design + np.diag(prior)
        step = np.linalg.solve(curvature, gradient)
        # A damped step: full Newton steps can overshoot where classes are nearly separable.
        beta = beta - step * min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-10:
            break
    if beta[0] < 0:
        return Calibration(slope=0.0, intercept=0.0)
    slope = beta[0] / spread
    return Calibration(slope=float(slope), intercept=float(beta[1] - slope * centre))


def fold_of(group: str, folds: int) -> int:
    """The same fold for the same group on every machine, whatever else is in the set."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % folds


def cross_fitted(
    labels: Labels,
    logits: Scores,
    groups: Sequence[str],
    *,
    allowed: Allowed = USUALLY_ALLOWED,
    folds: int = 10,
) -> CrossFitted:
    """What calibration and thresholds promise for recordings that they were not fitted on."""
    fold = np.array([fold_of(group, folds) for group in groups])
    probabilities = np.full(len(labels), 0.5)
    bands = np.full(len(labels), _SAYS_NOTHING, dtype=object)
    for number in sorted(set(fold.tolist())):
        held = fold == number
        rest = labels[~held]
        if not 0 < rest.sum() < len(rest):
            continue
        fitted = fit_logistic(rest, logits[~held])
        bands[held] = fit_band(rest, fitted.probabilities(logits[~held]), allowed)
        probabilities[held] = fitted.probabilities(logits[held])
    return CrossFitted(probabilities, tuple(bands))


def fit_band(labels: Labels, probabilities: Scores, allowed: Allowed = USUALLY_ALLOWED) -> Band:
    """Thresholds that the next real and the next fake cross wrongly at most as ``allowed``.

    Split conformal: of n reals, k at or above a threshold promise (k + 1) / (n + 1) for the next
    one. With too few cases for a promise, a threshold stands beyond all of them.
    """
    genuine = probabilities[labels == 0]
    likely_at = _beyond(genuine, rate=allowed.false_positive_rate)
    clear_below = 1 - _beyond(1 - probabilities[labels == 1], rate=allowed.miss_rate)
    return Band(
        likely_at=likely_at,
        clear_below=round(min(clear_below, likely_at), 4),
        rise=round(_fall_off(genuine), 4),
    )


def _fall_off(probabilities: Scores) -> float:
    """By how much the highest log odds are beyond where their tail begins, on average.

    A prior worth one case says 1: nobody can read a tail from two or three.
    """
    inside = np.clip(probabilities, 1e-6, 1 - 1e-6)
    log_odds = np.log(inside / (1 - inside))
    start = float(np.quantile(log_odds, 1 - TAIL_SHARE))
    tail = log_odds[log_odds > start] - start
    return float((tail.sum() + 1.0) / (len(tail) + 1))


def _beyond(values: Scores, *, rate: float) -> float:
    """The lowest threshold, to four digits, that the next value reaches at most at ``rate``."""
    ordered = np.sort(values)[::-1]
    kept_above = max(0, int(np.floor(rate * (len(ordered) + 1))) - 1)
    return float(min(1.0, np.ceil((float(ordered[kept_above]) + 1e-9) * 1e4) / 1e4))
