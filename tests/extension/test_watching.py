"""Watch: progress survives the popup, the worker, the browser and the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.extension import answers
from tests.extension.chromium import Chromium, soon
from tests.extension.contract_server import ContractServer
from tests.extension.site import Site

pytestmark = pytest.mark.browser


def ask(chromium: Chromium, page: Page) -> Page:
    popup = chromium.press_toolbar_button(page)
    popup.get_by_role("button", name="Check: A speech in the park").click()
    return popup


def ring_the_alarm(chromium: Chromium) -> None:
    """The browser's own alarm, now instead of in thirty seconds: it wakes a worker that is dead."""
    chromium.in_extension("() => chrome.alarms.create('follow', {when: Date.now()})")


def test_each_state_is_told_as_the_server_tells_it(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    queued, fetching, analysing = answers.under_way()
    page = chromium.go(f"{site.url}/one")
    server.script = {"clip": [queued]}
    popup = ask(chromium, page)
    expect(popup.get_by_text("Place in the queue: 3 · about 14 s")).to_be_visible()
    server.script["clip"][0] = fetching
    expect(popup.get_by_role("heading", name="Fetching the video")).to_be_visible()
    expect(popup.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "20")
    server.script["clip"][0] = analysing
    expect(popup.get_by_role("heading", name="Looking at the faces")).to_be_visible()
    assert chromium.badge(page)["text"] == "64%"
    card = soon(lambda: (found := chromium.card(page)) and "64%" in found.text and found)
    assert card
    assert card.part("progress")


def test_with_the_popup_closed_the_card_and_the_badge_go_on(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    ask(chromium, page)
    soon(lambda: server.requests_for("/checks", "POST"))
    chromium.close_popup()
    page.bring_to_front()
    card = soon(
        lambda: (found := chromium.card(page)) and "Likely" in found.text and found, within_s=20
    )
    assert card
    assert chromium.badge(page)["text"] == "▲"


def test_the_worker_s_death_between_question_and_answer_loses_nothing(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.hold.clear()  # the answer to the question is kept back
    popup = ask(chromium, chromium.go(f"{site.url}/one"))
    assert soon(lambda: server.requests_for("/checks", "POST"))
    chromium.stop_worker()
    server.hold.set()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    assert len(chromium.records()) == 1


def test_the_worker_s_death_with_nobody_looking_is_made_good_by_the_alarm(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    queued = answers.under_way()[0]
    server.script = {"clip": [queued]}
    page = chromium.go(f"{site.url}/one")
    popup = ask(chromium, page)
    popup.get_by_text("Place in the queue").wait_for()
    chromium.close_popup()
    alarm = chromium.in_extension("() => chrome.alarms.get('follow')")
    assert alarm["periodInMinutes"] == 0.5
    page.goto("about:blank")  # no card asks for news any more
    chromium.stop_worker()
    server.script["clip"][0] = answers.done("likely_manipulated", probability=0.93)
    # More than once: what was asked less than a second ago is not asked again.
    assert soon(lambda: ring_the_alarm(chromium) or chromium.records()[0]["phase"] == "done")
    ring_the_alarm(chromium)
    assert soon(lambda: chromium.in_extension("() => chrome.alarms.get('follow')") is None)


def test_a_server_that_is_away_is_waited_for(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    with server.away():
        popup = ask(chromium, page)
        expect(popup.get_by_role("heading", name="The server does not answer")).to_be_visible()
        expect(popup.get_by_text("Nothing is lost")).to_be_visible()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    assert len(server.requests_for("/checks", "POST")) == 1


def test_a_server_that_stops_in_the_middle_is_waited_for(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.under_way()[1]]}
    popup = ask(chromium, chromium.go(f"{site.url}/one"))
    popup.get_by_role("heading", name="Fetching the video").wait_for()
    with server.away():
        expect(popup.get_by_role("heading", name="The server does not answer")).to_be_visible()
    server.script["clip"][0] = answers.done("no_manipulation_found", probability=0.08)
    popup.get_by_role("heading", name="No manipulation found").wait_for()
    assert len(server.requests_for("/checks", "POST")) == 1


def test_a_server_that_answers_that_it_cannot_now_is_not_called_silent(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.refusals = {"clip": "service.busy"}
    page = chromium.go(f"{site.url}/one")
    popup = ask(chromium, page)
    told = "The service has more to do than it can take on right now."
    expect(popup.get_by_role("heading", name=told)).to_be_visible()
    expect(popup.get_by_text("Nothing is lost. The check goes on by itself.").first).to_be_visible()
    assert soon(lambda: told in chromium.badge(page)["title"])
    server.stop()
    expect(popup.get_by_role("heading", name="The server does not answer")).to_be_visible()
    server.refusals = {}
    server.start()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()


def test_cancelling_holds_at_once_and_is_told_to_the_server(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.under_way()[1]]}
    page = chromium.go(f"{site.url}/one")
    popup = ask(chromium, page)
    popup.get_by_role("heading", name="Fetching the video").wait_for()
    popup.get_by_role("button", name="Cancel").click()
    popup.get_by_role("heading", name="This check was cancelled").wait_for()
    told = soon(lambda: server.requests_for("/checks/check", "DELETE"))
    assert told[0]["headers"]["x-cancel-token"] == "cancel-me"
    assert chromium.badge(page)["text"] == ""
    assert soon(lambda: chromium.card(page) is None)
    popup.get_by_role("button", name="Try again").click()
    popup.get_by_role("heading", name="Fetching the video").wait_for()


def test_a_double_click_is_one_check_which_ends_when_it_is_cancelled(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.under_way()[1]]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.get_by_role("button", name="Check: A speech").dblclick()
    popup.get_by_role("heading", name="Fetching the video").wait_for()
    popup.get_by_role("button", name="Cancel").click()
    popup.get_by_role("heading", name="This check was cancelled").wait_for()
    assert [record["phase"] for record in chromium.records()] == ["cancelled"]


def test_a_question_that_was_lost_on_its_way_can_be_asked_again(
    chromium: Chromium, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    check = popup.get_by_role("button", name="Check: A speech")
    expect(check).to_be_visible()
    popup.evaluate(
        """() => {
          const { sendMessage } = chrome.runtime;
          chrome.runtime.sendMessage = async () => {
            chrome.runtime.sendMessage = sendMessage;
            throw new Error("the worker was ended");
          };
        }"""
    )
    check.click()
    check.click()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()


def test_a_browser_that_was_closed_goes_on_where_it_was(
    playwright: Playwright, server: ContractServer, site: Site, tmp_path: Path
) -> None:
    server.script = {"clip": [answers.under_way()[1]]}
    first = Chromium(playwright, tmp_path)
    first.reset(server=server.url)
    popup = ask(first, first.go(f"{site.url}/one"))
    popup.get_by_role("heading", name="Fetching the video").wait_for()
    first.close()
    server.script["clip"][0] = answers.done("likely_manipulated", probability=0.93)
    second = Chromium(playwright, tmp_path)
    try:
        # At the latest the alarm asks, which comes every thirty seconds.
        assert soon(lambda: second.records()[0]["phase"] == "done", within_s=75)
    finally:
        second.close()
