"""The model against people by week: numbers that one counts by hand, and dots where they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from analysis.finding import Outcome
from detector_service.review import over_time
from detector_service.review.agreement import Bin
from detector_service.review.models import Decision
from tests.review.conftest import let_time_pass, opened, overturn, signed_in, someone

FAKE, GENUINE = Outcome.LIKELY_MANIPULATED, Outcome.NO_MANIPULATION_FOUND


def decision(day: int, model: Outcome, people: Outcome, score: float = 0.9) -> Decision:
    return Decision(
        outcome=people,
        model_outcome=model,
        fake_probability=score,
        bundle="toy",
        created_at=datetime(2026, 11, day, 12, tzinfo=UTC),
    )


def test_each_week_is_counted_for_itself() -> None:
    first, second = over_time.weeks_of(
        [
            decision(2, FAKE, FAKE),  # a Monday
            decision(8, FAKE, GENUINE),  # the Sunday after it
            decision(9, GENUINE, GENUINE, score=0.1),
        ]
    )
    assert (first.begins.day, second.begins.day) == (2, 9)
    assert (first.decided, first.agreement, first.precision, first.recall) == (2, 0.5, 0.5, 1.0)
    assert (second.precision, second.recall) == (None, None)
    assert first.gap == pytest.approx(0.4) and second.gap == pytest.approx(0.1)


def test_a_week_without_a_number_has_no_dot() -> None:
    chart = over_time.chart_of(
        [decision(2, FAKE, FAKE), decision(9, GENUINE, GENUINE), decision(16, FAKE, GENUINE)]
    )
    lines = {line.name: line for line in chart.lines}
    assert [dot.x for dot in lines["agreement"].dots] == [8.0, 320.0, 632.0]
    assert [(dot.x, dot.y) for dot in lines["precision"].dots] == [(8.0, 8.0), (632.0, 152.0)]
    assert lines["agreement"].dots[0].says == "Agreement, week of 02 Nov 2026: 100 %"


def test_a_score_that_is_what_it_says_lies_on_the_diagonal() -> None:
    drawn = over_time.reliability_of([Bin(0.2, 0.4, 5, 0.25, 0.25), Bin(0.8, 1.0, 20, 0.9, 0.5)])
    assert drawn is not None
    one, two = drawn.dots
    assert one.x == over_time.SIDE - one.y
    assert two.y > over_time.SIDE - two.x and two.radius > one.radius
    assert over_time.reliability_of([]) is None


@pytest.mark.django_db
def test_the_page_draws_it() -> None:
    overturn(opened(1, FAKE), someone())
    overturn(opened(2, GENUINE), someone(), outcome=FAKE)
    let_time_pass()
    page = signed_in(someone("reader")).get("/admin/review/case/figures/").content.decode()
    assert 'class="square"' in page and "Week by week" in page
