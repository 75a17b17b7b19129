"""A probability means what it says, on groups that it was not fitted on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.evaluation.calibrate import fit, fitted_on, with_fit
from analysis.evaluation.calibration_fit import (
    Allowed,
    allowed_by,
    cross_fitted,
    fit_band,
    fit_logistic,
    fold_of,
)
from analysis.evaluation.many_faces import told_among_faces
from analysis.evaluation.metrics import calibration_error
from analysis.evaluation.observation import Observation
from analysis.evaluation.summarise import summarise
from analysis.finding import Outcome
from analysis.models.bundles import Thresholds, likely_among


def overconfident_scores(count, seed=0):
    """True probability is the logistic of z; the network says five times z, and 2 too much."""
    random = np.random.default_rng(seed)
    z = random.normal(size=count) * 1.5
    labels = (random.random(count) < 1 / (1 + np.exp(-z))).astype(np.int64)
    return labels, 5 * z + 2


def test_it_undoes_overconfidence():
    labels, logits = overconfident_scores(5000)
    fitted = fit_logistic(labels, logits)
    assert fitted.slope == pytest.approx(0.2, rel=0.1)
    assert fitted.intercept == pytest.approx(-0.4, abs=0.1)


def test_cross_fitting_lowers_the_error_on_groups_not_fitted_on():
    labels, logits = overconfident_scores(600)
    groups = [f"g{n // 2}" for n in range(600)]
    before = calibration_error(labels, 1 / (1 + np.exp(-logits)))
    after = calibration_error(labels, cross_fitted(labels, logits, groups).probabilities)
    assert after < 0.6 * before


def test_a_case_is_never_judged_by_a_fit_on_its_own_group():
    labels, logits = overconfident_scores(60)
    groups = [f"g{n // 3}" for n in range(60)]
    first = cross_fitted(labels, logits, groups).probabilities
    changed = labels.copy()
    here = np.array([fold_of(group, 10) == fold_of("g4", 10) for group in groups])
    changed[here] = 1 - changed[here]
    np.testing.assert_array_equal(
        cross_fitted(changed, logits, groups).probabilities[here], first[here]
    )


def test_what_is_told_keeps_to_what_is_allowed():
    labels, logits = overconfident_scores(600)
    groups = [f"g{n // 2}" for n in range(600)]
    usual = cross_fitted(labels, logits, groups)
    careful = cross_fitted(labels, logits, groups, allowed=Allowed(0.01, 0.02))
    assert usual.likely[labels == 0].mean() > 0.02 > careful.likely[labels == 0].mean()
    assert usual.clear[labels == 1].mean() > 0.04 > careful.clear[labels == 1].mean()


def observed(labels, logits):
    return [
        Observation(
            id=str(n),
            file=f"{n}.mp4",
            set="drawn",
            label=int(label),
            group=f"g{n // 2}",
            manipulation="drawn",
            degradation="as_is",
            outcome=Outcome.INCONCLUSIVE,
            reason=None,
            problem=None,
            fake_probability=0.5,
            logit=float(logit),
            mean_logit=float(logit),
            frame_logits=(float(logit),),
            face_px=120.0,
            blur=float(n % 7),
            seconds=0.1,
        )
        for n, (label, logit) in enumerate(zip(labels, logits, strict=True))
    ]


def test_it_is_fitted_on_each_clip_once_and_only_where_a_face_was_judged():
    judged, unjudged, degraded = observed([0, 1, 1], [0.1, 0.2, 0.3])
    unjudged = replace(unjudged, logit=None, fake_probability=None)
    degraded = replace(degraded, degradation="undelivered")
    assert fitted_on([judged, unjudged, degraded]) == [judged]


@pytest.mark.parametrize("alone", [(0, 1), (1,)])
def test_what_no_other_group_can_be_fitted_on_is_refused_and_has_no_figures(alone):
    labels, logits = overconfident_scores(60)
    rows = [
        replace(row, group="one") if row.label in alone else row for row in observed(labels, logits)
    ]
    with pytest.raises(SystemExit, match="more groups"):
        fit(rows, Allowed())
    limits = Thresholds(0.9, 0.1, 1.0, 2, 40.0, 20.0, 1.0)
    summary = summarise(rows, thresholds=limits, allowed=Allowed())
    assert summary["fitted_on_other_groups"] is None
    assert set(summary["probability"]) == {"uncalibrated", "shipped"}
    assert told_among_faces(rows) is None


def test_a_card_says_what_people_are_told_by_the_thresholds_that_it_carries():
    rows = observed(*overconfident_scores(300))
    cards = [
        with_fit({"thresholds": {}}, fit(rows, allowed), rows, allowed)
        for allowed in (Allowed(), Allowed(0.01, 0.02))
    ]
    usual, careful = (card["measured"]["outcome_rates"] for card in cards)
    likely, clear = "likely_manipulated", "no_manipulation_found"
    assert careful["genuine"][likely] < usual["genuine"][likely]
    assert careful["manipulated"][clear] < usual["manipulated"][clear]
    told = cards[1]["measured"]["told"]
    assert told["real_called_likely_manipulated"] == careful["genuine"][likely]
    assert cards[1]["calibrated_on"]["false_positive_rate_at_most"] == 0.01

    limits = Thresholds(
        0.9, 0.2, 1.0, min_frames=6, min_face_px=48.0, min_light=20.0, min_sharpness=1.0
    )
    for card in cards:
        summary = summarise(rows, thresholds=limits, allowed=allowed_by(card))
        assert summary["fitted_on_other_groups"] == card["measured"]["told"]
    assert allowed_by({"calibrated_on": None}) == Allowed()


def test_separable_scores_do_not_become_certainty():
    fitted = fit_logistic(np.array([0, 0, 1, 1]), np.array([-3.0, -2.0, 2.0, 3.0]))
    assert 0 < fitted.slope < 2


def test_a_score_that_points_the_wrong_way_says_nothing():
    fitted = fit_logistic(np.array([1, 1, 0, 0]), np.array([-3.0, -2.0, 2.0, 3.0]))
    assert fitted.probability(10.0) == 0.5


def test_thresholds_keep_their_promise_for_the_next_recording():
    random = np.random.default_rng(1)
    called, missed = [], []
    for _ in range(400):
        labels = np.repeat([0, 1], [60, 40])
        said = np.concatenate([random.random(60) * 0.8, 0.2 + random.random(40) * 0.8])
        band = fit_band(labels, said)
        called.append(random.random(50) * 0.8 >= band.likely_at)
        missed.append(0.2 + random.random(50) * 0.8 < band.clear_below)
    # What 20,000 draws can tell.
    assert 0.02 < np.mean(called) < 0.055
    assert 0.05 < np.mean(missed) < 0.105


def test_the_promise_is_kept_among_many_faces_as_well():
    """The highest of six genuine ones is called no more often than one alone."""
    random = np.random.default_rng(3)
    called, called_as_if_alone = [], []
    for _ in range(200):
        labels = np.repeat([0, 1], [150, 150])
        said = 1 / (1 + np.exp(-random.logistic(np.where(labels, 1.5, -1.5), 0.8)))
        band = fit_band(labels, said)
        six = 1 / (1 + np.exp(-random.logistic(-1.5, 0.8, size=(100, 6))))
        limit = likely_among(6, likely_at=band.likely_at, rise=band.rise)
        called.append(six.max(axis=1) >= limit)
        called_as_if_alone.append(six.max(axis=1) >= band.likely_at)
    assert 0.02 < np.mean(called) < 0.065
    assert np.mean(called_as_if_alone) > 0.2


def test_a_tail_that_falls_off_slowly_makes_the_threshold_rise_fast():
    random = np.random.default_rng(4)
    labels = np.repeat([0, 1], 400)
    rises = []
    for scale in (0.4, 1.2):
        said = 1 / (1 + np.exp(-random.logistic(np.where(labels, 2, -2), scale)))
        rises.append(fit_band(labels, said).rise)
    assert rises == pytest.approx([0.4, 1.2], rel=0.3)
    # One case of each says nothing of a tail.
    assert fit_band(np.array([0, 1]), np.array([0.2, 0.9])).rise == 1.0


def test_what_is_told_among_many_faces_is_reckoned_from_clips_of_one():
    labels = np.repeat([0, 1], [40, 40])
    logits = np.concatenate([np.linspace(-3, 0, 38), [2.0, 2.2], np.linspace(0.5, 4, 40)])
    rows = observed(labels, logits)
    told = told_among_faces(rows, Allowed(0.08, 0.1))
    assert list(told) == ["1", "2", "3", "4", "6", "12", "30"]

    alone = told["1"]["genuine_called"]
    assert alone == told["1"]["genuine_called_as_if_alone"] > 0
    called = round(alone * 40)
    assert told["2"]["genuine_called_as_if_alone"] == pytest.approx(
        1 - (40 - called) * (39 - called) / (40 * 39)
    )
    for few, many in pairwise(told.values()):
        assert many["manipulated_called"] <= few["manipulated_called"]
        assert many["genuine_called_as_if_alone"] > few["genuine_called_as_if_alone"]
    assert told["30"]["genuine_called"] < told["30"]["genuine_called_as_if_alone"]
    assert told_among_faces(rows[:40]) is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
)
def test_no_more_than_that_share_is_called_wrongly(reals, fakes):
    labels = np.repeat([0, 1], [len(reals), len(fakes)])
    band = fit_band(labels, np.array(reals + fakes))
    assert 0 <= band.clear_below <= band.likely_at <= 1
    if band.likely_at < 1:
        assert np.mean(np.array(reals) >= band.likely_at) <= 0.05
    if band.clear_below > 0:
        assert np.mean(np.array(fakes) < band.clear_below) <= 0.1
