"""Every way in which a check can end without a verdict has its page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.html import escape

from analysis.errors import PROBLEMS
from detector_service.checks.overrides import set_override
from tests.pages.checks import failed_check, finished_check

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_it_says_what_happened_and_what_to_do(client: Client, code: str) -> None:
    page = client.get(f"/checks/{failed_check(code).public_id}").content.decode()
    problem = PROBLEMS[code]
    assert f"<strong>{escape(problem.what_to_do)}</strong>" in page
    assert code in page
    assert "http-equiv" not in page  # it has ended: nothing to wait for
    for verdict in ("Likely manipulated", "No manipulation found", "Inconclusive"):
        assert verdict not in page
    assert ("Try again</button>" in page) == (problem.transient or code == "service.cancelled")


def test_a_withheld_verdict_is_not_told(client: Client) -> None:
    check = finished_check()
    assert check.video is not None
    set_override(check.video, outcome=None, withheld=True)
    page = client.get(f"/checks/{check.public_id}").content.decode()
    assert "Nothing is said yet" in page
    assert "Try again" not in page
    assert "Likely manipulated" not in page
    for rest in ("report.json", "report.html", "contest"):
        assert client.get(f"/checks/{check.public_id}/{rest}").status_code == 404
