"""Private: nothing runs and nothing leaves before a person asks; what is kept, is theirs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.extension import answers
from tests.extension.chromium import BASE, EXTENSION, EXTENSION_ID, Chromium, soon
from tests.extension.contract_server import ContractServer
from tests.extension.site import Site

pytestmark = pytest.mark.browser

ON = {"tabId": 1, "url": "https://example.org/", "slot": None, "incognito": False}


def worlds_of(chromium: Chromium, page: Any) -> list[str]:
    """Where scripts run in this page: one of ours would have a world of its own."""
    cdp = chromium.context.new_cdp_session(page)
    worlds: list[str] = []
    cdp.on(
        "Runtime.executionContextCreated",
        lambda event: worlds.append(event["context"]["origin"] + event["context"]["name"]),
    )
    cdp.send("Runtime.enable")
    cdp.detach()
    return worlds


def test_on_a_page_where_nobody_asked_not_a_byte_of_ours_runs(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    page = chromium.go(f"{site.url}/many")
    assert not any(
        EXTENSION_ID in world or "Deepfake" in world for world in worlds_of(chromium, page)
    )
    page.goto(f"{site.url}/one")
    assert not any(
        EXTENSION_ID in world or "Deepfake" in world for world in worlds_of(chromium, page)
    )
    assert server.asked == []


def test_looking_at_the_popup_sends_nothing(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.get_by_role("button", name="Check: A speech").wait_for()
    assert server.asked == []


def test_a_question_carries_no_cookie_and_no_referrer(
    chromium: Chromium, server: ContractServer, site: Site
) -> None:
    popup = chromium.press_toolbar_button(chromium.go(f"{site.url}/one"))
    popup.get_by_role("button", name="Check: A speech").click()
    soon(lambda: server.requests_for("/checks", "POST"))
    for request in server.asked:
        assert not {"cookie", "referer", "authorization"} & set(request["headers"])


def test_a_question_from_a_private_window_is_kept_in_memory_alone(
    chromium: Chromium, server: ContractServer
) -> None:
    server.script = {"secret": [answers.done("inconclusive", probability=None)]}
    chromium.in_extension(
        "(message) => chrome.runtime.sendMessage(message)",
        {
            "type": "ask",
            "url": "https://example.org/secret.mp4",
            "title": "Secret",
            "on": {**ON, "incognito": True},
        },
    )
    assert soon(lambda: [ask["phase"] for ask in chromium.records()] == ["done"])
    kept = chromium.in_extension("() => chrome.storage.local.get(null)")
    assert "secret" not in json.dumps(kept).lower()


def test_the_history_can_be_taken_away_and_deleted(
    chromium: Chromium, server: ContractServer
) -> None:
    server.script = {"": [answers.done("likely_manipulated", probability=0.9)]}
    for name in ("first", "second"):
        chromium.in_extension(
            "(message) => chrome.runtime.sendMessage(message)",
            {"type": "ask", "url": f"https://example.org/{name}.mp4", "title": name, "on": None},
        )
    assert soon(lambda: all(ask["phase"] == "done" for ask in chromium.records()))
    page = chromium.go(f"{BASE}/options/options.html")
    page.on("dialog", lambda dialog: dialog.accept())
    page.evaluate(
        """() => { const make = URL.createObjectURL;
          URL.createObjectURL = (file) => {
            file.text().then((text) => { window.taken = text; });
            return make(file);
          }; }"""
    )
    page.get_by_role("button", name="Export").click()
    taken = json.loads(soon(lambda: page.evaluate("window.taken")))
    assert {ask["title"] for ask in taken["asks"]} == {"first", "second"}
    assert "cancelToken" not in taken["asks"][0]
    page.get_by_role("button", name="Delete: first").click()
    assert soon(lambda: [ask["title"] for ask in chromium.records()] == ["second"])
    page.get_by_role("button", name="Delete everything").click()
    assert soon(lambda: chromium.records() == [])


@pytest.fixture
def granted(
    playwright: Playwright, tmp_path: Path, server: ContractServer, site: Site
) -> Iterator[Chromium]:
    """The extension after a person has switched on a site: no test can press the browser's own
    "Allow", so this copy has the permission from the start."""
    folder = tmp_path / "extension"
    shutil.copytree(EXTENSION, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["host_permissions"] = [f"{site.url.rpartition(':')[0]}/*"]
    manifest["permissions"] += ["management"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    chromium = Chromium(playwright, tmp_path / "profile", folder)
    chromium.reset(server=server.url)
    yield chromium
    chromium.close()


def test_known_verdicts_are_found_by_four_digits_and_asked_for_once(
    granted: Chromium, server: ContractServer, site: Site
) -> None:
    digest = hashlib.sha256(f"{site.url}/one".encode()).hexdigest()
    known = {"reason": None, "fake_probability": 0.93, "check": "c", "bundle": "b"}
    server.known[digest[:4]] = [
        {
            **known,
            "key_sha256": digest[:4] + "0" * 60,
            "outcome": "inconclusive",
            "decided_by": "model",
        },
        {**known, "key_sha256": digest, "outcome": "likely_manipulated", "decided_by": "model"},
    ]
    soon(lambda: granted.in_extension("() => chrome.scripting.getRegisteredContentScripts()"))
    page = granted.go(f"{site.url}/one")
    card = soon(lambda: granted.card(page))
    assert card
    assert "Likely manipulated" in card.text
    assert "checked before" in card.text
    assert granted.badge(page)["text"] == "▲"
    page.reload()
    assert soon(lambda: granted.card(page))
    other = granted.go(f"{site.url}/none")
    soon(lambda: len(server.asked) >= 2)
    assert [request["path"] for request in server.asked] == [
        f"/api/v1/verdicts/{digest[:4]}",
        f"/api/v1/verdicts/{hashlib.sha256(f'{site.url}/none'.encode()).hexdigest()[:4]}",
    ]
    assert granted.card(other) is None


def test_neither_browser_warns_at_install(granted: Chromium) -> None:
    manifest = (EXTENSION / "manifest.json").read_text(encoding="utf-8")
    ask = "(manifest) => chrome.management.getPermissionWarningsByManifest(manifest)"
    assert granted.in_extension(ask, manifest) == []
    tempted = json.dumps(json.loads(manifest) | {"host_permissions": ["<all_urls>"]})
    assert granted.in_extension(ask, tempted) != []
