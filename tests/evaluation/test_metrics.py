"""Measures against cases worked out by hand, and against what must hold for any data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.evaluation import metrics


def case(*pairs):
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs], dtype=float)


WORKED = case((1, 0.9), (0, 0.8), (1, 0.7), (1, 0.3), (0, 0.2))

cases = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 8).map(lambda v: v / 8)), min_size=2, max_size=30
).filter(lambda rows: 0 < sum(label for label, _ in rows) < len(rows))


def test_auc_by_hand():
    # Fakes .9 .7 .3 against reals .8 .2: .9 wins twice, .7 and .3 once each: 4 of 6.
    assert metrics.auc(*WORKED) == pytest.approx(4 / 6)
    assert metrics.auc(*case((1, 0.5), (0, 0.5))) == 0.5
    assert metrics.auc(*case((1, 0.5), (1, 0.7))) is None


def test_average_precision_by_hand():
    # Found at ranks 1, 3, 4: (1/1 + 2/3 + 3/4) / 3.
    assert metrics.average_precision(*WORKED) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    # Ties are taken together: one step to recall 1 at precision 1/2.
    assert metrics.average_precision(*case((1, 0.5), (0, 0.5))) == pytest.approx(0.5)


def test_equal_error_rate_by_hand():
    assert metrics.equal_error_rate(*case((1, 0.9), (0, 0.1))) == 0.0
    # At .6 half of the reals are called and half of the fakes are missed.
    labels, scores = case((1, 0.9), (0, 0.6), (1, 0.5), (0, 0.1))
    assert metrics.equal_error_rate(labels, scores) == pytest.approx(0.5)
    assert metrics.equal_error_rate(*case((0, 0.9), (1, 0.1))) == 1.0


def test_true_positive_rate_is_refused_where_reals_are_too_few():
    labels = np.array([0] * 20 + [1] * 4)
    scores = np.concatenate([np.linspace(0, 0.95, 20), [0.5, 0.93, 0.96, 0.99]])
    assert metrics.tpr_at_fpr(labels, scores, fpr=0.01) is None
    assert metrics.tpr_at_fpr(labels, scores, fpr=0.05) == pytest.approx(0.75)  # one real allowed
    assert metrics.tpr_at_fpr(labels[:20], scores[:20], fpr=0.5) is None


def test_losses_by_hand():
    labels, said = case((1, 0.8), (0, 0.4))
    assert metrics.log_loss(labels, said) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)
    assert metrics.brier(labels, said) == pytest.approx((0.04 + 0.16) / 2)
    assert math.isfinite(metrics.log_loss(labels, np.array([0.0, 1.0])))


def test_calibration_error_by_hand():
    # Twenty cases, two bins of ten: said .2 and was .3, said .9 and was .9.
    labels = np.array([1] * 3 + [0] * 7 + [1] * 9 + [0])
    said = np.array([0.2] * 10 + [0.9] * 10)
    assert metrics.calibration_error(labels, said) == pytest.approx((0.1 + 0.0) / 2)
    assert [part["count"] for part in metrics.reliability(labels, said)] == [10, 10]


def test_cases_of_which_the_same_was_said_are_taken_together():
    # Nine of fifteen at .4 were so; the second bin holds five of these and five at .9, four so.
    labels = np.array([1] * 9 + [0] * 6 + [1] * 4 + [0])
    said = np.array([0.4] * 15 + [0.9] * 5)
    first, second = metrics.reliability(labels, said)
    assert (first["was"], first["said"]) == pytest.approx((0.6, 0.4))
    assert (second["was"], second["said"]) == pytest.approx(((5 * 0.6 + 4) / 10, 0.65))
    # One of two equally sure answers is wrong, whichever comes first.
    curve = metrics.risk_against_coverage(*case((1, 0.75), (0, 0.75)))
    assert [point["risk"] for point in curve] == [0.5, 0.5]


def test_what_chance_alone_does_to_the_calibration_error():
    said = np.full(20, 0.5)
    # Two bins in one: all have the same mean, |k / 20 - 1 / 2| for k of 20 coins.
    coins = [math.comb(20, k) * abs(k / 20 - 0.5) / 2**20 for k in range(21)]
    assert metrics.calibration_error_if_right(said) == pytest.approx(sum(coins), rel=0.1)
    assert metrics.calibration_error_if_right(np.tile([0.0, 1.0], 10)) == 0.0
    few, many = (np.random.default_rng(0).random(n) for n in (50, 2000))
    by_chance = metrics.calibration_error_if_right(few)
    assert by_chance == metrics.calibration_error_if_right(few[::-1])
    assert metrics.calibration_error_if_right(many) < by_chance / 3


@pytest.mark.parametrize(("fpr", "precision"), [(0.05, 0.15), (0.01, 0.48), (0.001, 0.90)])
def test_precision_at_one_percent_prevalence(fpr, precision):
    measured = metrics.precision_at_prevalence(tpr=0.9, fpr=fpr, prevalence=0.01)
    assert measured == pytest.approx(precision, abs=0.01)
    assert metrics.precision_at_prevalence(tpr=0.0, fpr=0.0, prevalence=0.01) is None


def test_risk_falls_where_the_surest_are_right():
    labels, said = case((1, 0.99), (0, 0.02), (0, 0.55), (1, 0.4))
    curve = metrics.risk_against_coverage(labels, said)
    assert [point["coverage"] for point in curve] == [0.25, 0.5, 0.75, 1.0]
    assert [point["risk"] for point in curve] == [0.0, 0.0, pytest.approx(1 / 3), 0.5]


def test_an_interval_draws_groups_and_is_the_same_again():
    groups = ["a"] * 5 + ["b"] * 5 + ["c"] * 5 + ["d"] * 5
    values = np.repeat([0.0, 0.0, 1.0, 1.0], 5)

    def mean(drawn):
        return float(values[drawn].mean())

    low, high = metrics.interval(mean, groups)
    assert (low, high) == metrics.interval(mean, groups)
    # Twenty independent cases would give about .3 to .7; four groups give far less certainty.
    assert low <= 0.1
    assert high >= 0.9
    assert metrics.interval(mean, ["one"] * 20) is None


def test_what_happened_to_nobody_has_no_interval_of_no_width():
    called = np.zeros(44)
    groups = [str(number) for number in range(44)]
    assert metrics.interval(lambda drawn: float(called[drawn].mean()), groups) is None
    called[0] = 1.0
    low, high = metrics.interval(lambda drawn: float(called[drawn].mean()), groups)
    assert low == 0.0 < 1 / 44 < high


def test_pairs_won_counts_groups_with_both_classes():
    labels, scores = case((1, 0.9), (0, 0.5), (1, 0.2), (0, 0.4), (1, 0.1))
    won = metrics.wins_within_groups(labels, scores, ["a", "a", "b", "b", "c"])
    assert won == {"won": 1, "groups": 2}


@settings(max_examples=60, deadline=None)
@given(cases)
def test_auc_is_the_share_of_pairs_in_order(rows):
    labels, scores = case(*rows)
    fakes, reals = scores[labels == 1], scores[labels == 0]
    pairs = (fakes[:, None] > reals).sum() + 0.5 * (fakes[:, None] == reals).sum()
    assert metrics.auc(labels, scores) == pytest.approx(pairs / (len(fakes) * len(reals)))
    assert metrics.auc(labels, -scores) == pytest.approx(1 - metrics.auc(labels, scores))
    assert metrics.auc(labels, 3 * scores + 2) == pytest.approx(metrics.auc(labels, scores))


@settings(max_examples=60, deadline=None)
@given(cases)
def test_rates_and_errors_stay_within_bounds_and_do_not_depend_on_order(rows):
    labels, scores = case(*rows)
    shuffled = np.random.default_rng(0).permutation(len(labels))
    for measure in (metrics.average_precision, metrics.equal_error_rate, metrics.brier):
        value = measure(labels, scores)
        assert 0 <= value <= 1
        assert measure(labels[shuffled], scores[shuffled]) == pytest.approx(value)
    fpr, tpr = metrics.roc(labels, scores)
    assert (np.diff(fpr) >= 0).all()
    assert (np.diff(tpr) >= 0).all()
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(tpr, fpr) == pytest.approx(metrics.auc(labels, scores))
    assert 0 <= metrics.calibration_error(labels, scores) <= 1
    for told in (metrics.reliability, metrics.risk_against_coverage):
        for ours, again in zip(
            told(labels, scores), told(labels[shuffled], scores[shuffled]), strict=True
        ):
            assert again == pytest.approx(ours)
