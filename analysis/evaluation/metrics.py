"""What is measured, in numpy: ``labels`` are 1 for fake, a higher score is more likely fake.

Every figure is None where the data cannot carry it (one class missing, too few reals), never a
number that looks like one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Scores = NDArray[np.float64]


def auc(labels: Labels, scores: Scores) -> float | None:
    """The chance that a fake scores above a real; a tie counts half."""
    fakes, reals = int(labels.sum()), int((1 - labels).sum())
    if not fakes or not reals:
        return None
    rank_sum = float(_ranks(scores)[labels == 1].sum())
    return (rank_sum - fakes * (fakes + 1) / 2) / (fakes * reals)


def average_precision(labels: Labels, scores: Scores) -> float | None:
    """Precision over recall, in steps; equal scores are taken together."""
    if not labels.any() or labels.all():
        return None
    true_positives, false_positives = _cumulative(labels, scores)
    recall = true_positives / true_positives[-1]
    precision = true_positives / (true_positives + false_positives)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def roc(labels: Labels, scores: Scores) -> tuple[Scores, Scores]:
    """False-positive and true-positive rates from (0, 0) to (1, 1)."""
    true_positives, false_positives = _cumulative(labels, scores)
    tpr = np.concatenate([[0.0], true_positives / max(1, true_positives[-1])])
    fpr = np.concatenate([[0.0], false_positives / max(1, false_positives[-1])])
    return fpr, tpr


def equal_error_rate(labels: Labels, scores: Scores) -> float | None:
    """Where misses and false alarms are equally frequent, between two thresholds if need be."""
    if not labels.any() or labels.all():
        return None
    fpr, tpr = roc(labels, scores)
    gap = fpr - (1 - tpr)
    after = int(np.argmax(gap >= 0))
    if after == 0 or gap[after] == 0:
        return float(fpr[after])
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(fpr[after - 1] + share * (fpr[after] - fpr[after - 1]))


def tpr_at_fpr(labels: Labels, scores: Scores, *, fpr: float) -> float | None:
    """The best share of fakes found while at most ``fpr`` of the reals are called fake.

    None unless one real more or less is at most ``fpr``: 10 reals say nothing about 1 %.
    """
    reals = int((1 - labels).sum())
    if not labels.any() or reals * fpr < 1 - 1e-9:
        return None
    false_rates, true_rates = roc(labels, scores)
    return float(true_rates[false_rates <= fpr + 1e-12].max())


def log_loss(labels: Labels, probabilities: Scores) -> float:
    clipped = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return float(-np.mean(labels * np.log(clipped) + (1 - labels) * np.log1p(-clipped)))


def brier(labels: Labels, probabilities: Scores) -> float:
    return float(np.mean((probabilities - labels) ** 2))


def reliability(labels: Labels, probabilities: Scores) -> list[dict[str, float]]:
    """What was said and what was so, in bins of equal count: one bin for ten cases, ten at most.

    Where a bin ends among cases of which the same was said, each bin gets its share of them all.
    """
    bins = int(np.clip(len(labels) // 10, 1, 10))
    order = np.argsort(probabilities, kind="stable")
    was = _mean_of_equals(labels, probabilities)
    return [
        {
            "count": len(part),
            "said": float(probabilities[part].mean()),
            "was": float(was[part].mean()),
        }
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(labels: Labels, probabilities: Scores) -> float:
    """ECE: the mean distance between what was said and what was so, over the bins above."""
    parts = reliability(labels, probabilities)
    return float(sum(p["count"] * abs(p["said"] - p["was"]) for p in parts) / len(labels))


def calibration_error_if_right(
    probabilities: Scores, *, rounds: int = 300, seed: int = 20
) -> float:
    """The mean ECE of as many cases, each manipulated as often as was said: chance alone."""
    random = np.random.default_rng(seed)
    said = np.sort(probabilities)
    drawn = (random.random((rounds, len(said))) < said).astype(np.int64)
    return float(np.mean([calibration_error(labels, said) for labels in drawn]))


def precision_at_prevalence(*, tpr: float, fpr: float, prevalence: float) -> float | None:
    """How many of those called fake are fake, where ``prevalence`` of all videos are."""
    called = tpr * prevalence + fpr * (1 - prevalence)
    return tpr * prevalence / called if called > 0 else None


def risk_against_coverage(labels: Labels, probabilities: Scores) -> list[dict[str, float]]:
    """Share answered and share of answers that are wrong, answering the surest first.

    Of those equally sure, any may come first: each counts as wrong as they are on average.
    """
    sureness = np.abs(probabilities - 0.5)
    order = np.argsort(-sureness, kind="stable")
    wrong = _mean_of_equals((probabilities >= 0.5) != labels, sureness)[order]
    answered = np.arange(1, len(labels) + 1)
    return [
        {"coverage": float(count / len(labels)), "risk": float(risk)}
        for count, risk in zip(answered, np.cumsum(wrong) / answered, strict=True)
    ]


def interval(
    measure: Callable[[NDArray[np.int64]], float | None],
    groups: list[str],
    *,
    rounds: int = 1000,
    seed: int = 20,
) -> tuple[float, float] | None:
    """The middle 95 % of ``measure`` over rounds in which whole groups are drawn with replacement.

    ``measure`` gets the indices of the drawn cases. Two clips of one recording are not two
    observations, so groups are drawn, not clips.
    """
    members: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    names = sorted(members)
    if len(names) < 2:
        return None
    cases = [np.array(members[name], dtype=np.int64) for name in names]
    random = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        drawn = random.integers(0, len(cases), len(cases))
        value = measure(np.concatenate([cases[number] for number in drawn]))
        if value is not None:
            values.append(value)
    # A statistic that most rounds cannot give has no interval worth printing.
    if len(values) < rounds / 2:
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    # None of forty called, or all told apart: drawing them again cannot say what forty others do.
    return (float(low), float(high)) if low < high else None


def wins_within_groups(labels: Labels, scores: Scores, groups: list[str]) -> dict[str, int]:
    """In how many groups with both classes the mean fake scores above the mean real."""
    won = pairs = 0
    names = np.array(groups)
    for name in sorted(set(groups)):
        here = names == name
        fakes, reals = scores[here & (labels == 1)], scores[here & (labels == 0)]
        if len(fakes) and len(reals):
            pairs += 1
            won += int(fakes.mean() > reals.mean())
    return {"won": won, "groups": pairs}


def _ranks(values: Scores) -> Scores:
    """1 for the lowest; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse])


def _mean_of_equals(values: NDArray[Any], keys: Scores) -> Scores:
    """Instead of each value the mean over all with the same key, so that order cannot matter."""
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray((np.bincount(inverse, weights=values) / counts)[inverse])


def _cumulative(labels: Labels, scores: Scores) -> tuple[NDArray[Any], NDArray[Any]]:
    """Fakes and reals at or above each distinct score, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.nonzero(np.diff(scores[order]))[0], len(scores) - 1)
    return np.cumsum(labels[order])[ends], np.cumsum(1 - labels[order])[ends]
