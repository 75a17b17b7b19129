"""The whole way: what the extension told is contested on the report, decided in the review room,
and told by the extension, which nothing but the clock has brought there: no worker runs here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from analysis.fetch.address import parse_address
from detector_service.review.models import Case, DecisionStep
from tests.browser.review.conftest import picture, sign_in
from tests.extension.chromium import CHROMIUM, Chromium, soon
from tests.extension.site import Site, document
from tests.pages.checks import finished_check
from tests.review.conftest import someone

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

SAMPLE = Path(__file__).resolve().parents[3] / "analysis" / "samples" / "blended.mp4"
UNDO_S = 3


@pytest.fixture
def extension(playwright: Playwright, tmp_path: Path, live_server: Any) -> Iterator[Chromium]:
    if not CHROMIUM.exists():
        pytest.skip("without Chromium: it is not installed here")
    started = Chromium(playwright, tmp_path / "profile")
    started.reset(server=live_server.url)
    yield started
    started.close()


@pytest.fixture
def talk() -> Iterator[str]:
    """A page with a video on it."""
    site = Site(SAMPLE)
    site.files["/face.mp4"] = SAMPLE.read_bytes()
    site.pages["/talk"] = document('<video src="/face.mp4" controls muted></video>', title="A talk")
    yield f"{site.url}/talk"
    site.close()


def told_by(extension: Chromium, page: Page) -> tuple[str, Page]:
    popup = extension.press_toolbar_button(page)
    popup.locator(".video .button").first.click()
    headline = popup.locator(".verdict:not(.problem) h1")
    headline.wait_for(timeout=30_000)
    return headline.inner_text(), popup


def test_from_the_extension_to_a_person_and_back(
    extension: Chromium, talk: str, live_server: Any, settings: Any
) -> None:
    settings.REVIEW_UNDO_S = UNDO_S
    settings.PUBLIC_URL = live_server.url
    settings.FETCH_ALLOWED_PRIVATE = [talk.removeprefix("http://").removesuffix("/talk")]
    place = parse_address(talk.replace("/talk", "/face.mp4"))
    check = finished_check(url=place.url)
    assert check.address is not None and check.address.key == place.key

    told, popup = told_by(extension, extension.go(talk))
    assert told == "Likely manipulated"
    report = str(popup.get_by_role("link", name="Full report").get_attribute("href"))
    extension.close_popup()

    person = extension.go(report)
    person.locator(f"a[href$='/checks/{check.public_id}/contest']").first.click()
    person.check("input[value=not_manipulated]")
    person.fill("[name=words]", "This is my own recording, nothing was changed.")
    person.click("main form button[type=submit], main form button:not([type])")
    case = soon(lambda: Case.objects.filter(video=check.video).first())
    assert case is not None

    moderator = extension.go(f"{live_server.url}/admin/")
    sign_in(moderator, someone().username)
    moderator.wait_for_url("**/admin/review/case/")
    moderator.goto(f"{live_server.url}/admin/review/case/{case.pk}/")
    moderator.keyboard.press("2")
    moderator.select_option(".decide [name=policy]", "genuine")
    moderator.fill("[name=public_reason]", "The broadcaster's own recording shows the same.")
    moderator.click(".decide button")
    moderator.wait_for_selector(".waiting")

    soon(lambda: Case.objects.get(pk=case.pk).due_at)
    case.refresh_from_db()
    assert case.due_at is not None
    time.sleep(max(0.0, case.due_at.timestamp() - time.time()))
    told, popup = told_by(extension, extension.go(f"{talk}?again"))
    assert told == "No manipulation found"
    assert "The broadcaster's own recording shows the same." in popup.locator("body").inner_text()
    assert not DecisionStep.objects.exists()  # nothing has written it down yet
    extension.close_popup()
    person.goto(report)
    assert "No manipulation found" in person.inner_text("main")
    picture(person, "report-decided")
