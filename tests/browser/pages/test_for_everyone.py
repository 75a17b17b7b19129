"""Every page for everyone: axe-core, both themes, a phone's width, right to left, the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from analysis.finding import Outcome
from tests.browser.pages.conftest import OpenPage
from tests.colour_scheme import show_in
from tests.pages.checks import failed_check, finished_check, waiting_check

pytestmark = pytest.mark.django_db(transaction=True)

AXE = Path(__file__).resolve().parents[2] / "extension/node_modules/axe-core/axe.min.js"
needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="no axe-core here: run npm ci in tests/extension"
)


@pytest.fixture
def addresses() -> dict[str, str]:
    """One page of every kind and state."""
    by_outcome = {
        outcome: finished_check(
            outcome, url=f"https://video.example/{outcome}", sha256=str(at) * 64
        )
        for at, outcome in enumerate(Outcome)
    }
    report = f"/checks/{by_outcome[Outcome.LIKELY_MANIPULATED].public_id}"
    return {
        **{outcome: f"/checks/{check.public_id}" for outcome, check in by_outcome.items()},
        "contest": f"{report}/contest",
        "waiting": f"/checks/{waiting_check(progress=0.3).public_id}",
        "failed": f"/checks/{failed_check('content.private').public_id}",
        "front": "/",
        "about": "/about",
        "model": "/model",
        "status": "/status",
        "connect": "/connect",
        "sign-in": "/sign-in",
        "nothing": "/nothing",
    }


@needs_axe
def test_axe_finds_nothing_serious_in_either_theme(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    page = open_page("/")
    script = AXE.read_text(encoding="utf-8")
    for name, address in addresses.items():
        page.goto(address)
        page.evaluate(script)
        # What the dark theme changes is colour and nothing else.
        for theme, rules in (("light", None), ("dark", ["color-contrast"])):
            show_in(page, theme)
            found = page.evaluate(
                "async (rules) => (await axe.run(rules ? { runOnly: rules } : {})).violations"
                ".map(({ id, impact, nodes }) => [impact, id, nodes[0].html])",
                rules,
            )
            serious = [each for each in found if each[0] in ("serious", "critical")]
            assert serious == [], (name, theme)


@pytest.mark.parametrize(
    ("language", "widths"), [("en", (360, 768, 1440)), ("de", (360,)), ("ar", (360,))]
)
def test_nothing_is_wider_than_the_screen(
    open_page: OpenPage, addresses: dict[str, str], language: str, widths: tuple[int, ...]
) -> None:
    page = open_page("/", locale=language)
    wordiest = (Outcome.LIKELY_MANIPULATED, "contest", "waiting", "front")
    for name, address in addresses.items():
        if language != "en" and name not in wordiest:
            continue
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_where_colours_are_forced_the_key_still_tells_right_from_wrong(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    page = open_page(addresses[Outcome.LIKELY_MANIPULATED], forced_colors="active")
    right, wrong = page.locator(".dots-key li").all()
    ground = "key => getComputedStyle(key, '::before').backgroundColor"
    assert right.evaluate(ground) != wrong.evaluate(ground)
    dots = page.locator(".dots circle:not(.off)").first
    assert dots.evaluate("dot => getComputedStyle(dot).fill") == right.evaluate(ground)


def test_arabic_reads_from_right_to_left_and_time_does_not(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    page = open_page(addresses[Outcome.LIKELY_MANIPULATED], locale="ar")
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    assert page.evaluate("getComputedStyle(document.querySelector('.timeline')).direction") == "ltr"


def test_the_language_can_be_chosen_and_is_remembered(open_page: OpenPage) -> None:
    page = open_page("/about", javascript=False)
    page.get_by_role("button", name="Deutsch").click()
    assert page.locator("html").get_attribute("lang") == "de"
    expect(page).to_have_url(page.url)
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "de"


def test_the_first_thing_that_the_keyboard_reaches_leads_past_the_menu(
    open_page: OpenPage,
) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()


def test_a_person_pairs_the_extension_with_one_click(open_page: OpenPage, live_server: Any) -> None:
    client = Client()
    client.force_login(User.objects.create_user("ana"))
    page = open_page("/connect")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.reload()
    page.get_by_label("What do you call this browser?").fill("Ana's laptop")
    page.get_by_role("button", name="Make a pairing link").click()
    expect(page.get_by_label("Pairing link")).to_be_visible()
    assert page.get_by_label("Pairing link").input_value() == page.url
    assert page.url.startswith(f"{live_server.url}/connect#code=")
