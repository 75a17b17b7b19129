"""Every state that a person can meet, brought about in the real browser: for the checks of
accessibility, and for the screenshots (take_screens.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Page

from tests.extension import answers
from tests.extension.chromium import BASE, Chromium, soon
from tests.extension.contract_server import ContractServer
from tests.extension.site import Site

State = tuple[str, Page, Page | None]  # its name, the surface, the web page beside it


def popup_states(chromium: Chromium, server: ContractServer, site: Site) -> Iterator[State]:
    for name, path in (("one", "/one"), ("many", "/many"), ("none", "/none")):
        page = chromium.go(f"{site.url}{path}")
        popup = chromium.press_toolbar_button(page)
        popup.locator(".video").first.wait_for()
        yield f"choose-{name}", popup, None
        chromium.close_popup()
        page.close()
    queued, fetching, analysing = answers.under_way()
    glimpsed = answers.done("inconclusive", probability=0.05)
    glimpsed["verdict"] |= {
        "reason": "one_stretch",
        "explanation": "A stretch of it shows signs of manipulation, all of it together does not.",
        "tracks": [answers.judged(1, 0.05), answers.glimpsed(2)],
        "not_judged": [],
    }
    told: list[tuple[str, dict[str, Any]]] = [
        ("queued", queued),
        ("fetching", fetching),
        ("analysing", analysing),
        ("manipulated", answers.done("likely_manipulated", probability=0.93)),
        ("clear", answers.done("no_manipulation_found", probability=0.08)),
        ("unsure", answers.done("inconclusive", probability=0.51)),
        ("glimpsed", glimpsed),
        ("no-face", answers.done("inconclusive", probability=None)),
        ("problem", answers.failed("content.private")),
    ]
    for name, state in told:
        server.script = {"clip": [state]}
        page, popup = _asked(chromium, site)
        popup.locator(".answer h1").wait_for()
        popup.wait_for_timeout(400)
        yield name, popup, page
        if name == "manipulated":
            popup.get_by_role("button", name=_wrong(popup)).click()
            yield "contest", popup, None
        chromium.close_popup()
        page.close()
    with server.away():
        page, popup = _asked(chromium, site)
        popup.locator(".under-way .mark").wait_for()
        soon(lambda: chromium.records()[0]["failures"] > 0)
        popup.wait_for_timeout(300)
        yield "away", popup, page
        chromium.close_popup()
        page.close()


def page_states(chromium: Chromium) -> Iterator[State]:
    for name, path in (("options", "options/options.html"), ("upload", "upload/upload.html")):
        page = chromium.go(f"{BASE}/{path}")
        page.wait_for_timeout(200)
        yield name, page, None
        page.close()


def _asked(chromium: Chromium, site: Site) -> tuple[Page, Page]:
    chromium.in_extension(
        """async () => {
          const {settings} = await chrome.storage.local.get("settings");
          await chrome.storage.local.clear(); await chrome.storage.local.set({settings}); }"""
    )
    page = chromium.go(f"{site.url}/one")
    popup = chromium.press_toolbar_button(page)
    popup.locator(".video .button").first.click()
    return page, popup


def _wrong(popup: Page) -> str:
    return popup.locator(".verdict .actions .button").last.inner_text()


Look = Callable[[str, Page, Page | None], None]
