"""The same Chromium and the same ground as the tests of the pages."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.pages.conftest import (  # noqa: F401
    _own_ground,
    chromium,
    open_page,
    pytest_collection_modifyitems,
    rung,
)
from tests.review.conftest import PASSWORD, _rules  # noqa: F401

# Where to leave pictures of every page, for whoever wants to look at them.
PICTURES = os.environ.get("REVIEW_PICTURES", "")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def sign_in(page: Page, name: str) -> None:
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
