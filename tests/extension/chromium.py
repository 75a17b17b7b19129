"""The extension in Chromium, driven as a person does: toolbar, menu, keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, Worker

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / "extension"
CHROMIUM = Path("/usr/lib/chromium/chromium")
EXTENSION_ID = "pmapnidfjmhffkfhnfdfkpkhbfflogof"
CARD = "data-deepfake-check-card"
T = TypeVar("T")
BASE = f"chrome-extension://{EXTENSION_ID}"


class Chromium:
    def __init__(self, playwright: Playwright, profile: Path, folder: Path = EXTENSION) -> None:
        self._playwright = playwright
        self._popups: list[Browser] = []
        self.context: BrowserContext = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=True,
            viewport={"width": 1100, "height": 720},
            args=[
                "--no-sandbox",
                f"--load-extension={folder}",
                f"--disable-extensions-except={folder}",
                "--enable-unsafe-extension-debugging",
                "--autoplay-policy=no-user-gesture-required",
                "--remote-debugging-port=0",
            ],
        )
        # Playwright attaches to no popup; a second connection finds it among the open pages.
        self._port = soon(lambda: _debugging_port(profile))
        assert self.context.browser
        self._browser_cdp = self.context.browser.new_browser_cdp_session()
        self.worker()
        self.context.pages[0].goto(f"{BASE}/icons/32.png")
        # What the worker does once it is installed must not overtake what a test sets.
        soon(lambda: self.in_extension("() => chrome.storage.local.get('settings')"))

    def close(self) -> None:
        self.close_popup()
        self.context.close()

    def worker(self) -> Worker:
        found = [one for one in self.context.service_workers if EXTENSION_ID in one.url]
        return found[-1] if found else self.context.wait_for_event("serviceworker")

    def reset(self, *, server: str) -> None:
        """As freshly installed, but for the server's address."""
        self.close_popup()
        for page in self.context.pages[1:]:
            page.close()
        self.in_extension(
            """async (server) => {
              await chrome.storage.local.clear();
              await chrome.storage.session.clear();
              await chrome.alarms.clearAll();
              const pictureSeed = "0123456789abcdef".repeat(2);
              await chrome.storage.local.set({settings: {server, pictureSeed}});
            }""",
            server,
        )

    def in_extension(self, script: str, argument: Any = None) -> Any:
        """Runs in a page of ours that stays open: it outlives the worker, and a new one would
        take the focus from the popup, which would close."""
        return self.context.pages[0].evaluate(script, argument)

    def set_language(self, language: str) -> None:
        self.in_extension(
            """async (language) => { const {settings} = await chrome.storage.local.get("settings");
              await chrome.storage.local.set({settings: {...settings, language}}); }""",
            language,
        )

    def go(self, url: str, **settings: Any) -> Page:
        page = self.context.new_page()
        if settings:
            page.emulate_media(**settings)
        page.goto(url)
        page.bring_to_front()
        return page

    def press_toolbar_button(self, page: Page) -> Page:
        """Opens the popup and grants activeTab, exactly as a click on the button does."""
        page.bring_to_front()
        self._browser_cdp.send(
            "Extensions.triggerAction", {"id": EXTENSION_ID, "targetId": self._tab_of(page)}
        )
        return self.opened_popup()

    def opened_popup(self) -> Page:
        popup = soon(self._open_popup)
        assert popup, "the popup did not open"
        return popup

    def _open_popup(self) -> Page | None:
        seen = self._playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{self._port}")
        self._popups.append(seen)
        pages = [page for context in seen.contexts for page in context.pages]
        return next((page for page in pages if "popup.html" in page.url), None)

    def close_popup(self) -> None:
        for seen in self._popups:
            for page in seen.contexts[0].pages:
                if page.url.startswith(f"{BASE}/popup/popup.html"):
                    page.close()
            seen.close()
        self._popups.clear()

    def _tab_of(self, page: Page) -> str:
        targets = self._browser_cdp.send("Target.getTargets", {"filter": [{"type": "tab"}]})
        urls = {one["targetId"]: one["url"] for one in targets["targetInfos"]}
        return next(target for target, url in urls.items() if url == page.url)

    def stop_worker(self) -> None:
        """What thirty idle seconds do; a debugger keeps those from passing."""
        cdp = self.context.new_cdp_session(self.context.pages[0])
        cdp.send("ServiceWorker.enable")
        cdp.send("ServiceWorker.stopAllWorkers")
        cdp.detach()

    def badge(self, page: Page) -> dict[str, str]:
        return self.in_extension(
            """async (url) => {
              const tabId = (await chrome.tabs.query({})).find((tab) => tab.url === url).id;
              return {
                text: await chrome.action.getBadgeText({tabId}),
                title: await chrome.action.getTitle({tabId}),
                colour: (await chrome.action.getBadgeBackgroundColor({tabId})).join(","),
              };
            }""",
            page.url,
        )

    def tabs(self, part: str) -> list[str]:
        """Addresses of open tabs that the extension may see."""
        urls = self.in_extension("async () => (await chrome.tabs.query({})).map((tab) => tab.url)")
        return [url for url in urls if url and part in url]

    def records(self) -> list[dict[str, Any]]:
        kept = self.in_extension(
            """async () => ({
              ...await chrome.storage.session.get(null),
              ...await chrome.storage.local.get(null)})"""
        )
        return [value for key, value in kept.items() if key.startswith("ask:")]

    def card(self, page: Page) -> Card | None:
        """What stands in the closed shadow root: the debugger sees what no page can."""
        cdp = self.context.new_cdp_session(page)
        root = _card_root(cdp)
        return Card(cdp, root) if root else None


class Card:
    """As it stood when it was asked for; ``box`` says where a part is now."""

    def __init__(self, cdp: Any, root: dict[str, Any]) -> None:
        self._cdp = cdp
        self._root = root

    @property
    def text(self) -> str:
        return " ".join(_texts(self._root))

    @property
    def classes(self) -> str:
        node = _find(self._root, lambda one: one["localName"] == "section")
        return _attributes(node).get("class", "") if node else ""

    def part(self, css_class: str) -> dict[str, Any] | None:
        return _find(self._root, lambda one: css_class in _attributes(one).get("class", "").split())

    def box(self, css_class: str = "") -> tuple[float, float, float, float]:
        """Left, top, right, bottom of a part, or of the card."""
        quad = soon(lambda: self._border(css_class or "card"))
        assert quad
        return min(quad[::2]), min(quad[1::2]), max(quad[::2]), max(quad[1::2])

    def _border(self, css_class: str) -> list[float] | None:
        """Corners of a part; None where the card was painted anew meanwhile, with new ids."""
        self._root = _card_root(self._cdp) or self._root
        node = self.part(css_class)
        assert node
        try:
            model = self._cdp.send("DOM.getBoxModel", {"nodeId": node["nodeId"]})["model"]
        except Error as error:
            if "Could not find node" not in str(error):
                raise
            return None
        return list(model["border"])

    def click(self, page: Page, css_class: str) -> None:
        left, top, right, bottom = self.box(css_class)
        page.mouse.click((left + right) / 2, (top + bottom) / 2)


def _card_root(cdp: Any) -> dict[str, Any] | None:
    tree = cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
    host = _find(tree, _is_card)
    return host["shadowRoots"][0] if host else None


def _find(node: dict[str, Any], wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    if wanted(node):
        return node
    inside = [*node.get("children", []), *node.get("shadowRoots", [])]
    if "contentDocument" in node:
        inside.append(node["contentDocument"])
    return next((found for child in inside if (found := _find(child, wanted))), None)


def _is_card(node: dict[str, Any]) -> bool:
    return CARD in _attributes(node) and bool(node.get("shadowRoots"))


def _texts(node: dict[str, Any]) -> list[str]:
    said = _attributes(node).get("data-said")
    own = [node["nodeValue"]] if node["nodeType"] == 3 else [said] if said else []
    return own + [text for child in node.get("children", []) for text in _texts(child)]


def _attributes(node: dict[str, Any]) -> dict[str, str]:
    flat = node.get("attributes", [])
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _debugging_port(profile: Path) -> str:
    told = profile / "DevToolsActivePort"
    return told.read_text().split()[0] if told.exists() and told.read_text() else ""


def soon(look: Callable[[], T], *, within_s: float = 30.0) -> T:
    """What ``look`` sees as soon as it is something; the last thing seen when time is up."""
    until = time.monotonic() + within_s
    while not (seen := look()) and time.monotonic() < until:
        time.sleep(0.1)
    return seen
