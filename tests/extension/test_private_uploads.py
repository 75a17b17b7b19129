"""A file from a private window: kept in memory alone, whichever window its page is opened in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.extension.in_node import told_by

PAGES = """
import { markup, soon } from "./tests/extension/dom_in_node.mjs";
import { local, opened, server, session, tab } from "./tests/extension/worker_in_node.mjs";

globalThis.window = { close: () => undefined };
/** Opens one of our pages, as in a window that has no other. */
async function open(address) {
  document.documentElement.replaceChildren();
  markup("view", "nav", "bottom", "drop", "file", "told", "where");
  globalThis.location = new URL(address, "ext://ours/");
  location.replace = (next) => opened.push(next);
  await import(`./extension/${location.pathname.slice(1).replace("html", "js")}?${Math.random()}`);
}
async function press(words) {
  const said = (one) => one.textContent || one.getAttribute("aria-label");
  const found = () => document.querySelectorAll("button").find((one) => said(one) === words);
  (await soon(found)).dispatchEvent(new Event("click"));
}

async function upload() {
  const input = document.getElementById("file");
  input.files = [new File(["words"], "secret.mp4")];
  input.dispatchEvent(new Event("change"));
  await soon(() => opened.length > 1);
}
const titles = ({ kept }) => (kept.asks ?? []).map(({ title }) => title);
"""


def happened(scenario: str) -> Any:
    return told_by(PAGES + scenario)


@pytest.mark.parametrize("incognito", [True, False])
def test_an_upload_is_kept_as_its_window_keeps_things(incognito: bool) -> None:
    told = happened(
        """
      tab.incognito = INCOGNITO;
      await open("popup/popup.html");
      await press("Upload the file");
      await open(opened[0]);
      await upload();
      tell({ local: titles(local), session: titles(session), kept: JSON.stringify(local.kept) });
    """.replace("INCOGNITO", str(incognito).lower())
    )
    assert told["session"] == (["secret.mp4"] if incognito else [])
    assert told["local"] == ([] if incognito else ["secret.mp4"])
    assert ("secret" in told["kept"]) is not incognito


def test_what_is_asked_next_to_a_private_upload_is_private_too() -> None:
    """Chromium opens our pages in an ordinary window only: the tab of the answer does not tell."""
    told = happened("""
      tab.incognito = true;
      await open("popup/popup.html");
      await press("Upload the file");
      await open(opened[0]);
      await upload();
      tab.incognito = false;
      await open(opened[1]);
      await press("Check another video");
      await press("Upload the file");
      tell({ pages: [opened[0], opened[2]] });
    """)
    assert told["pages"][0] == told["pages"][1]


def test_a_file_that_could_not_be_checked_is_chosen_again_and_not_asked_about_without_it() -> None:
    told = happened("""
      const problem = { code: "service.timeout", title: "It took too long.", what_to_do: "" };
      server.state = { state: "failed", problem };
      await open("popup/popup.html");
      await press("Upload the file");
      await open(opened[0]);
      await upload();
      await open(opened[1]);
      const shown = () => document.querySelectorAll("button").map((one) => one.textContent);
      await soon(() => shown().includes("Upload the file"));
      tell(shown().filter(Boolean));
    """)
    assert told == ["Upload the file"]
