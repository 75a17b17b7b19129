"""What the worker shows in which tab, and what it keeps where."""

from __future__ import annotations

from typing import Any

from tests.extension.in_node import told_by

IMPORTS = """
import { ask, badges, cards, chooseInMenu, done, fromOurPage, fromPage, knows, local, page, server,
  session, tab } from "./tests/extension/worker_in_node.mjs";
"""


def happened(scenario: str) -> Any:
    return told_by(IMPORTS + scenario)


def test_a_known_verdict_that_comes_late_is_not_shown_on_another_page() -> None:
    told = happened("""
      knows("https://site.example/a", "likely_manipulated");
      knows("https://site.example/b", "no_manipulation_found");
      let answer;
      server.before = () => new Promise((go) => { answer = go; server.before = async () => {}; });
      const slow = fromPage({ type: "visited" });
      while (!answer) await new Promise((go) => setTimeout(go));
      tab.url = "https://site.example/b";
      await fromPage({ type: "visited" });
      answer();
      await slow;
      tell({ cards, badge: badges[1] });
    """)
    assert [card["headline"] for card in told["cards"]] == ["No manipulation found"]
    assert told["badge"]["text"] == "●"


def test_a_page_that_went_while_its_videos_were_looked_for_gets_no_card() -> None:
    told = happened("""
      knows("https://site.example/a", "likely_manipulated");
      chrome.scripting.executeScript = async () => {
        tab.url = "https://site.example/b";
        return [{ result: page }];
      };
      await fromPage({ type: "visited" });
      tell(cards);
    """)
    assert told == []


def test_nothing_known_takes_away_nothing_from_the_page_that_came_next() -> None:
    told = happened("""
      server.before = async () => { tab.url = "https://site.example/b"; };
      badges[1].text = "▲";
      await fromPage({ type: "visited" });
      tell({ cards, badge: badges[1].text });
    """)
    assert told == {"cards": [], "badge": "▲"}
