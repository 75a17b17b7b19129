"""For everyone: axe-core, both themes, right to left, the keyboard, less motion, a site's look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.colour_scheme import show_in
from tests.posters.page.conftest import AXE, OpenPage, choose, clip, sample

needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="no axe-core here: run npm ci in tests/extension"
)
SAMPLES = ("likely_manipulated", "no_manipulation_found", "inconclusive", "failed", "second_look")


def serious(page: Page, scheme: str) -> list[list[str]]:
    """What the dark theme changes is colour and nothing else."""
    show_in(page, scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async (rules) => (await axe.run(rules ? { runOnly: rules } : {})).violations"
        ".map(({ id, impact, nodes }) => [impact, id, nodes[0].html])",
        None if scheme == "light" else ["color-contrast"],
    )
    return [one for one in found if one[0] in ("serious", "critical")]


@needs_axe
def test_axe_finds_nothing_serious_in_any_state_or_theme(open_page: OpenPage) -> None:
    page = open_page("/holding")
    assert serious(page, "light") + serious(page, "dark") == []
    for name in SAMPLES:
        choose(page, sample(name))
        expect(page.get_by_role("group")).to_be_visible()
        assert serious(page, "light") + serious(page, "dark") == [], name
    choose(page, clip(3000, seed="axe"))
    expect(page.get_by_role("button", name="Post without waiting")).to_be_visible()
    assert serious(page, "light") + serious(page, "dark") == []
    page.get_by_role("button", name="Cancel the check").click()
    assert serious(page, "light") + serious(page, "dark") == []


@needs_axe
def test_arabic_reads_from_right_to_left_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(locale="ar", viewport={"width": 320, "height": 700})
    choose(page, sample("likely_manipulated"))
    panel = page.get_by_role("group")
    expect(panel.get_by_role("button", name="النشر مع وسم")).to_be_visible()
    assert panel.evaluate("(one) => getComputedStyle(one).direction") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert serious(page, "light") == []


def test_everything_can_be_done_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, sample("likely_manipulated"))
    expect(page.get_by_role("button", name="Post with a label")).to_be_visible()
    page.get_by_label("Title").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#heading")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Post with a label")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Choose another file")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".label")).to_contain_text("Likely manipulated")


def test_a_pressed_button_that_goes_away_leaves_the_focus_beside_its_answer(
    open_page: OpenPage,
) -> None:
    page = open_page()
    choose(page, sample("likely_manipulated"))
    page.get_by_role("button", name="Post with a label").press("Enter")
    expect(page.locator("#heading")).to_be_focused()


def test_news_is_told_to_a_screen_reader(open_page: OpenPage) -> None:
    page = open_page()
    region = page.get_by_role("status")
    expect(region).to_have_text("")
    choose(page, sample("likely_manipulated"))
    expect(region).to_contain_text("Likely manipulated. At least one face")


def test_whoever_asked_for_less_motion_gets_none(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    choose(page, clip(3000, seed="still"))
    expect(page.get_by_role("group", name="Waiting for its turn")).to_be_visible()
    assert running(page) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert running(page) == 1


def running(page: Page) -> int:
    return page.evaluate(
        "document.querySelector('check-before-posting').shadowRoot.getAnimations().length"
    )


def test_a_site_gives_it_its_own_look(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, sample("likely_manipulated"))
    button = page.get_by_role("button", name="Post with a label")
    page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`check-before-posting { --check-accent: rgb(1, 2, 3); }
            check-before-posting::part(button) { text-transform: uppercase; }`);
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    style: Callable[[str], str] = lambda name: button.evaluate(  # noqa: E731
        "(one, name) => getComputedStyle(one)[name]", name
    )
    assert style("backgroundColor") == "rgb(1, 2, 3)"
    assert style("textTransform") == "uppercase"
