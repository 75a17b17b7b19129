"""Ask: through the toolbar, the menu, the keyboard, and whatever a page's videos are made of."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.extension import answers
from tests.extension.chromium import BASE, Chromium, soon
from tests.extension.contract_server import ContractServer
from tests.extension.site import Site

pytestmark = pytest.mark.browser


def asked_for(server: ContractServer) -> list[str]:
    soon(lambda: server.requests_for("/checks", "POST"))
    return [json.loads(one["body"])["url"] for one in server.requests_for("/checks", "POST")]


def choose_in_menu(chromium: Chromium, page: Page, item: str, **info: Any) -> None:
    """The menu itself is the browser's; this is what it tells the worker of a choice."""
    chromium.press_toolbar_button(page)  # grants activeTab, as choosing from the menu does
    chromium.close_popup()
    chromium.worker().evaluate(
        """async ([item, info, url]) => {
          const [tab] = (await chrome.tabs.query({})).filter((one) => one.url === url);
          chrome.contextMenus.onClicked.dispatch({menuItemId: item, ...info}, tab);
        }""",
        [item, info, page.url],
    )


def test_one_click_in_the_popup_leads_to_the_verdict_everywhere(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    popup = chromium.press_toolbar_button(page)
    popup.get_by_role("button", name="Check: A speech in the park").click()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    assert asked_for(server) == [f"{site.url}/clip.webm"]
    card = soon(lambda: (found := chromium.card(page)) and "Likely" in found.text and found)
    assert card
    assert "93%" in card.text
    assert chromium.badge(page)["text"] == "▲"
    assert "Likely manipulated" in chromium.badge(page)["title"]


def test_the_button_has_the_focus_so_that_enter_suffices(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    expect(popup.get_by_role("button", name="Check: A speech")).to_be_focused()
    popup.keyboard.press("Enter")
    assert asked_for(server) == [f"{site.url}/clip.webm"]


def test_of_many_videos_each_has_its_title_and_its_own_button(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/many"))
    expect(popup.get_by_role("heading", name="Videos on this page: 4")).to_be_visible()
    popup.get_by_role("button", name="Check: Clip number 3").click()
    assert asked_for(server) == [f"{site.url}/clip.webm?3"]


def test_frames_are_looked_into_and_embedded_players_known(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/frames"))
    popup.get_by_role("button", name="Check: Embedded talk").wait_for()
    assert popup.locator(".video").count() == 2  # the sandboxed one lets nobody in
    popup.get_by_role("button", name="Check: Embedded talk").click()
    assert asked_for(server) == ["https://www.youtube.com/embed/dQw4w9WgXcQ"]


def test_a_video_in_a_closed_shadow_root_is_found(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/shadow"))
    popup.get_by_role("button", name="Check: Inside a closed shadow").click()
    assert asked_for(server) == [f"{site.url}/clip.webm"]


def test_what_the_head_of_a_page_names_is_offered(chromium: Chromium, site: Site) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/named"))
    expect(popup.get_by_role("button", name="Check: Named by the head")).to_be_visible()
    expect(popup.get_by_role("button", name="Check: From JSON-LD")).to_be_visible()


def test_a_stream_without_an_address_is_checked_by_its_page(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/blob")
    page.wait_for_function("document.querySelector('video').readyState > 1")
    popup = chromium.press_toolbar_button(page)
    expect(popup.get_by_text("by the address of this page")).to_be_visible()
    popup.get_by_role("button", name="Check: A stream without an address").click()
    assert asked_for(server) == [f"{site.url}/blob"]


def test_a_page_without_videos_can_be_sent_and_a_link_pasted(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/none"))
    expect(popup.get_by_role("heading", name="No video was found")).to_be_visible()
    expect(popup.get_by_role("button", name="Send the address of this page")).to_be_visible()
    popup.get_by_text("Other ways to check").click()
    popup.get_by_label("Paste the link of a video").fill("not a link")
    popup.get_by_role("button", name="Check", exact=True).click()
    expect(popup.get_by_role("alert")).to_contain_text("https://")
    popup.get_by_label("Paste the link of a video").fill("https://example.org/v.mp4")
    popup.get_by_role("button", name="Check", exact=True).click()
    assert asked_for(server) == ["https://example.org/v.mp4"]


def test_a_page_that_lets_nobody_in_is_said_to_be_one(chromium: Chromium) -> None:
    popup = chromium.press_toolbar_button(chromium.go("chrome://version/"))
    expect(popup.get_by_role("heading", name="lets no extension look")).to_be_visible()


def test_the_menu_checks_a_video_a_link_and_the_page(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/many")
    choose_in_menu(chromium, page, "check_video", srcUrl=f"{site.url}/clip.webm?2")
    soon(lambda: len(asked_for(server)) == 1)
    choose_in_menu(chromium, page, "check_link", linkUrl="https://youtu.be/dQw4w9WgXcQ")
    soon(lambda: len(asked_for(server)) == 2)
    choose_in_menu(chromium, page, "check_page")
    soon(lambda: len(asked_for(server)) == 3)
    assert asked_for(server) == [
        f"{site.url}/clip.webm?2",
        "https://youtu.be/dQw4w9WgXcQ",
        f"{site.url}/clip.webm?1",
    ]


def test_a_link_is_answered_where_it_was_asked_about_and_leaves_nothing_on_the_page(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    link = f"https://example.org/{'long-' * 40}/other.mp4"
    server.script = {"other": [answers.done("likely_manipulated", probability=0.93)]}
    page = chromium.go(f"{site.url}/one")
    choose_in_menu(chromium, page, "check_link", linkUrl=link)
    card = soon(lambda: (found := chromium.card(page)) and "Likely" in found.text and found)
    assert card
    assert card.text.startswith(f"{link[:200]} Likely manipulated")
    assert card.box("close")[2] < card.box()[2], "a name makes the card no wider"
    assert chromium.badge(page)["title"].endswith(f"manipulated · {link[:200]}")
    popup = chromium.press_toolbar_button(page)
    expect(popup.get_by_role("heading", name="Likely manipulated")).to_be_visible()
    expect(popup.get_by_text(link[:200])).to_be_visible()
    chromium.close_popup()
    page.reload()
    assert chromium.badge(page)["text"] == ""
    popup = chromium.press_toolbar_button(page)
    expect(popup.get_by_role("button", name="Check: A speech in the park")).to_be_visible()
    assert chromium.card(page) is None


def test_a_pasted_link_is_found_again_in_the_popup(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    popup = chromium.press_toolbar_button(page)
    popup.get_by_text("Other ways to check").click()
    popup.get_by_label("Paste the link of a video").fill("https://example.org/v.mp4")
    popup.get_by_role("button", name="Check", exact=True).click()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    chromium.close_popup()
    popup = chromium.press_toolbar_button(page)
    expect(popup.get_by_role("heading", name="Likely manipulated")).to_be_visible()
    popup.get_by_role("button", name="Check another video").click()
    expect(popup.get_by_role("button", name="Check: A speech in the park")).to_be_visible()


def test_the_menu_has_its_items(chromium: Chromium) -> None:
    # Creating an item whose id is taken fails: so it is there.
    told = chromium.worker().evaluate(
        """() => Promise.all(["check_video", "check_link", "check_page"].map((id) =>
          new Promise((done) => chrome.contextMenus.update(id, {}, () =>
            done(chrome.runtime.lastError?.message ?? "")))))"""
    )
    assert told == ["", "", ""]


def test_the_keyboard_command_checks_the_main_video(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    chromium.press_toolbar_button(page)
    chromium.close_popup()
    chromium.worker().evaluate(
        """async (url) => {
          const [tab] = (await chrome.tabs.query({})).filter((one) => one.url === url);
          chrome.commands.onCommand.dispatch("check_main_video", tab);
        }""",
        page.url,
    )
    assert asked_for(server) == [f"{site.url}/clip.webm"]


def test_a_file_that_did_not_arrive_can_be_chosen_again(
    chromium: Chromium, server: ContractServer, clip: Any
) -> None:
    page = chromium.go("chrome-extension://pmapnidfjmhffkfhnfdfkpkhbfflogof/upload/upload.html")
    with server.away():
        page.locator("input[type=file]").set_input_files(clip)
        page.get_by_text("No answer").wait_for()
    page.locator("input[type=file]").set_input_files(clip)
    page.get_by_role("heading", name="Likely manipulated").wait_for()


def test_who_sends_a_file_to_a_server_that_cannot_now_is_told_what_it_says(
    chromium: Chromium, server: ContractServer, clip: Any
) -> None:
    server.refusals = {"upload": "service.busy"}
    page = chromium.go("chrome-extension://pmapnidfjmhffkfhnfdfkpkhbfflogof/upload/upload.html")
    page.locator("input[type=file]").set_input_files(clip)
    page.get_by_text("Try again in a minute.").wait_for()
    server.refusals = {}
    page.locator("input[type=file]").set_input_files(clip)
    page.get_by_role("heading", name="Likely manipulated").wait_for()


def test_a_file_is_uploaded_from_a_page_of_its_own(
    chromium: Chromium, server: ContractServer, clip: Any
) -> None:
    page = chromium.go("chrome-extension://pmapnidfjmhffkfhnfdfkpkhbfflogof/upload/upload.html")
    page.locator("input[type=file]").set_input_files(clip)
    page.get_by_role("heading", name="Likely manipulated").wait_for()
    assert len(server.requests_for("/checks", "POST")[0]["body"]) > clip.stat().st_size


def test_a_file_that_is_dropped_while_another_is_sent_is_not_said_to_be_sent(
    chromium: Chromium, server: ContractServer
) -> None:
    server.hold.clear()
    page = chromium.go(f"{BASE}/upload/upload.html")
    drop = """(name) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["bytes"], name, { type: "video/mp4" }));
      document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer }));
    }"""
    page.evaluate(drop, "first.mp4")
    page.evaluate(drop, "second.mp4")
    expect(page.get_by_text("Sending first.mp4…")).to_be_visible()
    server.hold.set()
    page.wait_for_url("**/popup/popup.html?ask=*")
    assert [record["title"] for record in chromium.records()] == ["first.mp4"]


def test_a_full_storage_is_told_and_once_there_is_room_it_asks(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    chromium.in_extension(
        """async () => {
          for (let bytes = 1e6, i = 0; bytes > 100; i += 1) {
            await chrome.storage.local.set({ [`full${i}`]: "x".repeat(bytes) })
              .catch(() => { bytes /= 2; });
          }
        }"""
    )
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    check = popup.get_by_role("button", name="Check: A speech")
    check.click()
    expect(popup.get_by_role("alert").first).to_contain_text("no check was begun")
    chromium.in_extension(
        """async () => {
          const keys = Object.keys(await chrome.storage.local.get(null));
          await chrome.storage.local.remove(keys.filter((key) => key.startsWith("full")));
        }"""
    )
    check.click()
    expect(popup.get_by_role("heading", name="Likely manipulated")).to_be_visible()
