"""For everyone: axe finds nothing, in any state, theme or direction of reading."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.colour_scheme import show_in
from tests.extension import answers
from tests.extension.chromium import BASE, EXTENSION, Chromium, soon
from tests.extension.contract_server import ContractServer
from tests.extension.media import face_picture
from tests.extension.site import Site
from tests.extension.states import page_states, popup_states

Findings = Callable[..., list[str]]
pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def findings(node_tool: Callable[[str], str]) -> Findings:
    node_tool("tsc")  # axe lies beside it
    axe = AXE.read_text(encoding="utf-8")

    def look(page: Page, scheme: str, inside: str = "html") -> list[str]:
        show_in(page, scheme)
        page.evaluate(axe)
        rules = TAGS if scheme == "light" else {"type": "rule", "values": ["color-contrast"]}
        told = page.evaluate(
            "([inside, rules]) => axe.run(inside, {runOnly: rules})", [inside, rules]
        )
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in told["violations"]
            for node in one["nodes"]
        ]

    return look


def test_axe_finds_nothing_in_any_state(
    chromium: Chromium, server: ContractServer, site: Site, findings: Findings
) -> None:
    found: dict[str, list[str]] = {}
    for states in (popup_states(chromium, server, site), page_states(chromium)):
        for name, surface, _ in states:
            for scheme in ("light", "dark"):
                found[f"{name} {scheme}"] = findings(surface, scheme)
    assert len(found) == 2 * (3 + 9 + 1 + 1 + 2)
    assert {where: told for where, told in found.items() if told} == {}


def test_axe_finds_nothing_from_right_to_left(
    chromium: Chromium, server: ContractServer, site: Site, findings: Findings
) -> None:
    chromium.set_language("ar")
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.locator(".video .button").first.click()
    popup.locator(".verdict").wait_for()
    assert popup.evaluate("document.documentElement.dir") == "rtl"
    assert findings(popup, "light") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tone", ["manipulated", "clear", "unsure", "problem", "working"])
def test_axe_finds_nothing_in_a_card(
    chromium: Chromium, findings: Findings, scheme: str, tone: str
) -> None:
    """The card is drawn here into an open root: nobody can look into the closed one."""
    page = chromium.go(f"{BASE}/popup/popup.html")
    page.get_by_role("heading", name="lets no extension look").wait_for()
    css = [
        (EXTENSION / name).read_text("utf-8")
        for name in ("tokens.css", "view/tones.css", "page/beside_video.css")
    ]
    card = {
        "id": "x",
        "about": "https://example.org/v.mp4",
        "tone": tone,
        "headline": "Likely manipulated",
        "sentence": "At least one face shows signs of manipulation.",
        "score": "93%",
        "meaning": answers.MEANING["likely_manipulated"],
        "progress": 0.4,
        "durationS": 12,
        "stretches": [{"startS": 1, "endS": 3, "label": "from 0:01 to 0:03"}],
        "faces": [
            {"label": "Face 1", "score": "93%", "picture": b64encode(face_picture("x")).decode()}
        ],
        "checkedBy": "Model inceptionv3_gru-2026.11.1 · Nov 20, 2026, 12:00 PM",
        "final": True,
        "language": "en",
        "direction": "ltr",
        "labels": dict.fromkeys(["card", "timeline", "details", "close", "picture"], "Label"),
        "picture": {"hue": 20, "hue2": 200, "cells": [True] * 25, "number": "0000"},
    }
    page.evaluate(
        """([card, css]) => {
          const host = document.createElement("aside");
          const root = host.attachShadow({mode: "open"});
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(css);
          root.adoptedStyleSheets = [sheet];
          root.append(deepfakeCheckDraw.draw(card, {seek() {}, details() {}, close() {}}));
          document.querySelector("main").replaceChildren(host);
        }""",
        [card, "\n".join(css)],
    )
    page.wait_for_timeout(400)
    assert findings(page, scheme, "aside") == []


def test_everything_can_be_done_by_keyboard(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    expect(popup.get_by_role("button", name="Check: A speech")).to_be_focused()
    popup.keyboard.press("Enter")
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    reached = []
    for _ in range(12):
        popup.keyboard.press("Tab")
        reached.append(
            popup.evaluate(
                "document.activeElement.textContent.trim() || document.activeElement.ariaLabel"
            )
        )
    wanted = {"Full report", "This is wrong", "0:07–0:08", "Check another video"}
    assert wanted <= set(reached), reached


def test_news_is_told_to_a_screen_reader(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    region = popup.locator("#announcer")
    expect(region).to_have_attribute("aria-live", "polite")
    expect(region).to_have_text("A video on this page")
    popup.get_by_role("button", name="Check: A speech").click()
    expect(region).to_contain_text("Likely manipulated. At least one face", timeout=15_000)


def test_a_card_is_read_out_though_no_page_can_find_its_words(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    page = chromium.go(f"{site.url}/one")
    popup = chromium.press_toolbar_button(page)
    popup.get_by_role("button", name="Check: A speech").click()
    assert soon(lambda: (card := chromium.card(page)) and "Likely" in card.text)
    cdp = chromium.context.new_cdp_session(page)
    nodes = cdp.send("Accessibility.getFullAXTree")["nodes"]
    told = {(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes}
    assert ("StaticText", "Likely manipulated") in told
    assert ("region", "Deepfake Check result") in told
    assert ("button", "Close") in told


def test_whoever_asked_for_less_motion_gets_none(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.under_way()[0]]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.emulate_media(reduced_motion="reduce")
    popup.get_by_role("button", name="Check: A speech").click()
    popup.get_by_text("Place in the queue").wait_for()
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert popup.evaluate(moving) == 0


@pytest.mark.parametrize("width_px", [200, 400])
def test_at_twice_the_size_nothing_is_cut_off(
    chromium: Chromium, server: ContractServer, site: Site, width_px: int
) -> None:
    """200 % zoom of the popup is the same as half its width."""
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.get_by_role("button", name="Check: A speech").click()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    popup.evaluate("(width) => { document.body.style.inlineSize = `${width}px`; }", width_px)
    cut = popup.evaluate(
        """() => [...document.querySelectorAll("#view *")].filter((node) =>
          node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === "visible"
          && node.clientWidth > 0).map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert cut == []


def test_a_card_can_be_used_in_a_window_at_four_times_its_size(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    page = chromium.go(f"{site.url}/one")
    page.set_viewport_size({"width": 320, "height": 256})
    chromium.press_toolbar_button(page).locator(".video .button").first.click()
    card = soon(lambda: (found := chromium.card(page)) and found.part("face") and found)
    chromium.close_popup()
    page.bring_to_front()
    assert card
    left, top, right, bottom = card.box()
    assert 0 <= left < right <= 320
    assert 0 <= top < bottom <= 256
    page.mouse.move((left + right) / 2, (top + bottom) / 2)
    page.mouse.wheel(0, 1000)
    assert soon(lambda: card.box("details")[3] <= 256)
    card.click(page, "details")
    assert chromium.opened_popup()
