"""From a person's click to the verdict of the real model, through the real service, in both
browsers: a page with a real video, the toolbar, the API, the workers, the card and the badge.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.extension.chromium import Chromium, soon
from tests.extension.firefox import Firefox, program
from tests.extension.service import ROOT, Service
from tests.extension.site import Site, document

pytestmark = [pytest.mark.browser, pytest.mark.recovery]

SAMPLE = ROOT / "analysis" / "samples" / "blended.mp4"
HEADLINES = {"Likely manipulated", "No manipulation found", "Inconclusive"}
VERDICT_WITHIN_MS = 120_000


@pytest.fixture(scope="module")
def service(_site: Site, tmp_path_factory: Any) -> Iterator[Service]:
    host = _site.url.removeprefix("http://")
    started = Service(tmp_path_factory.mktemp("service"), may_fetch_from=host)
    yield started
    started.stop()


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    if program() is None:
        pytest.skip("without Firefox: it is not installed here")
    started = Firefox(tmp_path)
    yield started
    started.close()


@pytest.fixture
def page_with_a_face(site: Site) -> str:
    site.files["/face.mp4"] = SAMPLE.read_bytes()
    site.pages["/talk"] = document('<video src="/face.mp4" controls muted></video>', title="A talk")
    return f"{site.url}/talk"


def test_in_chromium_from_the_toolbar_to_the_model_and_back(
    chromium: Chromium, service: Service, page_with_a_face: str
) -> None:
    chromium.reset(server=service.url)
    page = chromium.go(page_with_a_face)
    popup = chromium.press_toolbar_button(page)
    popup.get_by_role("button", name="Check: A talk").click()
    headline = popup.locator(".verdict:not(.problem) h1")
    headline.wait_for(timeout=VERDICT_WITHIN_MS)
    told = headline.inner_text()
    assert told in HEADLINES
    # The words do not wait for the pictures, so an image may not have its address yet.
    picture = popup.locator(".face .pictures img").first
    assert soon(lambda: picture.evaluate("(image) => image.complete && image.naturalWidth"))
    assert told in chromium.badge(page)["title"]
    card = soon(lambda: (found := chromium.card(page)) and told in found.text and found)
    assert card
    report = popup.get_by_role("link", name="Full report").get_attribute("href")
    chromium.close_popup()
    answer = chromium.go(str(report))
    assert told in answer.locator("body").inner_text()
    # Asked once more, the answer is there at once.
    again = chromium.go(f"{page_with_a_face}?again")
    popup = chromium.press_toolbar_button(again)
    popup.locator(".video .button").first.click()
    popup.locator(".verdict:not(.problem) h1").wait_for(timeout=5_000)


def test_in_firefox_from_the_toolbar_to_the_model_and_back(
    firefox: Firefox, service: Service, page_with_a_face: str
) -> None:
    firefox.in_extension(
        f"await browser.storage.local.set({{settings: {{server: '{service.url}'}}}})"
    )
    firefox.go(f"{page_with_a_face}?in=firefox")
    firefox.press_toolbar_button()
    firefox.click_in_popup(".video .button")
    headline = "document.querySelector('.verdict:not(.problem) h1')?.textContent ?? ''"
    told = soon(lambda: firefox.popup(headline), within_s=VERDICT_WITHIN_MS / 1000)
    assert told in HEADLINES, firefox.popup_text()
    assert told in firefox.badge()["title"]
    assert soon(lambda: told in firefox.card_text())
