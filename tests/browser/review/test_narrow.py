"""Enlarged to four times its size, the desk is read by scrolling in one direction alone."""

from __future__ import annotations

import pytest

from analysis.finding import Outcome
from detector_service.review import opening
from detector_service.review.models import CaseReason
from tests.browser.pages.conftest import OpenPage
from tests.browser.review.conftest import sign_in
from tests.pages.checks import finished_check
from tests.review.conftest import someone

pytestmark = pytest.mark.django_db(transaction=True)

# What a page cuts off is as bad as what has to be scrolled to.
CUT_OFF = """() => [...document.querySelectorAll("body *")]
    .filter((each) => !each.closest("svg") && each.getBoundingClientRect().right > innerWidth + 1)
    .map((each) => each.outerHTML.slice(0, 80))"""


def test_nothing_is_wider_than_the_screen(open_page: OpenPage) -> None:
    check = finished_check(Outcome.LIKELY_MANIPULATED)
    assert check.video is not None and check.finding is not None
    check.finding.document["media"]["container"] = "mov,mp4,m4a,3gp,3g2,mj2"
    check.finding.save()
    case = opening.open_case(check.video, CaseReason.Kind.SECOND_LOOK)
    page = open_page("/admin/")
    sign_in(page, someone("administrator").username)
    page.wait_for_url("**/admin/review/case/")
    page.set_viewport_size({"width": 320, "height": 800})
    for where in ("", f"{case.pk}/", "figures/", "bundles/?with=meso4"):
        page.goto(f"/admin/review/case/{where}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, where
        assert page.evaluate(CUT_OFF) == [], where
