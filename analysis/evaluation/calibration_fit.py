"""From scores to probabilities and thresholds, always judged on groups that were not fitted on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.evaluation.metrics import Labels, Scores
from analysis.models.bundles import Calibration

# A weak pull towards a flat line, worth about one clip: few clips that happen to be separable
# must not make the logistic infinitely steep.
PRIOR_STRENGTH = 1.0


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
    labels: Labels, logits: Scores, groups: Sequence[str], *, folds: int = 10
) -> NDArray[np.float64]:
    """Each case's probability by a calibration that never saw its group."""
    fold = np.array([fold_of(group, folds) for group in groups])
    probabilities = np.full(len(labels), 0.5)
    for number in sorted(set(fold.tolist())):
        held = fold == number
        rest = labels[~held]
        if 0 < rest.sum() < len(rest):
            fitted = fit_logistic(rest, logits[~held])
            probabilities[held] = fitted.probabilities(logits[held])
    return probabilities


def threshold_for(reals: Scores, *, false_positive_rate: float) -> float:
    """A probability at or above which the next real video falls at most at this rate.

    Split conformal: of n reals, k at or above it promise (k + 1) / (n + 1) for the next one. With
    too few reals for the promise, it stands above all of them.
    """
    ordered = np.sort(reals)[::-1]
    kept_above = max(0, int(np.floor(false_positive_rate * (len(ordered) + 1))) - 1)
    edge = float(ordered[kept_above])
    return float(min(1.0, np.ceil((edge + 1e-9) * 1e4) / 1e4))
