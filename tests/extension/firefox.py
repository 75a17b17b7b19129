"""The extension in Firefox, over WebDriver BiDi: its own popup through its own toolbar button.

The popup lives in the browser's own window, where BiDi sees no page; a frame script speaks to it.
"""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import websocket

from tests import leash
from tests.extension.chromium import CARD, EXTENSION, soon

ID = "check@deepfake-check.org"
UUID = "11111111-2222-4333-8444-555555555555"
BASE = f"moz-extension://{UUID}"
PREFERENCES = {
    "extensions.webextensions.uuids": json.dumps({ID: UUID}),
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.autoplay.default": 0,
}
PRESS = """
const {ExtensionParent} = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
const {extension} = WebExtensionPolicy.getByID("check@deepfake-check.org");
await ExtensionParent.apiManager.global.browserActionFor(extension).triggerAction(window);
"""
SPEAK = """
const popup = document.querySelector("browser.webextension-popup-browser");
if (!popup) return "null";
return await new Promise((done) => {
  const name = "deepfake-check-" + Math.random();
  popup.messageManager.addMessageListener(name, ({data}) => done(JSON.stringify(data ?? null)));
  const script = `{ const {document} = content; sendAsyncMessage("${name}", ${EXPRESSION}); }`;
  const address = "data:application/javascript," + encodeURIComponent(script);
  popup.messageManager.loadFrameScript(address, false);
  setTimeout(() => done("null"), 5000);
});
"""


def program() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    def __init__(self, profile: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items())
        (profile / "user.js").write_text("\n".join(lines))
        with (profile / "out").open("w") as out:
            self._process = leash.start(
                [
                    str(program()),
                    "--headless",
                    "--no-remote",
                    "--profile",
                    profile,
                    f"--remote-debugging-port={port}",
                    "--remote-allow-system-access",
                ],
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._numbers = itertools.count(1)
        self._socket = self._connect(port)
        self.send("session.new", capabilities={})
        self.send("webExtension.install", extensionData={"type": "path", "path": str(EXTENSION)})
        self.page = self.send("browsingContext.getTree")["contexts"][0]["context"]
        windows = self.send("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"]
        self._window = next(one["context"] for one in windows if "browser.xhtml" in one["url"])
        self._ours = self.send("browsingContext.create", type="tab", background=True)["context"]
        self.go(f"{BASE}/icons/32.png", context=self._ours)

    def close(self) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def go(self, url: str, *, context: str | None = None) -> None:
        self.send(
            "browsingContext.navigate", context=context or self.page, url=url, wait="complete"
        )

    def evaluate(self, expression: str, *, context: str | None = None, **how: Any) -> Any:
        told = self.send(
            "script.evaluate",
            target={"context": context or self.page},
            expression=expression,
            awaitPromise=True,
            **how,
        )
        assert told["type"] == "success", told
        return told["result"] if how else told["result"].get("value")

    def in_extension(self, expression: str) -> Any:
        told = self.evaluate(f"(async () => JSON.stringify({expression}))()", context=self._ours)
        return json.loads(told) if told else None

    def press_toolbar_button(self) -> None:
        self.send("browsingContext.activate", context=self.page)
        self._in_window(PRESS)

    def close_popup(self) -> None:
        self._in_window(
            "for (const panel of document.querySelectorAll('panel')) panel.hidePopup();"
        )

    def popup(self, expression: str) -> Any:
        """What ``expression`` is in the popup, or None while there is none."""
        script = SPEAK.replace("EXPRESSION", json.dumps(expression))
        return json.loads(self._in_window(script))

    def popup_text(self) -> str:
        return self.popup("document.body.innerText") or ""

    def click_in_popup(self, selector: str) -> None:
        there = f"Boolean(document.querySelector({json.dumps(selector)}))"
        assert soon(lambda: self.popup(there)), self.popup_text()
        self.popup(f"document.querySelector({json.dumps(selector)}).click()")

    def badge(self) -> dict[str, str]:
        return self.in_extension(
            """await (async () => {
              const [{id: tabId}] = await browser.tabs.query({active: true});
              const {getBadgeText, getTitle} = browser.action;
              return {text: await getBadgeText({tabId}), title: await getTitle({tabId})};
            })()"""
        )

    def card_text(self) -> str:
        node = self.evaluate(
            f"document.querySelector('[{CARD}]')",
            serializationOptions={"maxDomDepth": 8, "includeShadowTree": "all"},
        )
        return " ".join(_texts(node))

    def _in_window(self, script: str) -> Any:
        return self.evaluate(f"(async () => {{{script}}})()", context=self._window)

    def _connect(self, port: int) -> websocket.WebSocket:
        until = time.monotonic() + 60
        while True:
            try:
                address = f"ws://127.0.0.1:{port}/session"
                return websocket.create_connection(address, timeout=60, suppress_origin=True)
            except OSError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.2)


def _texts(node: dict[str, Any]) -> list[str]:
    value = node.get("value") or {}
    if not isinstance(value, dict):
        return []
    said = value.get("attributes", {}).get("data-said")
    own = [value["nodeValue"]] if value.get("nodeType") == 3 else [said] if said else []
    inside = [*value.get("children", []), *filter(None, [value.get("shadowRoot")])]
    return own + [text for child in inside for text in _texts(child)]
