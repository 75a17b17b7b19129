"""Connect: one link, a server's address, a key that no other server gets, a language."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.extension import answers
from tests.extension.chromium import BASE, Chromium, soon
from tests.extension.contract_server import ContractServer
from tests.extension.site import Site, document

pytestmark = pytest.mark.browser

CODE = "a-code-of-enough-length-0123456789"


def set_server(chromium: Chromium, url: str) -> None:
    chromium.in_extension(
        """async (server) => { const {settings} = await chrome.storage.local.get("settings");
          await chrome.storage.local.set({settings: {...settings, server}}); }""",
        url,
    )


@pytest.fixture
def options(chromium: Chromium) -> Page:
    page = chromium.go(f"{BASE}/options/options.html")
    expect(page.get_by_label("Language")).to_have_value("auto")  # filled last
    return page


def settings(chromium: Chromium) -> dict[str, Any]:
    return chromium.in_extension(
        "async () => (await chrome.storage.local.get('settings')).settings"
    )


def test_it_works_with_the_default_server_without_any_set_up(chromium: Chromium) -> None:
    chromium.in_extension("() => chrome.storage.local.clear()")
    page = chromium.go(f"{BASE}/options/options.html")
    expect(page.get_by_label("Address of the server")).to_have_value("http://localhost:8000")
    expect(page.get_by_role("button", name="Disconnect")).to_be_hidden()


def test_the_test_button_says_which_model_answers(options: Page, server: ContractServer) -> None:
    options.get_by_role("button", name="Save and test").click()
    expect(options.get_by_text("The server answers. Its model: inceptionv3_gru")).to_be_visible()
    with server.away():
        options.get_by_role("button", name="Save and test").click()
        expect(options.get_by_text("No answer.")).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://check.example.org/", "https://check.example.org"),
        ("check.example.org/deep/", "https://check.example.org/deep"),
        ("http://localhost:9000", "http://localhost:9000"),
        ("http://check.example.org", None),
        ("https://user:word@check.example.org", None),
        ("javascript:alert(1)", None),
    ],
)
def test_only_an_address_that_protects_a_key_is_taken(
    chromium: Chromium, options: Page, server: ContractServer, typed: str, kept: str | None
) -> None:
    options.get_by_label("Address of the server").fill(typed)
    options.get_by_role("button", name="Save and test").click()
    if kept is None:
        expect(options.get_by_text("Use an address that begins with https://")).to_be_visible()
    assert soon(lambda: settings(chromium)["server"] == (kept or server.url))


def test_a_key_goes_to_its_own_server_and_to_no_other(
    chromium: Chromium, options: Page, server: ContractServer
) -> None:
    options.get_by_label("Key").fill("dfc_secret")
    options.get_by_role("button", name="Save and test").click()
    expect(options.get_by_text("The server answers.")).to_be_visible()
    assert server.asked[-1]["headers"]["authorization"] == "Bearer dfc_secret"
    options.get_by_label("Address of the server").fill("https://other.example.org")
    options.get_by_role("button", name="Save and test").click()
    assert soon(lambda: settings(chromium)["key"] == "")


def test_what_no_server_has_taken_yet_goes_to_the_one_that_is_set_since(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    chromium.reset(server="http://localhost:9")  # nobody is there
    page = chromium.go(f"{site.url}/one")
    popup = chromium.press_toolbar_button(page)
    popup.locator(".video .button").first.click()
    popup.get_by_role("heading", name="The server does not answer").wait_for()
    set_server(chromium, server.url)
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    assert chromium.records()[0]["server"] == server.url


def test_what_a_server_has_taken_is_read_there_whichever_is_set_since(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.under_way()[1]]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.locator(".video .button").first.click()
    popup.get_by_role("heading", name="Fetching the video").wait_for()
    set_server(chromium, "http://localhost:9")
    server.script["clip"][0] = answers.done("likely_manipulated", probability=0.93)
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    assert chromium.records()[0]["server"] == server.url


def test_a_file_goes_where_its_page_says_and_is_followed_there_whichever_is_set_since(
    chromium: Chromium, server: ContractServer, clip: Any
) -> None:
    page = chromium.go(f"{BASE}/upload/upload.html")
    expect(page.get_by_text(f"It will be sent to {server.url}")).to_be_visible()
    set_server(chromium, "http://localhost:9")
    page.locator("input[type=file]").set_input_files(clip)
    page.get_by_role("heading", name="Likely manipulated").wait_for()
    assert chromium.records()[0]["server"] == server.url


def test_a_pairing_link_can_be_pasted(
    chromium: Chromium, options: Page, server: ContractServer
) -> None:
    options.get_by_label("Or paste the link").fill(f"{server.url}/connect#code={CODE}")
    options.get_by_role("button", name="Connect", exact=True).click()
    expect(options.get_by_text("Connected")).to_be_visible()
    assert settings(chromium)["key"] == "dfc_from_pairing"
    assert settings(chromium)["keyName"] == "Test browser"


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example/connect",
        "http://a.example/connect#code=" + CODE,
        "https://a.example/x#code=" + CODE,
    ],
)
def test_what_is_no_pairing_link_is_refused(
    options: Page, server: ContractServer, link: str
) -> None:
    options.get_by_label("Or paste the link").fill(link)
    options.get_by_role("button", name="Connect", exact=True).click()
    expect(options.get_by_text("This is not a link from a server")).to_be_visible()
    assert server.requests_for("/pairings") == []


def test_the_popup_sees_the_pairing_link_in_the_tab_and_asks_first(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    site.pages["/connect"] = document("<h1>Connect</h1>")
    page = chromium.go(f"{site.url}/connect#code={CODE}")
    popup = chromium.press_toolbar_button(page)
    popup.get_by_role("heading", name="Connect to this server?").wait_for()
    expect(popup.get_by_text(site.url)).to_be_visible()
    assert settings(chromium)["server"] == server.url
    popup.get_by_role("button", name="Not now").click()
    assert settings(chromium)["server"] == server.url
    assert settings(chromium).get("key", "") == ""


def test_a_code_that_is_spent_is_said_to_be(
    chromium: Chromium, options: Page, server: ContractServer
) -> None:
    options.get_by_label("Or paste the link").fill(f"{server.url}/connect#code=spent-{CODE}")
    options.get_by_role("button", name="Connect", exact=True).click()
    expect(options.get_by_text("This code cannot be used.")).to_be_visible()
    assert settings(chromium).get("key", "") == ""


def test_another_language_turns_the_page_and_reaches_the_server(
    chromium: Chromium, options: Page, server: ContractServer, site: Site
) -> None:
    options.get_by_label("Language").select_option("ar")
    expect(options.locator("html")).to_have_attribute("dir", "rtl")
    expect(options.get_by_role("heading", name="الخادم")).to_be_visible()
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.locator(".video .button").first.click()
    assert soon(lambda: server.requests_for("/checks", "POST"))
    assert server.requests_for("/checks", "POST")[0]["headers"]["accept-language"] == "ar"
