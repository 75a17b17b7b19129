"""What every room's tests share: one driver of browsers a process, and no language left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation
from playwright.sync_api import Playwright, sync_playwright

BUSIEST = ("models", "training")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What keeps a core busy for minutes comes first, or the other core waits for it at the end."""
    items.sort(key=lambda item: item.path.parent.name not in BUSIEST)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    """A request made in this thread leaves its language active; the next test is not to read it."""
    yield
    translation.deactivate()
