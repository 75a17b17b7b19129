"""The same extension in Firefox: the core path, and what differs there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.extension import answers
from tests.extension.chromium import CARD, soon
from tests.extension.contract_server import ContractServer
from tests.extension.firefox import BASE, Firefox, program
from tests.extension.site import STRICT, VIDEO, Site, document

pytestmark = pytest.mark.browser

CHECK = ".video .button"


@pytest.fixture(scope="module")
def _firefox(tmp_path_factory: Any) -> Iterator[Firefox]:
    if program() is None:
        pytest.skip("without Firefox: it is not installed here")
    firefox = Firefox(tmp_path_factory.mktemp("firefox"))
    yield firefox
    firefox.close()


@pytest.fixture
def firefox(_firefox: Firefox, server: ContractServer) -> Firefox:
    _firefox.close_popup()
    _firefox.go("about:blank")
    _firefox.in_extension("await browser.storage.local.clear()")
    _firefox.in_extension(
        f"await browser.storage.local.set({{settings: {{server: '{server.url}'}}}})"
    )
    return _firefox


def test_from_the_toolbar_to_the_verdict_everywhere(
    firefox: Firefox, server: ContractServer, site: Site
) -> None:
    firefox.go(f"{site.url}/one")
    firefox.press_toolbar_button()
    firefox.click_in_popup(CHECK)
    assert soon(lambda: "This face is too small" in firefox.popup_text(), within_s=20)
    assert soon(lambda: "Likely manipulated" in firefox.card_text())
    assert soon(lambda: firefox.card_text().split().count("93%") == 2)  # its own, and the face's
    badge = firefox.badge()
    assert badge["text"] == "▲"
    assert "Likely manipulated" in badge["title"]
    firefox.click_in_popup("button.chip")
    assert soon(lambda: firefox.evaluate("document.querySelector('video').currentTime")) == 1.2


def test_a_strict_policy_does_not_bare_the_card(
    firefox: Firefox, server: ContractServer, site: Site
) -> None:
    site.pages["/strict"] = document(VIDEO)
    site.headers["/strict"] = STRICT
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    firefox.go(f"{site.url}/strict")
    firefox.press_toolbar_button()
    firefox.click_in_popup(CHECK)
    assert soon(lambda: "Likely manipulated" in firefox.card_text())
    box = firefox.evaluate(
        f"JSON.stringify(document.querySelector('[{CARD}]').getBoundingClientRect())"
    )
    assert '"width":480' in box  # as wide as its video, so its style sheet holds


def test_a_problem_is_told_with_what_to_do(
    firefox: Firefox, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.failed("content.private")]}
    firefox.go(f"{site.url}/one")
    firefox.press_toolbar_button()
    firefox.click_in_popup(CHECK)
    assert soon(lambda: "This video is private." in firefox.popup_text())
    assert "Ask its owner to share it" in firefox.popup_text()
    assert "Upload the file" in firefox.popup_text()
    assert soon(lambda: "This video is private." in firefox.card_text())
    assert firefox.badge()["text"] == "×"


def test_a_server_that_is_away_is_waited_for(
    firefox: Firefox, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.done("no_manipulation_found", probability=0.08)]}
    firefox.go(f"{site.url}/one")
    firefox.press_toolbar_button()
    with server.away():
        firefox.click_in_popup(CHECK)
        assert soon(lambda: "Nothing is lost" in firefox.popup_text())
    assert soon(lambda: "No manipulation found" in firefox.popup_text(), within_s=60)
    assert soon(lambda: "No manipulation found" in firefox.card_text())
    assert len(server.requests_for("/checks", "POST")) == 1


def test_who_comes_back_to_a_page_sees_how_its_check_has_ended(
    firefox: Firefox, server: ContractServer, site: Site
) -> None:
    # Firefox may drop a page that was left, on a busy machine for one; then it is no page to test.
    assert any(_left_and_shown_again(firefox, server, site) for _ in range(4))
    assert soon(lambda: "Likely manipulated" in firefox.card_text())
    assert soon(lambda: firefox.badge()["text"] == "▲")


def _left_and_shown_again(firefox: Firefox, server: ContractServer, site: Site) -> bool:
    """Whether it is the same page, as it was left while a check ran that has ended since."""
    server.script = {"clip": [answers.under_way()[0]]}
    firefox.go(f"{site.url}/one")
    firefox.evaluate("window.isTheSame = true")
    firefox.press_toolbar_button()
    firefox.click_in_popup(CHECK)
    assert soon(lambda: "Waiting for its turn" in firefox.card_text())
    firefox.close_popup()
    firefox.go(f"{site.url}/none")
    server.script["clip"][0] = answers.done("likely_manipulated", probability=0.93)
    firefox.in_extension("await browser.alarms.create('follow', {when: Date.now() + 1000}) ?? 0")
    kept = "Object.values(await browser.storage.local.get(null)).map((one) => one.phase)"
    assert soon(lambda: set(firefox.in_extension(kept)) - {None} == {"done"})
    firefox.send("browsingContext.traverseHistory", context=firefox.page, delta=-1)
    there = f"document.readyState === 'complete' && location.href === '{site.url}/one'"
    assert soon(lambda: firefox.evaluate(there))
    return bool(firefox.evaluate("window.isTheSame"))


def test_the_options_and_a_server_that_is_away(
    firefox: Firefox, server: ContractServer, site: Site
) -> None:
    firefox.go(f"{BASE}/options/options.html")
    save = "document.querySelector('#server-form button').click()"
    told = "document.getElementById('server-told').textContent"
    assert soon(lambda: firefox.evaluate("document.getElementById('language').value"))
    firefox.evaluate(save)
    assert soon(lambda: "The server answers" in firefox.evaluate(told))
    with server.away():
        firefox.evaluate(save)
        assert soon(lambda: "No answer" in firefox.evaluate(told))
