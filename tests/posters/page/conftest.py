"""One Chromium, the example site and the service for all of it; a page of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

from tests.extension.conftest import node_tool  # noqa: F401  the same tools, installed once
from tests.posters.page.line import Line
from tests.posters.page.running import ExampleSite, Service

CHROMIUM = Path("/usr/lib/chromium/chromium")
ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "tests/extension/node_modules/axe-core/axe.min.js"

OpenPage = Callable[..., Page]


def sample(name: str) -> dict[str, Any]:
    """A file that a test key is answered on at once."""
    content = f"deepfake-check sample: {name}\n".encode()
    return {"name": "clip.mp4", "mimeType": "video/mp4", "buffer": content}


def clip(size_bytes: int, *, seed: str) -> dict[str, Any]:
    """Begins as a video does, which is all that is looked at while there is no worker."""
    head = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + seed.encode()
    content = head + b"\x5a" * (size_bytes - len(head))
    return {"name": "clip.mp4", "mimeType": "video/mp4", "buffer": content}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def _line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


@pytest.fixture(scope="session")
def service(_line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"), _line)
    yield service
    service.stop()


@pytest.fixture(scope="session")
def example(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleSite]:
    example = ExampleSite(tmp_path_factory.mktemp("site"), service)
    yield example
    example.stop()


@pytest.fixture
def line(_line: Line) -> Iterator[Line]:
    _line.mend()
    yield _line
    _line.mend()


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


def _is_complaint(message: ConsoleMessage) -> bool:
    """A breach of the policy or an error of the script; not that an answer was a refusal."""
    away = ("Failed to load resource", "Access to fetch")
    return message.type == "error" and not message.text.startswith(away)


@pytest.fixture
def open_page(chromium: Browser, example: ExampleSite, line: Line) -> Iterator[OpenPage]:
    """What the browser complains of, under a strict policy, fails the test."""
    complaints: list[str] = []
    contexts = []

    def opened(path: str = "/", **how: object) -> Page:
        context = chromium.new_context(base_url=example.url, **how)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if _is_complaint(said) else None,
        )
        page.goto(path)
        if page.get_by_label("Title").count():
            page.get_by_label("Title").fill("My clip")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def choose(page: Page, file: dict[str, Any]) -> None:
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]


def post(page: Page) -> None:
    page.get_by_role("button", name="Post it").click()
