"""From the front page to the verdict in a real browser, with JavaScript and without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from detector_service.checks.models import Check
from tests.browser.pages.conftest import OpenPage
from tests.browser.pages.worker import PlayedWorker

pytestmark = pytest.mark.django_db(transaction=True)

LINK = "https://video.example/watch?v=77"
# Every movement of anything on the page, added up by the browser itself.
COUNT_SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) {
      window.shifted += shift.value;
      window.movers = shift.sources.map(({ node }) => node?.parentElement?.outerHTML?.slice(0, 90));
    }
  }).observe({ type: "layout-shift", buffered: true });
}"""


@pytest.fixture(autouse=True)
def _nobody_is_rung(rung: list[int]) -> None:
    pass


@pytest.mark.parametrize("width", [360, 1280])
def test_a_link_is_followed_to_its_report_and_nothing_moves_meanwhile(
    open_page: OpenPage, width: int
) -> None:
    page = open_page("/", width=width)
    page.get_by_label("Link to a video").fill(LINK)
    page.get_by_role("button", name="Check", exact=True).click()
    stage = page.locator("#stage")
    expect(stage).to_have_text("Waiting for a free worker")
    page.evaluate(COUNT_SHIFTS)

    worker = PlayedWorker()
    worker.fetch()
    expect(stage).to_have_text("Fetching the video")
    worker.hand_over()
    worker.analyse()
    expect(stage).to_have_text("Looking at the faces")
    assert page.locator("#bar").evaluate("bar => bar.value") == 0.6
    assert page.evaluate("window.shifted") == 0, page.evaluate("window.movers")

    worker.finish()
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely manipulated")
    expect(page.get_by_text("A minister speaks", exact=True)).to_be_visible()


def test_without_javascript_the_page_comes_to_the_report_by_itself(open_page: OpenPage) -> None:
    page = open_page("/", javascript=False)
    page.get_by_label("Link to a video").fill(LINK)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#stage")).to_have_text("Waiting for a free worker")
    worker = PlayedWorker()
    worker.fetch()
    worker.hand_over()
    worker.analyse()
    worker.finish()
    expect(page.get_by_role("heading", level=1)).to_have_text("Likely manipulated")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_file_is_sent_and_watched(open_page: OpenPage, tmp_path: Path, javascript: bool) -> None:
    clip = tmp_path / "holiday.mp4"
    clip.write_bytes(b"some bytes")
    page = open_page("/", javascript=javascript)
    page.locator("#file").set_input_files(clip)
    if not javascript:
        page.get_by_role("button", name="Send the file").click()
    expect(page.locator("#stage")).to_have_text("Waiting for a free worker")
    expect(page.get_by_text("holiday.mp4")).to_be_visible()
    assert Check.objects.get().upload_name == "holiday.mp4"


@pytest.mark.parametrize("javascript", [True, False])
def test_who_comes_back_from_a_file_with_a_link_has_the_link_checked(
    open_page: OpenPage, tmp_path: Path, javascript: bool
) -> None:
    clip = tmp_path / "holiday.mp4"
    clip.write_bytes(b"some bytes")
    page = open_page("/", javascript=javascript)
    page.locator("#file").set_input_files(clip)
    if not javascript:
        page.get_by_role("button", name="Send the file").click()
    expect(page.locator("#stage")).to_be_visible()
    page.go_back()
    page.get_by_label("Link to a video").fill(LINK)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text(LINK)).to_be_visible()
    page.go_back()
    page.get_by_label("Link to a video").fill(LINK + "8")
    page.get_by_label("Link to a video").press("Enter")
    expect(page.get_by_text(LINK + "8")).to_be_visible()


def test_a_file_that_is_refused_leaves_the_page_ready_for_another(
    open_page: OpenPage, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"")
    page = open_page("/")
    page.locator("#file").set_input_files(empty)
    expect(page.get_by_role("alert")).to_contain_text("damaged")
    expect(page.locator("#drop")).to_be_visible()


def test_a_file_that_is_too_large_is_not_even_sent(
    open_page: OpenPage, tmp_path: Path, settings: Any
) -> None:
    settings.MAX_VIDEO_BYTES = 5
    long = tmp_path / "long.mp4"
    long.write_bytes(b"123456")
    page = open_page("/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.locator("#file").set_input_files(long)
    expect(page.get_by_role("alert")).to_contain_text("larger than the service accepts")
    assert "POST" not in sent


def test_a_page_that_was_open_before_somebody_signed_in_is_to_be_loaded_again(
    open_page: OpenPage, tmp_path: Path
) -> None:
    User.objects.create_user("ana", password="a long password")
    clip = tmp_path / "holiday.mp4"
    clip.write_bytes(b"some bytes")
    page = open_page("/")
    other = page.context.new_page()
    other.goto("/sign-in")
    other.fill("[name=username]", "ana")
    other.fill("[name=password]", "a long password")
    other.click("main button")
    expect(other.get_by_role("button", name="Sign out")).to_be_visible()
    page.locator("#file").set_input_files(clip)
    expect(page.get_by_role("alert")).to_contain_text("Load it again")
    page.reload()
    page.locator("#file").set_input_files(clip)
    expect(page.locator("#stage")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_wrong_link_is_explained_beside_the_field(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/", javascript=javascript)
    page.get_by_label("Link to a video").fill("not a link")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("beginning with https://")
    expect(page.get_by_label("Link to a video")).to_have_value("not a link")


@pytest.mark.parametrize("javascript", [True, False])
def test_it_can_be_cancelled(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/", javascript=javascript)
    page.get_by_label("Link to a video").fill(LINK)
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Cancel this check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This check was cancelled")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#stage")).to_have_text("Waiting for a free worker")


def test_a_failure_is_told_while_somebody_watches(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_label("Link to a video").fill(LINK)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#stage")).to_be_visible()
    worker = PlayedWorker()
    worker.fetch()
    worker.fail("content.private")
    expect(page.get_by_text("This video is private.")).to_be_visible()


def test_a_server_that_is_away_is_waited_for(open_page: OpenPage, settings: Any) -> None:
    page = open_page("/")
    page.get_by_label("Link to a video").fill(LINK)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#stage")).to_be_visible()
    page.route("**/progress", lambda route: route.fulfill(status=200, body="not json"))
    expect(page.locator("#place")).to_have_text("The service does not answer. Trying again.")
    page.unroute("**/progress")
    expect(page.locator("#place")).to_contain_text("Place 1", timeout=10_000)
