"""From what was observed to what is printed: every figure with its count and its interval.

Undegraded rows carry the figures; degraded ones are held against the same rows undegraded. A row
without a judged face counts in coverage and in the confusion matrix, not in AUC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.evaluation import metrics
from analysis.evaluation.calibration_fit import USUALLY_ALLOWED, Allowed, cross_fitted
from analysis.evaluation.metrics import Labels, Scores
from analysis.evaluation.observation import AS_IS, Observation
from analysis.finding import Outcome
from analysis.models.bundles import Thresholds

FALSE_POSITIVE_RATES = (0.001, 0.01, 0.05, 0.10)
PREVALENCES = (0.001, 0.01, 0.1, 0.5)
FACE_WIDTHS_PX = ((0.0, 80.0), (80.0, 105.0), (105.0, 130.0), (130.0, float("inf")))
SCORES: dict[str, Callable[[Observation], float | None]] = {
    "shipped": lambda o: o.logit,
    "mean_of_frames": lambda o: o.mean_logit,
    "blur_alone": lambda o: o.blur,
}


def summarise(
    observations: Sequence[Observation],
    *,
    thresholds: Thresholds,
    allowed: Allowed,
) -> dict[str, Any]:
    """``allowed``: what thresholds that are fitted on other groups have to keep to."""
    plain = [o for o in observations if o.degradation == AS_IS]
    judged = [o for o in plain if o.judged]
    return {
        "rows": {"real": _count(plain, 0), "fake": _count(plain, 1)},
        "coverage": coverage(plain),
        "video": {name: ranking(judged, of) for name, of in SCORES.items()},
        "frames": frame_ranking(judged),
        "at_thresholds": at_thresholds(plain, thresholds=thresholds),
        "tpr_at_fpr": _tpr_table(judged),
        "probability": probabilities(judged),
        "fitted_on_other_groups": told_on_other_groups(judged, allowed),
        "precision_at_prevalence": precisions(plain),
        "risk_against_coverage": _risk(judged),
        "by_set": _slices(plain, lambda o: o.set),
        "by_manipulation": by_manipulation(plain),
        "by_face_width": _slices(
            [o for o in judged if o.face_px is not None],
            lambda o: _width_name(o.face_px or 0.0),
            [_width(w) for w in FACE_WIDTHS_PX],
        ),
        "by_degradation": by_degradation(observations),
        "flips": flips(observations),
    }


def coverage(rows: Sequence[Observation]) -> dict[str, Any]:
    why = Counter(
        f"failed: {o.problem}" if o.problem else (o.reason or "judged and sure") for o in rows
    )
    total = max(1, len(rows))
    answered = sum(o.outcome not in (None, Outcome.INCONCLUSIVE) for o in rows)
    return {
        "scored": sum(o.judged for o in rows) / total,
        "answered": answered / total,
        "why": dict(sorted(why.items())),
    }


def ranking(
    rows: Sequence[Observation], score_of: Callable[[Observation], float | None]
) -> dict[str, Any] | None:
    """How well a score puts fakes above reals, over videos."""
    kept = [o for o in rows if score_of(o) is not None]
    if not kept:
        return None
    labels, groups = _labels(kept), [o.group for o in kept]
    scores = np.array([score_of(o) for o in kept], dtype=np.float64)
    return {
        "n": len(kept),
        "auc": metrics.auc(labels, scores),
        "auc_interval": metrics.interval(lambda i: metrics.auc(labels[i], scores[i]), groups),
        "average_precision": metrics.average_precision(labels, scores),
        "equal_error_rate": metrics.equal_error_rate(labels, scores),
        "fake_above_its_real": metrics.wins_within_groups(labels, scores, groups),
    }


def frame_ranking(rows: Sequence[Observation]) -> dict[str, Any] | None:
    """The same over single frames; whole groups are still drawn for the interval."""
    if not rows:
        return None
    counts = [len(o.frame_logits) for o in rows]
    labels = np.repeat(_labels(rows), counts)
    scores = np.concatenate([np.array(o.frame_logits, dtype=np.float64) for o in rows])
    groups = [o.group for o, count in zip(rows, counts, strict=True) for _ in range(count)]
    return {
        "n": len(labels),
        "auc": metrics.auc(labels, scores),
        "auc_interval": metrics.interval(
            lambda i: metrics.auc(labels[i], scores[i]), groups, rounds=300
        ),
        "average_precision": metrics.average_precision(labels, scores),
        "equal_error_rate": metrics.equal_error_rate(labels, scores),
    }


def at_thresholds(rows: Sequence[Observation], *, thresholds: Thresholds) -> dict[str, Any]:
    """What people were told, and how often it was wrong."""
    told = {
        name: Counter(str(o.outcome or "failed") for o in rows if o.label == label)
        for label, name in ((0, "real"), (1, "fake"))
    }
    answered = [o for o in rows if o.outcome not in (None, Outcome.INCONCLUSIVE)]
    right = [(o.outcome == Outcome.LIKELY_MANIPULATED) == bool(o.label) for o in answered]
    judged = [o for o in rows if o.fake_probability is not None]
    forced = [((o.fake_probability or 0.0) >= 0.5) == bool(o.label) for o in judged]
    return {
        "likely_manipulated_at": thresholds.likely_manipulated_at,
        "no_manipulation_below": thresholds.no_manipulation_below,
        "confusion": {name: dict(sorted(counts.items())) for name, counts in told.items()},
        "real_called_likely_manipulated": _rate(rows, 0),
        "real_called_likely_manipulated_interval": _interval_of_rate(rows, 0),
        "fake_called_likely_manipulated": _rate(rows, 1),
        "fake_called_likely_manipulated_interval": _interval_of_rate(rows, 1),
        "accuracy_where_answered": _mean(right),
        "balanced_accuracy_where_answered": _balanced(answered, right),
        "accuracy_at_one_half": _mean(forced),
        "balanced_accuracy_at_one_half": _balanced(judged, forced),
    }


def probabilities(rows: Sequence[Observation]) -> dict[str, Any] | None:
    """Is a probability what it says? Before, as shipped, and fitted on other groups than judged,
    where those can be."""
    if not rows:
        return None
    labels, logits = _labels(rows), np.array([o.logit for o in rows], dtype=np.float64)
    said = {
        "uncalibrated": 0.5 * (1 + np.tanh(logits / 2)),
        "shipped": np.array([o.fake_probability for o in rows], dtype=np.float64),
    }
    fitted = cross_fitted(labels, logits, [o.group for o in rows])
    if fitted.complete:
        said["fitted_on_other_groups"] = fitted.probabilities
    return {
        name: {
            "log_loss": metrics.log_loss(labels, values),
            "brier": metrics.brier(labels, values),
            "calibration_error": metrics.calibration_error(labels, values),
            "calibration_error_if_right": metrics.calibration_error_if_right(values),
            "reliability": metrics.reliability(labels, values),
        }
        for name, values in said.items()
    }


def told_on_other_groups(
    rows: Sequence[Observation], allowed: Allowed = USUALLY_ALLOWED
) -> dict[str, Any] | None:
    """What people would be told by calibration and thresholds fitted on all other groups."""
    labels, logits = _labels(rows), np.array([o.logit for o in rows], dtype=np.float64)
    fitted = cross_fitted(labels, logits, [o.group for o in rows], allowed=allowed)
    if not fitted.complete:
        return None
    answered = fitted.likely | fitted.clear
    return {
        "real_called_likely_manipulated": float(fitted.likely[labels == 0].mean()),
        "fake_called_likely_manipulated": float(fitted.likely[labels == 1].mean()),
        "fake_called_no_manipulation_found": float(fitted.clear[labels == 1].mean()),
        "answered": float(answered.mean()),
    }


def outcome_rates(
    rows: Sequence[Observation], allowed: Allowed = USUALLY_ALLOWED
) -> dict[str, dict[str, float]] | None:
    """How often each outcome is told of either kind: what the service tells people a verdict is
    worth is reckoned from this. By calibration and thresholds fitted on all other groups."""
    labels, logits = _labels(rows), np.array([o.logit for o in rows], dtype=np.float64)
    fitted = cross_fitted(labels, logits, [o.group for o in rows], allowed=allowed)
    if not fitted.complete:
        return None
    open_ = ~(fitted.likely | fitted.clear)
    told = {
        Outcome.LIKELY_MANIPULATED: fitted.likely,
        Outcome.NO_MANIPULATION_FOUND: fitted.clear,
        Outcome.INCONCLUSIVE: open_,
    }
    return {
        kind: {
            outcome.value: float(those[labels == label].mean()) for outcome, those in told.items()
        }
        for kind, label in (("manipulated", 1), ("genuine", 0))
    }


def precisions(rows: Sequence[Observation]) -> dict[str, float | None]:
    """With one real called wrongly more than were: none of thirty is not none of a million."""
    tpr, fpr = _rate(rows, 1), _rate(rows, 0)
    if tpr is None or fpr is None:
        return {}
    reals = _count(rows, 0)
    cautious = (fpr * reals + 1) / (reals + 1)
    return {
        str(prevalence): metrics.precision_at_prevalence(
            tpr=tpr, fpr=cautious, prevalence=prevalence
        )
        for prevalence in PREVALENCES
    }


def by_manipulation(rows: Sequence[Observation]) -> dict[str, Any]:
    """Each tool's fakes against all reals of the sets that it appears in."""
    found = {}
    for name in sorted({o.manipulation for o in rows if o.label and o.manipulation}):
        fakes = [o for o in rows if o.label and o.manipulation == name]
        sets = {o.set for o in fakes}
        found[name] = _slice([*fakes, *(o for o in rows if not o.label and o.set in sets)])
    return found


def by_degradation(observations: Sequence[Observation]) -> dict[str, Any]:
    """Where a degradation does not apply to every row, as with pictures among videos, those it
    does apply to are there as they came too: held against all rows they would gain or lose."""
    plain = [o for o in observations if o.degradation == AS_IS]
    found = {AS_IS: _slice(plain)} if plain else {}
    for name in sorted({o.degradation for o in observations} - {AS_IS}):
        degraded = [o for o in observations if o.degradation == name]
        ids = {o.id for o in degraded}
        same = [o for o in plain if o.id in ids]
        if 0 < len(same) < len(plain):
            found[f"{AS_IS}, those of {name}"] = _slice(same)
        found[name] = _slice(degraded)
    return found


def flips(observations: Sequence[Observation]) -> dict[str, Any]:
    """How often a degradation turns one verdict into the other, or a verdict into none."""
    before = {o.id: o.outcome for o in observations if o.degradation == AS_IS}
    found = {}
    for name in sorted({o.degradation for o in observations} - {AS_IS}):
        both = [
            (before[o.id], o.outcome)
            for o in observations
            if o.degradation == name and o.id in before
        ]
        sure = {Outcome.LIKELY_MANIPULATED, Outcome.NO_MANIPULATION_FOUND}
        found[name] = {
            "n": len(both),
            "to_the_opposite": _mean([{a, b} == sure for a, b in both]),
            "to_anything_else": _mean([a != b for a, b in both]),
        }
    return found


def _slices(
    rows: Sequence[Observation],
    key: Callable[[Observation], str],
    order: Sequence[str] | None = None,
) -> dict[str, Any]:
    names = order or sorted({key(o) for o in rows})
    parts = {name: [o for o in rows if key(o) == name] for name in names}
    return {name: _slice(part) for name, part in parts.items() if part}


def _slice(rows: Sequence[Observation]) -> dict[str, Any]:
    judged = [o for o in rows if o.judged]
    labels = _labels(judged)
    logits = np.array([o.logit for o in judged], dtype=np.float64)
    groups = [o.group for o in judged]
    return {
        "real": _count(rows, 0),
        "fake": _count(rows, 1),
        "auc": metrics.auc(labels, logits),
        "auc_interval": metrics.interval(
            lambda i: metrics.auc(labels[i], logits[i]), groups, rounds=300
        ),
        "real_called_likely_manipulated": _rate(rows, 0),
        "fake_called_likely_manipulated": _rate(rows, 1),
        "answered": coverage(rows)["answered"],
    }


def _tpr_table(rows: Sequence[Observation]) -> dict[str, float | None]:
    labels, logits = _labels(rows), np.array([o.logit for o in rows], dtype=np.float64)
    return {
        str(rate): metrics.tpr_at_fpr(labels, logits, fpr=rate) for rate in FALSE_POSITIVE_RATES
    }


def _risk(rows: Sequence[Observation]) -> list[dict[str, float]]:
    said: Scores = np.array([o.fake_probability for o in rows], dtype=np.float64)
    return metrics.risk_against_coverage(_labels(rows), said) if rows else []


def _rate(rows: Sequence[Observation], label: int) -> float | None:
    return _mean([o.outcome == Outcome.LIKELY_MANIPULATED for o in rows if o.label == label])


def _interval_of_rate(rows: Sequence[Observation], label: int) -> tuple[float, float] | None:
    kept = [o for o in rows if o.label == label]
    called = np.array([o.outcome == Outcome.LIKELY_MANIPULATED for o in kept], dtype=np.float64)

    def rate(drawn: NDArray[np.int64]) -> float:
        return float(called[drawn].mean())

    return metrics.interval(rate, [o.group for o in kept])


def _balanced(rows: Sequence[Observation], right: Sequence[bool]) -> float | None:
    parts = [
        _mean([ok for o, ok in zip(rows, right, strict=True) if o.label == label])
        for label in (0, 1)
    ]
    return None if None in parts else float(np.mean([part for part in parts if part is not None]))


def _labels(rows: Sequence[Observation]) -> Labels:
    return np.array([o.label for o in rows], dtype=np.int64)


def _count(rows: Sequence[Observation], label: int) -> int:
    return sum(o.label == label for o in rows)


def _mean(values: Sequence[bool]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _width(limits: tuple[float, float]) -> str:
    low, high = limits
    return f"{low:.0f} px and more" if high == float("inf") else f"{low:.0f} to {high:.0f} px"


def _width_name(width_px: float) -> str:
    return next(_width((low, high)) for low, high in FACE_WIDTHS_PX if low <= width_px < high)
