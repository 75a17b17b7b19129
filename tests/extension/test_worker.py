"""What the worker shows in which tab, and what it keeps where."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.extension.in_node import told_by

IMPORTS = """
import { ask, badges, cards, chooseInMenu, done, fromOurPage, fromPage, inPage, knows, local, page,
  server, session, tab } from "./tests/extension/worker_in_node.mjs";
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


def test_what_was_asked_here_is_shown_again_when_the_page_is_opened_again() -> None:
    told = happened("""
      server.state = done("likely_manipulated");
      const id = await ask();
      const asked = server.asked.length;
      cards.length = 0;
      badges[1] = {};
      await fromPage({ type: "visited" });
      await fromPage({ type: "visited" }, { id: 2 });
      tell({ id, cards, badges, more: server.asked.slice(asked) });
    """)
    assert [(card["tabId"], card["id"]) for card in told["cards"]] == [
        (1, told["id"]),
        (2, told["id"]),
    ]
    assert [badge["text"] for badge in told["badges"].values()] == ["▲", "▲"]
    # Four digits of a hash, as of every page of this site, and no pictures: nobody has asked.
    assert [re.sub(r"/\w{4}$", "", path) for path in told["more"]] == ["verdicts"]


def test_what_is_under_way_is_shown_again_in_its_own_tab_alone() -> None:
    told = happened("""
      await ask();
      cards.length = 0;
      for (const id of [1, 2]) await fromPage({ type: "visited" }, { id });
      tell({ cards: cards.filter(({ type }) => type === "show"), badge: badges[2].text });
    """)
    assert [card["tabId"] for card in told["cards"]] == [1]
    assert told["badge"] == ""


def test_a_card_that_slept_while_its_page_was_left_is_told_how_it_ended() -> None:
    told = happened("""
      const id = await ask();
      const waiting = await fromPage({ type: "tick", id });
      tab.url = "https://site.example/b";
      server.state = done("likely_manipulated");
      await new Promise((go) => setTimeout(go, 1000));
      await fromOurPage({ type: "refresh", ids: [id] });
      const whileAway = { cards: cards.length, text: badges[1].text };
      tab.url = "https://site.example/a";
      const back = await fromPage({ type: "tick", id });
      tab.url = undefined; // another site came between: the browser tells the address no more
      const fromAfar = await fromPage({ type: "tick", id }, { url: "" });
      await fromOurPage({ type: "forget", ids: [id] });
      const forgotten = await fromPage({ type: "tick", id });
      tell({ waiting, whileAway, back: back.card.headline, badge: badges[1], shown: cards,
        fromAfar: fromAfar.card.headline, forgotten });
    """)
    assert told["waiting"] is None
    assert told["back"] == told["fromAfar"] == "Likely manipulated"
    assert told["shown"][told["whileAway"]["cards"]]["headline"] == "Likely manipulated"
    assert told["whileAway"]["text"] != told["badge"]["text"]
    assert told["forgotten"] == {"card": None}


@pytest.mark.parametrize("how", ["cancel", "forget"])
def test_a_question_that_is_given_up_takes_away_nothing_of_the_next_one(how: str) -> None:
    told = happened(f"""
      const first = await ask("https://site.example/first.mp4", {{ slot: 0 }});
      server.state = done("likely_manipulated");
      const second = await ask("https://site.example/second.mp4", {{ slot: 1 }});
      const text = badges[1].text;
      cards.length = 0;
      await fromOurPage({{ type: "{how}", id: first, ids: [first] }});
      const after = {{ ...badges[1] }};
      await fromOurPage({{ type: "forget", ids: [second] }});
      tell({{ first, second, text, after, cards, last: badges[1] }});
    """)
    assert told["after"]["text"] == told["text"] == "▲"
    assert told["after"]["popup"].endswith(told["second"])
    assert [card["id"] for card in told["cards"]] == [told["first"], told["second"]]
    assert told["last"]["text"] == ""


def test_an_earlier_question_that_was_cancelled_hides_no_known_verdict() -> None:
    told = happened("""
      const id = await ask();
      await fromOurPage({ type: "cancel", id });
      cards.length = 0;
      knows(tab.url, "likely_manipulated");
      await fromPage({ type: "visited" });
      tell({ cards, badge: badges[1].text });
    """)
    assert [card["headline"] for card in told["cards"]] == ["Likely manipulated"]
    assert told["badge"] == "▲"


def test_a_question_that_failed_stays_shown_where_nothing_is_known() -> None:
    told = happened("""
      server.state = { state: "failed", problem: { code: "", title: "No", what_to_do: "" } };
      await ask();
      cards.length = 0;
      await fromPage({ type: "visited" });
      tell({ cards, badge: badges[1].text });
    """)
    assert told == {"cards": [], "badge": "×"}


@pytest.mark.parametrize(
    ("known", "asked", "badge"), [("moderator", "model", "●"), ("model", "model", "▲")]
)
def test_what_people_have_decided_counts_for_more_than_an_answer_of_before(
    known: str, asked: str, badge: str
) -> None:
    told = happened(f"""
      server.state = done("likely_manipulated", {{ decided_by: "{asked}" }});
      await ask();
      knows(tab.url, "no_manipulation_found", "{known}");
      await fromPage({{ type: "visited" }});
      tell(badges[1].text);
    """)
    assert told == badge


@pytest.mark.parametrize("about", ["https://media.example/clip.mp4", "https://site.example/a"])
def test_nobody_is_asked_about_a_page_whose_answer_no_one_can_overrule(about: str) -> None:
    told = happened(f"""
      server.state = done("likely_manipulated", {{
        decided_by: "{about}" === tab.url ? "moderator" : "model" }});
      await ask("{about}", {{ slot: 0 }});
      knows(tab.url, "no_manipulation_found", "moderator");
      const asked = server.asked.length;
      await fromPage({{ type: "visited" }});
      tell({{ badge: badges[1].text, more: server.asked.slice(asked) }});
    """)
    assert told == {"badge": "▲", "more": []}


def test_an_answer_is_read_again_when_it_is_opened_and_kept_if_it_is_another() -> None:
    told = happened("""
      server.state = done("likely_manipulated");
      const id = await ask();
      const told = [];
      const decided = done("no_manipulation_found", { decided_by: "moderator", version: 2 });
      for (const state of [done("inconclusive"), decided]) {
        server.state = state;
        server.asked.length = 0;
        await fromOurPage({ type: "reread", id });
        const { verdict } = local.kept[`ask:${id}`].check;
        told.push([server.asked.length, verdict.outcome, badges[1].text, cards.at(-1).headline]);
      }
      globalThis.fetch = async () => { throw new TypeError("away"); };
      await fromOurPage({ type: "reread", id });
      told.push(local.kept[`ask:${id}`].check.verdict.outcome);
      tell(told);
    """)
    assert told == [
        [1, "likely_manipulated", "▲", "Likely manipulated"],
        [1, "no_manipulation_found", "●", "No manipulation found"],
        "no_manipulation_found",
    ]


def test_what_is_not_answered_yet_is_not_read_again() -> None:
    told = happened("""
      const id = await ask();
      server.asked.length = 0;
      await fromOurPage({ type: "reread", id });
      tell(server.asked);
    """)
    assert told == []


def test_a_question_that_was_asked_meanwhile_counts_for_more_than_what_is_known() -> None:
    told = happened("""
      knows(tab.url, "likely_manipulated");
      let answer;
      server.before = () => new Promise((go) => { answer = go; server.before = async () => {}; });
      const slow = fromPage({ type: "visited" });
      while (!answer) await new Promise((go) => setTimeout(go));
      server.state = done("no_manipulation_found");
      await ask();
      answer();
      await slow;
      tell({ last: cards.at(-1).headline, badge: badges[1].text });
    """)
    assert told == {"last": "No manipulation found", "badge": "●"}


def test_a_known_card_that_was_closed_closes_no_other() -> None:
    told = happened("""
      for (const name of ["a", "b"]) {
        tab.url = `https://site.example/${name}`;
        knows(tab.url, "likely_manipulated");
        await fromPage({ type: "visited" });
      }
      tell(cards.map(({ id }) => id));
    """)
    assert len(set(told)) == 2


def test_a_tab_that_moves_to_what_another_has_asked_about_has_its_own_badge() -> None:
    told = happened("""
      server.state = done("likely_manipulated");
      await ask();
      badges[1] = {};
      const { card } = await fromPage({ type: "moved" }, { id: 2 });
      tell({ headline: card.headline, badges: [badges[1].text ?? "", badges[2].text ?? ""] });
    """)
    assert told == {"headline": "Likely manipulated", "badges": ["", "▲"]}


@pytest.mark.parametrize("how", ["refresh", "cancel"])
def test_how_a_question_ends_is_not_told_on_the_page_that_came_next(how: str) -> None:
    told = happened(
        """
      const id = await ask();
      tab.url = "https://site.example/b";
      await fromPage({ type: "moved" });
      badges[1] = { text: "next", title: "next" };
      cards.length = 0;
      server.state = done("likely_manipulated");
      await new Promise((go) => setTimeout(go, 1000));  // it is not asked about sooner again
      await fromOurPage({ type: HOW, id, ids: [id] });
      const { phase } = local.kept[`ask:${id}`];
      tell({ phase, badge: badges[1], cards });
    """.replace("HOW", repr(how))
    )
    assert told["phase"] == {"refresh": "done", "cancel": "cancelled"}[how]
    assert (told["badge"], told["cards"]) == ({"text": "next", "title": "next"}, [])


LINK = """
  const link = "https://www.youtube.com/watch?v=BBBBBBBBBBB";
  server.state = done("likely_manipulated");
  await chooseInMenu({ menuItemId: "check_link", linkUrl: link });
  while (local.kept.asks[0].phase !== "done") await new Promise((go) => setTimeout(go));
  while (!cards.some(({ headline }) => headline === "Likely manipulated")) {
    await new Promise((go) => setTimeout(go));
  }
  const [{ id }] = local.kept.asks;
  const told = { ...badges[1] };
  const card = cards.at(-1);
  /** The browser forgets what a button tells when its tab shows a new page. */
  const visit = async (url, on = 1) => {
    badges[on] = {};
    cards.length = 0;
    await fromPage({ type: "visited" }, { url: (tab.url = url), id: on });
    const shown = cards.filter(({ type }) => type === "show").map(({ headline }) => headline);
    return [badges[on].text ?? "", ...shown];
  };
"""


def test_the_target_of_a_link_is_told_by_its_name_and_the_popup_opens_on_it() -> None:
    told = happened(LINK + "tell({ id, link, told, card, slots: local.kept.asks[0].slot });")
    assert told["told"]["text"] == "▲"
    assert told["told"]["title"] == f"Deepfake Check: Likely manipulated · {told['link']}"
    assert told["told"]["popup"].endswith(f"popup/popup.html?ask={told['id']}")
    assert (told["card"]["about"], told["card"]["slot"]) == (told["link"], None)


@pytest.mark.parametrize(
    "link",
    [
        "https://me:secret@nas.example/clip.mp4",
        "data:video/mp4;base64,secret",
        "javascript:play('secret')",
        "mailto:secret@site.example",
    ],
)
def test_a_link_that_leads_to_no_page_is_neither_sent_nor_kept(link: str) -> None:
    told = happened(f"""
      const linkUrl = {json.dumps(link)};
      await chooseInMenu({{ menuItemId: "check_link", linkUrl, selectionText: "A clip" }});
      const {{ id }} = local.kept.asks[0];
      await fromOurPage({{ type: "refresh", ids: [id] }});
      tell({{ asked: server.asked, kept: JSON.stringify(local.kept), cards, badge: badges[1] }});
    """)
    assert told["asked"] == []
    assert "secret" not in told["kept"]
    assert told["badge"]["text"] == "×"
    assert [card["about"] for card in told["cards"]] == ["A clip"]
    assert told["cards"][0]["headline"].startswith("This is not the link of a web page")


def test_the_target_of_a_link_is_never_taken_for_the_page_that_links_to_it() -> None:
    told = happened(
        LINK
        + """
      const { url } = tab;
      const moved = await fromPage({ type: "moved" });
      tell({ moved, popup: badges[1].popup, again: await visit(url), other: await visit(url, 2) });
    """
    )
    assert told["moved"] == {"card": None}
    assert told["popup"].endswith("popup/popup.html")
    assert (told["again"], told["other"]) == ([""], [""])


def test_who_follows_the_link_that_was_checked_sees_its_answer() -> None:
    told = happened(
        LINK
        + """
      const spelt = "https://youtu.be/BBBBBBBBBBB";
      tell([await visit(spelt), await visit(spelt, 2), cards.at(-1).about]);
    """
    )
    assert told == [["▲", "Likely manipulated"], ["▲", "Likely manipulated"], ""]


def test_a_clip_of_a_feed_is_told_of_while_it_is_in_the_page_and_in_its_own_tab() -> None:
    told = happened("""
      tab.url = "https://x.com/home";
      server.state = done("likely_manipulated");
      await ask("https://video.twimg.com/tweet_video/clip.mp4", { slot: 0 });
      const told = [];
      const visited = async (on) => {
        badges[on] = {};
        await fromPage({ type: "visited" }, { id: on });
        const { card, slot } = await fromPage({ type: "moved" }, { id: on });
        told.push([badges[on].text, card?.headline, slot]);
      };
      await visited(1);
      await visited(2);
      inPage.clear();
      await visited(1);
      tell(told);
    """)
    assert told == [["▲", "Likely manipulated", 0], ["", None, None], ["", None, None]]


FRAME = """
  tab.url = "https://news.example/story";
  const frameUrl = "https://player.vimeo.com/video/76979871";
  const asked = async (info) => {
    const before = (local.kept.asks ?? []).map(({ id }) => id);
    await chooseInMenu({ frameId: 5, frameUrl, ...info });
    return local.kept.asks.find(({ id }) => !before.includes(id))?.url ?? "nothing";
  };
  const video = { kind: "video", slot: 1, current: "https://news.example/main.mp4",
    src: "https://news.example/main.mp4", title: "" };
  page.videos = [video];
"""


def test_the_menu_in_another_site_s_frame_asks_about_what_is_in_the_frame() -> None:
    told = happened(
        FRAME
        + """
      tell([
        await asked({ menuItemId: "check_video", srcUrl: "blob:https://player.vimeo.com/1" }),
        await asked({ menuItemId: "check_video", srcUrl: "https://cdn.example/of-vimeo.mp4" }),
        await asked({ menuItemId: "check_page" }),
      ]);
    """
    )
    assert told == ["https://player.vimeo.com/video/76979871"] * 3


def test_a_frame_that_was_found_gets_the_card_beside_it() -> None:
    told = happened(
        FRAME
        + """
      page.videos.push({ ...video, kind: "frame", slot: 2, current: frameUrl, src: frameUrl });
      await asked({ menuItemId: "check_page" });
      tell(cards.at(-1).slot);
    """
    )
    assert told == 2


def test_the_menu_elsewhere_asks_as_it_did() -> None:
    told = happened(
        FRAME
        + """
      tell([
        await asked({ menuItemId: "check_video", srcUrl: video.src }),
        await asked({ menuItemId: "check_page", frameUrl: "https://news.example/part" }),
        await asked({ menuItemId: "check_page", frameUrl: "about:srcdoc" }),
        await asked({ menuItemId: "check_page", frameId: 0, frameUrl: undefined }),
        await asked({ menuItemId: "check_video", frameUrl: "about:srcdoc", srcUrl: "blob:x" }),
      ]);
    """
    )
    assert told == ["https://news.example/main.mp4"] * 4 + ["https://news.example/story"]


def test_a_page_that_is_named_after_its_hash_is_a_page_of_its_own() -> None:
    told = happened("""
      server.state = done("likely_manipulated");
      const cardAt = async (url) => (await fromPage({ type: "moved" }, { url })).card !== null;
      const told = [];
      for (const asked of ["#/v/1", "#!/v/1", "#t=5", ""]) {
        tab.url = `https://site.example/app${asked}`;
        await ask();
        const same = [await cardAt(tab.url)];
        for (const other of ["#/v/2", "#!/v/2", "#t=9"]) {
          same.push(await cardAt(`https://site.example/app${other}`));
        }
        await fromOurPage({ type: "forget", ids: "everything" });
        told.push(same);
      }
      tell(told);
    """)
    assert told == [
        [True, False, False, False],
        [True, False, False, False],
        [True, False, False, True],
        [True, False, False, True],
    ]


def test_what_is_known_of_an_address_is_not_told_of_each_page_behind_its_hash() -> None:
    told = happened("""
      knows("https://site.example/a", "likely_manipulated");
      tab.url = "https://site.example/a#/v/2";
      await fromPage({ type: "visited" });
      const routed = cards.filter(({ type }) => type === "show").length;
      tab.url = "https://site.example/a#t=5";
      await fromPage({ type: "visited" });
      tell([routed, cards.filter(({ type }) => type === "show").length]);
    """)
    assert told == [0, 1]


def test_what_the_menu_asks_with_a_full_storage_is_told_on_the_button() -> None:
    told = happened("""
      local.set = async () => { throw new Error("quota exceeded"); };
      await chooseInMenu({ menuItemId: "check_page" }).catch(() => {});
      tell({ badge: badges[1], asked: server.asked });
    """)
    assert told["badge"]["text"] == "×"
    assert "no check was begun" in told["badge"]["title"]
    assert told["asked"] == []
