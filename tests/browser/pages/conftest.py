"""One Chromium for all these tests, and Django's own server behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

from tests.pages.conftest import _own_ground, rung  # noqa: F401  the same ground as the quick tests

CHROMIUM = "/usr/lib/chromium/chromium"
# Playwright drives an event loop in the thread of the test, where Django suspects async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

OpenPage = Callable[..., Page]


def until(page: Page, condition: str) -> None:
    """Waits in the page itself: the policy forbids what Playwright's own waiting needs."""
    page.evaluate(
        "(async () => { const end = Date.now() + 15000;"
        f" while (!({condition})) {{ if (Date.now() > end) throw new Error('in vain');"
        " await new Promise((go) => setTimeout(go, 50)); } })()"
    )


def _is_complaint(line: ConsoleMessage) -> bool:
    """A breach of the policy, an error of a script; not that an answer was a refusal."""
    return line.type == "error" and not line.text.startswith("Failed to load resource")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists():
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any, settings: Any) -> Iterator[OpenPage]:
    """Opens a page of its own; anything that the browser complains of fails the test."""
    complaints: list[str] = []
    contexts = []
    settings.PUBLIC_URL = live_server.url

    def opened(address: str, *, width: int = 1280, javascript: bool = True, **how: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            base_url=live_server.url,
            **how,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on(
            "console",
            lambda line: complaints.append(line.text) if _is_complaint(line) else None,
        )
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
