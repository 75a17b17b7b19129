"""The form keeps working when the service does not: open or closed, as the site has set it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.posters.page.conftest import OpenPage, choose, clip, post, sample
from tests.posters.page.line import Line

SOON_MS = 40_000  # several attempts, on a busy machine


def test_an_open_site_goes_on_unchecked_while_the_service_is_away(
    open_page: OpenPage, line: Line
) -> None:
    page = open_page()
    line.cut()
    choose(page, sample("no_manipulation_found"))
    post(page)
    expect(page.locator("#status")).to_have_text("away", timeout=SOON_MS)


def test_a_closed_site_waits_until_the_service_is_back(open_page: OpenPage, line: Line) -> None:
    page = open_page("/closed")
    line.cut()
    choose(page, sample("no_manipulation_found"))
    panel = page.get_by_role("group", name="The check does not answer")
    expect(panel).to_contain_text("Only what has been checked can be posted", timeout=SOON_MS)
    line.mend()
    post(page)
    expect(page.locator("#status")).to_have_text("answered", timeout=SOON_MS)


def test_a_closed_site_does_not_take_what_could_not_be_checked(open_page: OpenPage) -> None:
    page = open_page("/closed")
    page.locator("input[type=file]").evaluate("(input) => { input.form.noValidate = true; }")
    choose(page, {**sample("no_manipulation_found"), "buffer": b"words", "mimeType": "text/plain"})
    panel = page.get_by_role("group", name="It could not be checked")
    expect(panel).to_contain_text("Only what has been checked can be posted")
    post(page)
    expect(panel).to_be_visible()
    expect(page.locator("#status")).to_have_count(0)


def test_without_the_script_the_form_works_and_the_server_decides(
    open_page: OpenPage, line: Line
) -> None:
    page = open_page(java_script_enabled=False)
    line.cut()
    choose(page, sample("likely_manipulated"))
    post(page)
    expect(page.locator("#status")).to_have_text("away", timeout=SOON_MS)


def test_who_does_not_want_to_wait_for_a_silent_service_need_not(
    open_page: OpenPage, line: Line
) -> None:
    page = open_page()
    line.fall_silent()
    choose(page, sample("no_manipulation_found"))
    page.get_by_role("button", name="Post without waiting").click()
    line.mend()
    post(page)
    expect(page.locator("#status")).to_have_text("answered", timeout=SOON_MS)


def test_who_does_not_want_to_wait_for_a_slow_check_is_posted_as_unanswered(
    open_page: OpenPage,
) -> None:
    page = open_page()
    choose(page, clip(4000, seed="slow"))
    expect(page.get_by_role("group", name="Waiting for its turn")).to_be_visible()
    page.get_by_role("button", name="Post without waiting").click()
    post(page)
    expect(page.locator("#status")).to_have_text("unanswered")


def test_a_closed_site_lets_nobody_go_on_without_waiting(open_page: OpenPage) -> None:
    page = open_page("/closed")
    choose(page, clip(4000, seed="closed and slow"))
    expect(page.get_by_text("This takes longer than usual").first).to_be_visible()
    expect(page.get_by_role("button", name="Post without waiting")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel the check")).to_be_visible()
