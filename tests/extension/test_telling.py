"""Tell: in words and shapes, beside the video and where no page can paint."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from tests.extension import answers
from tests.extension.chromium import CARD, Card, Chromium, soon
from tests.extension.contract_server import ContractServer
from tests.extension.site import STRICT, Site, document

pytestmark = pytest.mark.browser


def answered(
    chromium: Chromium, server: ContractServer, page: Page, outcome: str, probability: float | None
) -> Page:
    server.script = {"clip": [answers.done(outcome, probability=probability)]}
    popup = chromium.press_toolbar_button(page)
    popup.get_by_role("button", name="Check: A speech in the park").click()
    popup.get_by_role("heading", name=answers.TOLD[outcome][0]).wait_for()
    return popup


def card_of(chromium: Chromium, page: Page) -> Card:
    """The answer's: what stood there while it was asked for is painted over a moment later."""
    card = soon(lambda: (found := chromium.card(page)) and "working" not in found.classes and found)
    assert card
    return card


@pytest.mark.parametrize(
    ("outcome", "probability", "mark", "tone"),
    [
        ("likely_manipulated", 0.93, "▲", "manipulated"),
        ("no_manipulation_found", 0.08, "●", "clear"),
        ("inconclusive", 0.51, "◆", "unsure"),
        ("inconclusive", None, "◆", "unsure"),
    ],
)
def test_an_outcome_has_its_own_words_and_shape_everywhere(
    chromium: Chromium,
    server: ContractServer,
    site: Site,
    outcome: str,
    probability: float | None,
    mark: str,
    tone: str,
) -> None:
    page = chromium.go(f"{site.url}/one")
    popup = answered(chromium, server, page, outcome, probability)
    headline = answers.TOLD[outcome][0]
    assert soon(lambda: headline in chromium.badge(page)["title"])
    badge = chromium.badge(page)
    assert badge["text"] == mark
    assert headline in badge["title"]
    card = card_of(chromium, page)
    assert headline in card.text
    assert tone in card.classes
    assert popup.locator(f".verdict.{tone} .mark").is_visible()
    assert popup.locator(".meter").count() == (probability is not None)


def test_the_popup_says_how_sure_where_and_what_was_not_judged(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    popup = answered(chromium, server, page, "likely_manipulated", 0.93)
    expect(popup.get_by_text(answers.MEANING["likely_manipulated"])).to_be_visible()
    expect(popup.get_by_text("This face is too small to be judged.")).to_be_visible()
    expect(popup.get_by_text("inceptionv3_gru-2026.11.1")).to_be_visible()
    expect(popup.locator(".face .pictures img").first).to_have_js_property("complete", True)
    report = popup.get_by_role("link", name="Full report")
    assert report.get_attribute("href") == f"{server.url}/checks/check00000000000000001"


@pytest.mark.parametrize(
    ("valid", "trusted", "told"),
    [
        (True, True, "their signer is on the trust list. Signed by: BBC News"),
        (True, False, "their signer is not on the trust list. The signer calls itself: BBC News"),
        (False, None, "whose seal is broken: the file or the credentials were changed afterwards."),
    ],
)
def test_a_seal_is_said_to_be_worth_what_it_is(
    chromium: Chromium,
    server: ContractServer,
    site: Site,
    valid: bool,
    trusted: bool | None,
    told: str,
) -> None:
    state = answers.done("no_manipulation_found", probability=0.08)
    state["verdict"]["provenance"] |= {
        "present": True,
        "valid": valid,
        "trusted": trusted,
        "signer": "BBC News",
    }
    server.script = {"clip": [state]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.get_by_role("button", name="Check: A speech").click()
    assert popup.locator(".verdict .note").inner_text().endswith(told)


def test_a_report_on_another_server_is_never_linked(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    state = answers.done("likely_manipulated", probability=0.93)
    state["links"] = {"report": "https://evil.example/checks/x"}
    server.script = {"clip": [state]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.get_by_role("button", name="Check: A speech").click()
    report = popup.get_by_role("link", name="Full report")
    assert report.get_attribute("href") == f"{server.url}/checks/x"


def test_a_stretch_takes_the_page_s_own_player_there(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    popup = answered(chromium, server, page, "likely_manipulated", 0.93)
    popup.get_by_role("button", name="Go to this moment: 0:07–0:08").click()
    page.wait_for_function("document.querySelector('video').currentTime === 7")
    chromium.close_popup()
    page.bring_to_front()
    card = card_of(chromium, page)
    card.click(page, "stretch")
    page.wait_for_function("document.querySelector('video').currentTime === 1.2")


@pytest.mark.parametrize("path", ["/one", "/shadow"])
def test_the_card_never_stands_on_the_player(
    chromium: Chromium, server: ContractServer, site: Site, path: str
) -> None:
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    page = chromium.go(f"{site.url}{path}")
    popup = chromium.press_toolbar_button(page)
    popup.locator(".video .button").first.click()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    for scrolled_to in (0, 60):
        page.evaluate("(y) => scrollTo(0, y)", scrolled_to)
        page.wait_for_timeout(100)
        left, top, right, bottom = card_of(chromium, page).box()
        assert 0 <= left < right <= 1100
        player = page.evaluate(
            """() => { const host = document.querySelector("video, my-player");
              const {top, bottom} = host.getBoundingClientRect(); return [top, bottom]; }"""
        )
        assert top >= player[1] or bottom <= player[0]


def test_a_card_goes_with_its_file_and_stays_with_its_video_in_another_quality(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    for path in ("/better.webm", "/next.webm"):
        site.files[path] = site.files["/clip.webm"]
    page = chromium.go(f"{site.url}/one")
    answered(chromium, server, page, "likely_manipulated", 0.93)
    chromium.close_popup()
    card_of(chromium, page)
    visible = f"getComputedStyle(document.querySelector('[{CARD}]')).visibility === 'visible'"
    page.evaluate("v.currentTime = 5")
    page.wait_for_timeout(500)
    page.evaluate(
        """() => {
          const {currentTime} = v;
          v.src = "/better.webm";
          v.onloadedmetadata = () => { v.onloadedmetadata = null; v.currentTime = currentTime; };
        }"""
    )
    page.wait_for_function("v.currentTime === 5")
    page.wait_for_function(visible)
    page.evaluate("v.src = '/next.webm'; v.play()")
    page.wait_for_function("v.currentTime > 0.5")
    assert not page.evaluate(visible)


PLAYER = '<video src="/clip.webm" muted preload="auto"></video>'
CAROUSEL = """<div id="box" style="width: 560px; overflow: OVERFLOW">
<div id="row" style="display: flex; width: 1120px">TWO</div></div>""".replace("TWO", 2 * PLAYER)
STACK = f"""<style>#box video {{ position: absolute; top: 20px; left: 70px }}</style>
<div id="box">{2 * PLAYER}</div>"""
CLIPS = "const [a, b] = document.querySelectorAll('video');"


@pytest.mark.parametrize(
    ("body", "which", "goes", "comes_back"),
    [
        (CAROUSEL.replace("OVERFLOW", "hidden"), 0, "row.style.translate = '-560px'", "'0px'"),
        (CAROUSEL.replace("OVERFLOW", "auto"), 0, "box.scrollLeft = 560", "0"),
        (STACK, 1, "b.style.opacity = 0", "1"),
        (STACK, 1, "b.style.visibility = 'hidden'", "''"),
        (STACK, 1, "a.style.zIndex = 2", "0"),
    ],
    ids=["moved", "scrolled", "transparent", "hidden", "covered"],
)
def test_a_card_goes_where_its_video_gives_its_place_to_another(
    chromium: Chromium,
    server: ContractServer,
    site: Site,
    body: str,
    which: int,
    goes: str,
    comes_back: str,
) -> None:
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    site.pages["/two"] = document(f"{body}<script>{CLIPS}</script>")
    page = chromium.go(f"{site.url}/two")
    page.wait_for_function("a.readyState === 4 && b.readyState === 4")
    popup = chromium.press_toolbar_button(page)
    popup.locator(".video .button").nth(which).click()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    chromium.close_popup()
    page.bring_to_front()
    card_of(chromium, page)
    seen = f"getComputedStyle(document.querySelector('[{CARD}]')).visibility"
    page.wait_for_function(f"{seen} === 'visible'")
    page.evaluate(goes)
    page.wait_for_function(f"{seen} === 'hidden'")
    page.evaluate(f"{goes.partition('=')[0]} = {comes_back}")
    page.wait_for_function(f"{seen} === 'visible'")


DIALOG = """<my-box></my-box><script>
  const root = ROOT;
  root.innerHTML = `<dialog style="width: 620px; top: 20px; margin: 0 auto">
    <video src="/clip.webm" muted preload="auto" style="width: 560px; height: 200px"></video>
  </dialog>`;
  const [box, video] = root.querySelectorAll("dialog, video");
</script>"""
BOX = "document.querySelector('my-box')"


@pytest.mark.parametrize("root", [BOX, f"{BOX}.attachShadow({{mode: 'closed'}})"])
def test_in_a_modal_dialog_the_card_can_be_used_each_time_that_it_opens(
    chromium: Chromium, server: ContractServer, site: Site, root: str
) -> None:
    site.pages["/box"] = document(DIALOG.replace("ROOT", root))
    page = chromium.go(f"{site.url}/box")
    page.evaluate("box.showModal()")
    answered(chromium, server, page, "likely_manipulated", 0.93)
    chromium.close_popup()
    page.bring_to_front()
    card_of(chromium, page).click(page, "stretch")
    page.wait_for_function("video.currentTime === 1.2")
    page.evaluate("box.close()")
    page.wait_for_function(
        """(card) => {
          const outside = document.querySelector(card);
          return outside && getComputedStyle(outside).visibility === "hidden";
        }""",
        arg=f"html > [{CARD}]",
    )
    page.evaluate("box.showModal(); video.currentTime = 0")
    page.wait_for_timeout(600)
    card_of(chromium, page).click(page, "stretch")
    page.wait_for_function("video.currentTime === 1.2")
    page.keyboard.press("Escape")
    assert soon(lambda: chromium.card(page) is None)
    assert page.evaluate("box.open"), "closing the card has closed what it stood in"


def test_escape_closes_the_card_and_it_stays_closed(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    answered(chromium, server, page, "likely_manipulated", 0.93)
    chromium.close_popup()
    page.bring_to_front()
    card = card_of(chromium, page)
    card.click(page, "stretch")  # the focus is in the card now
    page.keyboard.press("Escape")
    assert soon(lambda: chromium.card(page) is None)
    page.wait_for_timeout(600)
    assert chromium.card(page) is None
    assert chromium.badge(page)["text"] == "▲"


def test_the_card_shows_the_faces_that_were_judged_and_which_model_did(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    site.headers["/one"] = STRICT  # no picture but the page's own, and those only from it
    page = chromium.go(f"{site.url}/one")
    asked_by_page: list[str] = []
    page.on("request", lambda request: asked_by_page.append(request.url))
    answered(chromium, server, page, "likely_manipulated", 0.93)
    assert soon(lambda: card_of(chromium, page).part("faces"))
    page.wait_for_timeout(500)  # a picture that cannot be painted takes its place away
    card = card_of(chromium, page)
    face = card.part("face")
    assert face
    assert face["children"][0]["localName"] == "canvas"
    assert "93%" in card.text and "This face is too small" not in card.text
    assert "Model inceptionv3_gru-2026.11.1" in card.text
    assert not [url for url in asked_by_page if "/evidence/" in url]
    assert server.requests_for("/evidence/track1-0.webp", "GET")


@pytest.mark.parametrize("others", [9, 0])
def test_a_face_that_stands_out_though_it_was_not_judged_is_shown_with_its_stretch(
    chromium: Chromium, server: ContractServer, site: Site, others: int
) -> None:
    glimpsed = answers.glimpsed(others + 1)
    told = answers.done("inconclusive", probability=0.05 if others else None)
    told["verdict"]["tracks"] = [*(answers.judged(n + 1, 0.05) for n in range(others)), glimpsed]
    server.script = {"clip": [told]}
    page = chromium.go(f"{site.url}/one")
    popup = chromium.press_toolbar_button(page)
    popup.locator(".video .button").first.click()
    face = popup.locator(".face").first
    expect(face).to_contain_text(f"Face {others + 1}")
    expect(face).to_contain_text("what was seen of it shows signs of manipulation")
    expect(face).to_contain_text("0:03–0:05")
    expect(face.locator("img")).to_have_count(4)
    expect(popup.locator(".stretches")).to_have_text("0:03–0:05")
    card = soon(lambda: (found := chromium.card(page)) and found.part("face") and found)
    assert card and card.part("stretch")
    shown = card.part("face")
    assert shown and f"Face {others + 1}" in shown["children"][0]["attributes"]


def test_of_a_crowd_the_face_whose_score_decides_is_listed_first(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    told = answers.done("inconclusive", probability=0.55)
    told["verdict"]["tracks"] = [answers.judged(n, 0.05) for n in range(1, 10)]
    told["verdict"]["tracks"].append(answers.judged(10, 0.55))
    faces = popup_of(chromium, server, site, told).locator(".face")
    expect(faces).to_have_count(8)
    expect(faces.first).to_contain_text("Face 10")
    expect(faces.first).to_contain_text("0:00–0:11")


def test_the_face_in_a_picture_has_no_times(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    told = answers.done("no_manipulation_found", probability=0.05)
    told["verdict"]["media"] |= {"kind": "picture", "duration_s": None, "frames_per_s": None}
    face = popup_of(chromium, server, site, told).locator(".face").first
    expect(face).to_contain_text("5%")
    expect(face).not_to_contain_text("0:0")


def popup_of(chromium: Chromium, server: ContractServer, site: Site, told: dict[str, Any]) -> Page:
    server.script = {"clip": [told]}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.locator(".video .button").first.click()
    return popup


def test_details_leads_from_the_card_to_where_no_page_can_paint(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    answered(chromium, server, page, "likely_manipulated", 0.93)
    chromium.close_popup()
    page.bring_to_front()
    card_of(chromium, page).click(page, "details")
    popup = chromium.opened_popup()
    expect(popup.get_by_role("heading", name="Likely manipulated")).to_be_visible()
    expect(popup.locator(".face .pictures img").first).to_be_visible()
    assert not chromium.tabs("popup/popup.html")  # the toolbar's own, not a page in a tab


def test_saying_that_it_is_wrong_sends_a_contest(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    popup = answered(chromium, server, page, "likely_manipulated", 0.93)
    popup.get_by_role("button", name="This is wrong").click()
    popup.get_by_label("What is wrong?").select_option("shows_me")
    popup.get_by_label("What should the reviewers know?").fill("I said every word of it.")
    popup.get_by_role("button", name="Send").click()
    expect(popup.get_by_text("Thank you. People will look at it.").first).to_be_visible()
    sent = server.requests_for("/contests", "POST")
    assert sent[0]["body"] == (
        b'{"reason":"shows_me","words":"I said every word of it.","contact":""}'
    )


def test_news_do_not_take_away_what_somebody_is_writing(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    popup = answered(chromium, server, page, "likely_manipulated", 0.93)
    popup.get_by_role("button", name="This is wrong").click()
    written = popup.get_by_label("What should the reviewers know?")
    written.fill("I said every word of it.")
    popup.evaluate(
        """async () => {
          const kept = Object.entries(await chrome.storage.local.get())
            .filter(([key]) => key.startsWith("ask:"));
          for (const [key, ask] of kept) {
            ask.check.verdict.version += 1;
            ask.check.verdict.headline = "Decided by people";
            await chrome.storage.local.set({ [key]: ask });
          }
        }"""
    )
    popup.wait_for_timeout(300)
    expect(written).to_have_value("I said every word of it.")
    popup.get_by_role("button", name="Cancel").click()
    expect(popup.get_by_role("heading", name="Decided by people")).to_be_visible()


def test_a_problem_is_told_in_the_api_s_words_with_what_to_do(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.under_way()[1], answers.failed("content.private")]}
    page = chromium.go(f"{site.url}/one")
    popup = chromium.press_toolbar_button(page)
    popup.get_by_role("button", name="Check: A speech").click()
    popup.get_by_role("heading", name="This video is private.").wait_for()
    expect(popup.get_by_text("Ask its owner to share it").first).to_be_visible()
    expect(popup.get_by_role("button", name="Upload the file")).to_be_visible()
    expect(popup.get_by_role("button", name="Send the address of this page")).to_be_visible()
    assert chromium.badge(page)["text"] == "×"


def test_a_server_that_wants_a_key_leads_to_the_options(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.refusals = {"clip": "auth.required"}
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.get_by_role("button", name="Check: A speech").click()
    popup.get_by_role("heading", name="This service answers only to people with a key.").wait_for()
    with suppress(PlaywrightError):  # the tab that opens may close the popup under the click
        popup.get_by_role("button", name="Connect to a server").click()
    assert soon(lambda: chromium.tabs("options/options.html"))


def test_opening_the_popup_again_shows_the_answer_and_the_way_to_others(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    answered(chromium, server, page, "likely_manipulated", 0.93)
    chromium.close_popup()
    popup = chromium.press_toolbar_button(page)
    expect(popup.get_by_role("heading", name="Likely manipulated")).to_be_visible()
    popup.get_by_role("button", name="Check another video").click()
    expect(popup.get_by_role("button", name="Check: A speech")).to_be_visible()


def test_who_opens_an_answer_again_learns_what_people_have_decided_since(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/one")
    answered(chromium, server, page, "likely_manipulated", 0.93)
    chromium.close_popup()
    decided = answers.done("no_manipulation_found", probability=0.93)
    decided["verdict"] |= {
        "decided_by": "moderator",
        "public_reason": "Its maker has shown the camera's file.",
        "version": 2,
    }
    server.script["clip"][0] = decided
    looks = len(server.requests_for("/checks/check", "GET"))
    popup = chromium.press_toolbar_button(page)
    expect(popup.get_by_role("heading", name="No manipulation found")).to_be_visible()
    expect(popup.get_by_text("Its maker has shown the camera's file.")).to_be_visible()
    assert soon(lambda: chromium.badge(page)["text"] == "●")
    assert soon(lambda: "No manipulation found" in card_of(chromium, page).text)
    popup.wait_for_timeout(3000)  # longer than what is under way is left alone
    assert len(server.requests_for("/checks/check", "GET")) == looks + 1


def test_a_page_that_becomes_another_without_a_load_loses_the_card_and_gets_it_back(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    server.script = {"clip": [answers.done("likely_manipulated", probability=0.93)]}
    page = chromium.go(f"{site.url}/app/first")
    popup = chromium.press_toolbar_button(page)
    popup.locator(".video .button").first.click()
    popup.get_by_role("heading", name="Likely manipulated").wait_for()
    chromium.close_popup()
    card_of(chromium, page)
    page.get_by_role("button", name="Next").click()
    assert soon(lambda: chromium.card(page) is None)
    assert soon(lambda: chromium.badge(page)["text"] == "")
    page.go_back()
    assert soon(lambda: chromium.card(page))
    assert soon(lambda: chromium.badge(page)["text"] == "▲")
