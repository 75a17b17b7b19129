"""The card beside a video stands there only while that video is the one that was judged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.extension.in_node import told_by

PAGE = """
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import "./tests/extension/dom_in_node.mjs";

let hear;
const sheets = [];
const observer = class { observe() {} disconnect() {} takeRecords() { return []; } };
const nothing = () => undefined;
Object.assign(globalThis, {
  innerHeight: 720,
  chrome: { runtime: { id: "ours", sendMessage: async () => null,
    onMessage: { addListener: (act) => (hear = act) } } },
  addEventListener: nothing, removeEventListener: nothing,
  ResizeObserver: observer, MutationObserver: observer, IntersectionObserver: observer,
  getComputedStyle: () => ({}),
  requestAnimationFrame: (act) => act(), cancelAnimationFrame: nothing,
  deepfakeCheckDraw: { draw: () => document.createElement("section") },
});
globalThis.window = globalThis;
document.defaultView = window;
document.documentElement.clientWidth = 1100;
HTMLElement.prototype.showPopover = nothing;
HTMLElement.prototype.offsetHeight = 120;
CSSStyleSheet.prototype.replaceSync = (text) => sheets.push(text);

document.elementsFromPoint = () => [];
const video = document.createElement("video");
document.documentElement.append(video);
globalThis.deepfakeCheckSlots = [new WeakRef(video)];
for (const name of ["place", "beside_video"]) {
  runInThisContext(readFileSync(`extension/page/${name}.js`, "utf8"));
}

/** The player takes up something else: first there is nothing, then it is known how long it is. */
function play(durationS, src = "blob:https://site.example/1") {
  Object.assign(video, { duration: NaN, currentSrc: src, currentTime: 0, readyState: 0 });
  video.dispatchEvent(new Event("loadstart"));
  video.readyState = 4;
  video.duration = durationS;
  video.dispatchEvent(new Event("durationchange"));
}
function goTo(atS, type = "timeupdate") {
  video.currentTime = atS;
  video.dispatchEvent(new Event(type));
}
/** The person asks about what the player plays, by the address that is sent for it. */
function ask(src, address = src, card = {}) {
  play(60, src);
  globalThis.deepfakeCheckPlayed = new WeakMap([[video, { src, durationS: 60 }]]);
  show({ address, ...card });
}
const show = (card) => hear({ type: "show", slot: 0, css: "", wanted: false,
  card: { id: "c", address: "", final: true, durationS: 60, ...card } }, { id: "ours" }, nothing);
const isShown = () => /visibility: visible/.test(sheets.at(-1));
"""


def happened(scenario: str) -> Any:
    return told_by(PAGE + scenario)


def test_a_card_is_not_shown_beside_what_the_player_plays_next() -> None:
    told = happened("""
      video.duration = 60.04;
      show();
      const told = [isShown()];
      for (const durationS of [95, 60, 15]) {
        play(durationS);
        told.push(isShown());
      }
      tell(told);
    """)
    assert told == [True, False, True, False]


def test_an_answer_that_comes_when_the_next_video_plays_waits_for_its_own() -> None:
    told = happened("""
      video.duration = 60;
      show({ final: false, durationS: null });
      play(95);
      show();
      const before = isShown();
      play(60);
      tell([before, isShown()]);
    """)
    assert told == [False, True]


@pytest.mark.parametrize(
    ("played", "judged"), [("NaN", 60), ("Infinity", 60), (61.5, 60), (60, "null"), (607, 600)]
)
def test_a_card_stays_where_nothing_says_that_it_is_another_video(
    played: float | str, judged: float | str
) -> None:
    told = happened(f"""
      video.duration = {played};
      show({{ durationS: {judged} }});
      play({played});
      tell(isShown());
    """)
    assert told is True


FILE = "https://media.example/a.mp4"


@pytest.mark.parametrize(
    ("plays", "shown"),
    [
        (f"{FILE}?signature=2", True),
        ("https://media.example/b.mp4", False),
        ("https://other.example/a.mp4", False),
        ("blob:https://site.example/2", True),
    ],
)
def test_another_file_is_another_video_though_it_is_as_long(plays: str, shown: bool) -> None:
    told = happened(f"""
      ask("{FILE}?signature=1");
      play(60, "{plays}");
      const there = isShown();
      play(60, "{FILE}");
      tell([there, isShown()]);
    """)
    assert told == [shown, True]


def test_the_same_video_in_another_quality_goes_on_where_it_was() -> None:
    told = happened(f"""
      ask("{FILE}");
      const told = [];
      for (const [file, until, goesOnAt] of [["hd", 24, 24.2], ["sd", 40, 40], ["next", 50, 7]]) {{
        goTo(until);
        play(60, `https://media.example/${{file}}.mp4`);
        goTo(0);
        told.push(isShown());
        goTo(goesOnAt, "seeking");
        told.push(isShown());
      }}
      goTo(50);
      told.push(isShown());
      tell(told);
    """)
    assert told == [False, True, False, True, False, False, False]


def test_what_plays_before_a_page_s_own_video_is_not_taken_for_it() -> None:
    told = happened("""
      ask("https://ads.example/a.mp4", "https://site.example/post");
      play(60, "https://media.example/b.mp4");
      tell(isShown());
    """)
    assert told is True


PAGE_OF_STREAMS = "https://site.example/post"


def test_another_stream_is_another_video_though_it_is_as_long() -> None:
    told = happened(f"""
      ask("blob:1", "{PAGE_OF_STREAMS}", {{ final: false, durationS: null }});
      show();
      const told = [isShown()];
      for (const stream of ["blob:2", "blob:1"]) {{
        play(60, stream);
        told.push(isShown());
      }}
      tell(told);
    """)
    assert told == [True, False, True]


def test_a_stream_that_is_begun_anew_goes_on_where_it_was() -> None:
    told = happened(f"""
      ask("blob:1", "{PAGE_OF_STREAMS}");
      goTo(24);
      play(60, "blob:2");
      const begun = isShown();
      goTo(24.1, "seeking");
      tell([begun, isShown()]);
    """)
    assert told == [False, True]


def test_a_stream_that_plays_before_a_page_s_own_is_not_taken_for_it() -> None:
    told = happened(f"""
      ask("blob:1", "{PAGE_OF_STREAMS}", {{ durationS: 95 }});
      play(95, "blob:2");
      tell(isShown());
    """)
    assert told is True


def test_each_card_keeps_to_its_own_file() -> None:
    told = happened(f"""
      ask("{FILE}");
      ask("https://media.example/b.mp4", undefined, {{ id: "d" }});
      const b = isShown();
      show({{ address: "{FILE}" }});
      const other = isShown();
      play(60, "{FILE}");
      tell([b, other, isShown()]);
    """)
    assert told == [True, False, True]


@pytest.mark.parametrize(("about", "shown"), [("A clip of a feed", False), ("", True)])
def test_without_its_video_a_card_stays_only_if_it_is_about_the_page(
    about: str, shown: bool
) -> None:
    told = happened(f"""
      show({{ about: "{about}" }});
      const before = isShown();
      video.remove();
      show({{ about: "{about}" }});
      tell([before, isShown()]);
    """)
    assert told == [True, shown]


def test_a_card_is_taken_away_by_its_own_name_or_by_none() -> None:
    told = happened("""
      const root = document.documentElement;
      const remove = (id) => {
        hear({ type: "remove", id }, { id: "ours" }, nothing);
        return root.childNodes.some((node) => node.attributes["data-deepfake-check-card"] === "");
      };
      show();
      const told = [remove("another"), remove("c")];
      show();
      tell([...told, remove()]);
    """)
    assert told == [True, False, False]
