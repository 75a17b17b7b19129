"""Which videos of a page are found: also in what a page has hidden in its elements."""

from __future__ import annotations

from typing import Any

import pytest

from tests.extension.in_node import told_by

PAGE = """
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import "./tests/extension/dom_in_node.mjs";

Object.assign(globalThis, { innerWidth: 1100, innerHeight: 720 });
const make = (name, many = 1) =>
  Array.from({ length: many }, () => document.createElement(name));
/** A video in the shadow root of such an element. */
function hidden(name) {
  const [host] = make(name);
  const [video] = make("video");
  Object.assign(video, { currentSrc: `https://site.example/in-${name}.mp4`, paused: true });
  host.attachShadow({ mode: "open" }).append(video);
  return host;
}
let looked = 0;
globalThis.chrome = { dom: { openOrClosedShadowRoot: (element) => {
  looked += 1;
  return element.shadowRoot;
} } };
const script = readFileSync("extension/page/find_videos.js", "utf8");
const find = () => runInThisContext(script).videos.map(({ src }) => src);
"""


def happened(scenario: str) -> Any:
    return told_by(PAGE + scenario)


@pytest.mark.parametrize("name", ["div", "section", "article", "span", "my-player"])
def test_a_player_may_hide_in_any_element_that_can_hide_one(name: str) -> None:
    told = happened(
        """
      document.documentElement.append(hidden("NAME"));
      tell(find());
    """.replace("NAME", name)
    )
    assert told == [f"https://site.example/in-{name}.mp4"]


@pytest.mark.parametrize("others", ["p", "a", "i"])
def test_a_player_is_found_behind_thousands_of_other_elements(others: str) -> None:
    told = happened(
        """
      document.documentElement.append(...make("OTHERS", 9000), hidden("my-player"));
      tell(find());
    """.replace("OTHERS", others)
    )
    assert told == ["https://site.example/in-my-player.mp4"]


def test_of_a_huge_page_so_many_are_asked_and_no_more() -> None:
    told = happened("""
      document.documentElement.append(...make("x-y", 9000), ...make("div", 9000));
      find();
      tell(looked);
    """)
    assert told == 10_000
