"""A page may do what it likes with its own document. It can hide our card or paint another; it can
neither read ours, nor click it, nor change what badge and popup say.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.extension import answers
from tests.extension.chromium import CARD, Card, Chromium, soon
from tests.extension.contract_server import ContractServer
from tests.extension.site import STRICT, VIDEO, Site, document

pytestmark = pytest.mark.browser

TAMPERED = """<script>
  window.stolen = [];
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (how) {
    const root = attach.call(this, {...how, mode: "open"});
    window.stolen.push(root);
    return root;
  };
  for (const [owner, name] of [
    [HTMLElement.prototype, "showPopover"], [Element.prototype, "append"],
    [Document.prototype, "createElement"], [Array.prototype, "map"], [Array.prototype, "slice"],
    [JSON, "stringify"], [Element.prototype, "getBoundingClientRect"], [Function.prototype, "call"],
    [Document.prototype, "querySelectorAll"], [HTMLVideoElement.prototype, "querySelectorAll"]]) {
    owner[name] = function () { window.stolen.push(name); throw new Error("tampered"); };
  }
  Object.defineProperty(HTMLMediaElement.prototype, "currentSrc", {get: () => "https://evil.example/"});
  window.chrome = {runtime: {sendMessage: () => window.stolen.push("message")}};
</script>"""

SPOOF = f"""<div {CARD} id="spoof" style="position:fixed;left:70px;top:416px;width:560px;
  z-index:2147483647;background:#fff;padding:14px;border-left:5px solid teal">
  <b>No manipulation found</b> This video was checked by Deepfake Check.</div>"""


def verdict_on(
    chromium: Chromium, server: ContractServer, site: Site, body: str, **headers: str
) -> tuple[Page, Page]:
    site.pages["/hostile"] = document(body)
    site.headers["/hostile"] = {name.replace("_", "-"): value for name, value in headers.items()}
    server.script = {"": [answers.done("likely_manipulated", probability=0.93)]}
    page = chromium.go(f"{site.url}/hostile")
    popup = chromium.press_toolbar_button(page)
    popup.locator(".video .button").first.click()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    assert chromium.badge(page)["text"] == "▲"
    return page, popup


def card_on(chromium: Chromium, page: Page) -> Card:
    card = soon(lambda: (found := chromium.card(page)) and "Likely" in found.text and found)
    assert card
    return card


def test_a_painted_card_changes_nothing_that_counts_and_lacks_the_picture(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page, popup = verdict_on(chromium, server, site, VIDEO + SPOOF)
    card = card_on(chromium, page)
    assert "Likely manipulated" in card.text
    ours = card.part("picture")
    assert ours
    number = popup.locator("#bottom .picture").get_attribute("aria-label").rpartition(" ")[2]
    assert f"number {number}" in str(ours["attributes"])
    # Ours is in the top layer, above every z-index.
    left, top, right, bottom = card.box("headline")
    seen = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).id", [(left + right) / 2, (top + bottom) / 2]
    )
    assert seen == ""


def test_a_page_can_neither_read_nor_click_the_card(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page, _ = verdict_on(chromium, server, site, VIDEO)
    chromium.close_popup()
    card = card_on(chromium, page)
    left, top, right, bottom = card.box("stretch")
    told = page.evaluate(
        """([x, y]) => {
          const host = document.querySelector("[data-deepfake-check-card]");
          const video = document.querySelector("video");
          const at = document.elementFromPoint(x, y);
          for (const type of ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]) {
            const how = {bubbles: true, composed: true, clientX: x, clientY: y};
            at.dispatchEvent(new MouseEvent(type, how));
          }
          host.click();
          const escape = {key: "Escape", bubbles: true, composed: true};
          host.dispatchEvent(new KeyboardEvent("keydown", escape));
          getSelection().selectAllChildren(document.documentElement);
          return {
            root: host.shadowRoot, inside: at === host, children: host.childNodes.length,
            text: host.innerText + host.textContent + getSelection().toString(),
            moved: video.currentTime, found: window.find("Likely manipulated"),
          };
        }""",
        [(left + right) / 2, (top + bottom) / 2],
    )
    assert told["root"] is None
    assert told["inside"] is True
    assert told["children"] == 0
    assert "manipulated" not in told["text"]
    assert told["found"] is False
    assert told["moved"] == 0
    assert chromium.card(page), "an event that no person made has closed the card"


@pytest.mark.parametrize(
    "how", ["", 'static disabledFeatures = ["shadow"];'], ids=["reads", "forbids"]
)
def test_a_page_that_defines_the_card_s_own_element_first_gets_nothing(
    chromium: Chromium, server: ContractServer, site: Site, how: str
) -> None:
    page, _ = verdict_on(chromium, server, site, VIDEO)
    card_on(chromium, page)
    name = page.evaluate(f"document.querySelector('[{CARD}]').localName")
    chromium.close_popup()
    defining = f"""<script>
      window.got = [];
      customElements.define("{name}", class extends HTMLElement {{
        {how}
        constructor() {{ super(); window.got.push(this.attachInternals()); }}
      }});
    </script>"""
    page, _ = verdict_on(chromium, server, site, defining + VIDEO)
    card_on(chromium, page)
    assert page.evaluate("window.got.length") == 0


def test_tampered_prototypes_are_never_ours(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page, _ = verdict_on(chromium, server, site, TAMPERED + VIDEO)
    assert "Likely manipulated" in card_on(chromium, page).text
    # Not page.evaluate: its own helper runs in the tampered world.
    cdp = chromium.context.new_cdp_session(page)
    stolen = cdp.send("Runtime.evaluate", {"expression": "window.stolen.length"})
    assert stolen["result"]["value"] == 0
    assert server.requests_for("/checks", "POST")[0]["body"] == (
        f'{{"url":"{site.url}/clip.webm"}}'.encode()
    )


def test_a_strict_policy_and_trusted_types_do_not_bare_the_card(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page, _ = verdict_on(chromium, server, site, VIDEO, **STRICT)
    card = card_on(chromium, page)
    left, top, right, bottom = card.box()
    assert right - left <= 561
    assert bottom - top < 280, "without its style sheet a card is a heap of words"
    close = card.box("close")
    assert close[2] - close[0] < 40


def test_a_page_that_takes_the_card_away_is_let_have_its_way_in_the_end(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    removing = """<script>
      window.removed = 0;
      new MutationObserver(() => {
        for (const card of document.querySelectorAll("[data-deepfake-check-card]")) {
          window.removed += 1;
          card.remove();
        }
      }).observe(document, {childList: true, subtree: true});
    </script>"""
    page, popup = verdict_on(chromium, server, site, removing + VIDEO)
    page.wait_for_function("window.removed > 5")
    page.wait_for_timeout(800)
    assert page.evaluate("window.removed") <= 8
    expect(popup.get_by_role("heading", name="Likely manipulated")).to_be_visible()
    assert chromium.badge(page)["text"] == "▲"


def test_a_page_in_which_something_always_changes_gets_its_card_back(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    clock = "<p id='c'></p><script>setInterval(() => c.replaceChildren(Date.now()), 50)</script>"
    page, _ = verdict_on(chromium, server, site, VIDEO + clock)
    chromium.close_popup()
    assert card_on(chromium, page)
    page.evaluate(f"document.querySelector('[{CARD}]').remove()")
    assert soon(lambda: chromium.card(page))


def test_a_page_that_hides_the_card_by_its_styles_does_not_succeed(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    hiding = """<style>[data-deepfake-check-card], * {
      display: none !important; opacity: 0 !important;
      visibility: hidden !important; transform: scale(0) !important; left: -9999px !important; }
      html, body, main, video { display: block !important; visibility: visible !important;
      opacity: 1 !important; transform: none !important; }</style>"""
    page, _ = verdict_on(chromium, server, site, hiding + VIDEO)
    left, top, right, bottom = card_on(chromium, page).box()
    assert 0 <= left < right <= 1100
    assert 0 <= top < bottom <= 720


def test_a_page_that_is_enlarged_by_its_own_styles_moves_the_card_nowhere(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page, _ = verdict_on(chromium, server, site, f"<style>html {{ zoom: 1.25 }}</style>{VIDEO}")
    rect = page.evaluate("JSON.parse(JSON.stringify(v.getBoundingClientRect()))")
    assert rect["width"] == 700
    left, top, right, _ = card_on(chromium, page).box()
    assert (left, top, right - left) == (rect["left"], rect["bottom"] + 8, 560)


def test_a_page_cannot_repaint_the_card_by_the_names_of_our_own_values(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page, _ = verdict_on(chromium, server, site, VIDEO)
    chromium.close_popup()
    card = soon(lambda: (found := chromium.card(page)) and found.part("face") and found)
    assert card
    left, top, right, bottom = card.box()
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    ours = soon(lambda: (seen := page.screenshot(clip=clip)) == page.screenshot(clip=clip) and seen)
    page.add_style_tag(
        content="""div { --text-m: 0px !important; --text-s: 0px !important;
        --font: cursive !important; --manipulated: #0b6a66 !important;
        --manipulated-mark: #0b6a66 !important;
        --manipulated-tint: #e3f4f2 !important; --surface: #000 !important; }"""
    )
    assert (
        page.evaluate(
            f"getComputedStyle(document.querySelector('[{CARD}]')).getPropertyValue('--text-m')"
        )
        == "0px"
    )
    assert page.screenshot(clip=clip) == ours


def test_thousands_of_videos_are_counted_and_few_are_listed(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    small = "<video style='width:160px;height:90px;display:inline-block' preload=none></video>"
    site.pages["/thousands"] = document(f"{VIDEO}{small * 2000}")
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/thousands"))
    expect(popup.get_by_role("heading", name="Videos on this page: 2001")).to_be_visible()
    assert popup.locator(".video").count() == 24
    expect(popup.get_by_role("button", name="Check: A speech in the park")).to_be_focused()


def test_a_huge_page_is_looked_at_within_bounds(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    site.pages["/huge"] = document(f"{VIDEO}{'<i><b><x-y></x-y></b></i>' * 15_000}")
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/huge"))
    expect(popup.get_by_role("button", name="Check: A speech in the park")).to_be_visible()


def test_a_sandboxed_page_can_be_checked_all_the_same(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page, _ = verdict_on(
        chromium, server, site, VIDEO, Content_Security_Policy="sandbox allow-scripts"
    )
    assert page.evaluate("self.origin") == "null"


@pytest.mark.parametrize(
    "title",
    ["<img src=x onerror=alert(1)>", "x" * 5000, "\u202egpj.exe\u202c", "</script><b>bold"],
)
def test_a_title_is_text_and_short(
    chromium: Chromium, server: ContractServer, site: Site, title: str
) -> None:
    site.pages["/lies"] = document("<video src=/clip.webm></video>")
    page = chromium.go(f"{site.url}/lies")
    page.evaluate("(title) => document.querySelector('video').setAttribute('title', title)", title)
    popup = chromium.press_toolbar_button(page)
    shown = popup.locator(".video .title")
    expect(shown).to_be_visible()
    assert shown.evaluate("(node) => node.children.length") == 0
    assert len(shown.inner_text()) <= 200


def test_a_page_cannot_speak_to_the_worker_or_load_a_file_of_ours(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    told: Any = page.evaluate(
        """async (id) => {
          const load = (path) => fetch(`chrome-extension://${id}/${path}`)
            .then(() => "loaded", () => "refused");
          const send = typeof window.chrome?.runtime?.sendMessage;
          return [send, await load("manifest.json"), await load("popup/popup.html")];
        }""",
        "pmapnidfjmhffkfhnfdfkpkhbfflogof",
    )
    assert told == ["undefined", "refused", "refused"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "ask", "url": "https://evil.example/", "title": "", "on": None},
        {"type": "forget", "ids": "everything"},
        {"type": "cancel", "id": "x"},
        {"type": "contest", "id": "x", "contest": {}},
    ],
)
def test_a_content_script_that_was_taken_over_may_not_do_what_our_pages_may(
    chromium: Chromium, server: ContractServer, site: Site, message: dict[str, Any]
) -> None:
    page, _ = verdict_on(chromium, server, site, VIDEO)
    chromium.close_popup()
    assert soon(lambda: card_on(chromium, page).part("faces"))  # all that an answer brings is asked
    before = (len(server.asked), chromium.records())
    cdp = chromium.context.new_cdp_session(page)
    worlds: list[dict[str, Any]] = []
    cdp.on("Runtime.executionContextCreated", lambda event: worlds.append(event["context"]))
    cdp.send("Runtime.enable")
    ours = next(world for world in worlds if "pmapnidfjmhffkfh" in world["origin"])
    cdp.send(
        "Runtime.evaluate",
        {
            "contextId": ours["id"],
            "expression": f"chrome.runtime.sendMessage({message!r})".replace("None", "null"),
        },
    )
    page.wait_for_timeout(300)
    assert (len(server.asked), chromium.records()) == before
