"""From a sample on the front page to its report, with the bundle that is served; nothing played."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from detector_service.checks import run_check, words
from detector_service.checks.models import Check, Finding
from tests.browser.pages.conftest import OpenPage, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sample_is_checked_and_its_report_shows_what_was_seen(
    open_page: OpenPage, settings: Any, rung: list[int]
) -> None:
    settings.BUNDLE = ""
    page = open_page("/")
    page.get_by_role("button", name="The same, with a changed face").click()
    expect(page.locator("#stage")).to_be_visible()
    run_check.analyse(Check.objects.get().pk)

    told = words.headline(Finding.objects.get().outcome)
    expect(page.get_by_role("heading", level=1)).to_have_text(told)
    expect(page.get_by_text("1 face was judged")).to_be_visible()
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    until(page, "[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    page.get_by_label("Go to a moment of face 1").focus()
    page.keyboard.press("End")
    assert float(page.locator(".playhead").get_attribute("x1") or 0) > 900
