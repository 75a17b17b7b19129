/** One ask, from its first second to its verdict: looks at the record, and has it followed. */

import { browser } from "../browser.js";
import { FROM_OUR_PAGES, send } from "../messages.js";
import { isFinal, pageOf, readAsk } from "../service/records.js";
import { readPicture } from "../service/api.js";
import { connectionFor } from "../service/connection.js";
import { contestView } from "../view/contest.js";
import { h, icon } from "../view/dom.js";
import { problemView, progressView } from "../view/progress.js";
import { verdictView } from "../view/verdict.js";
import { nameOf } from "../words/card.js";

/** Quick at first, for the many checks that end in seconds; slower for those that wait. */
const FOLLOW_MS = { first: 1000, last: 2500, growth: 1.15 };

/**
 * @param {{
 *   page: import("../view/page.js").Page,
 *   id: string,
 *   tab: chrome.tabs.Tab,
 *   another: () => void,
 *   upload: () => void,
 *   ask: (question: {url: string, title: string, slot: number | null}) => void,
 * }} of
 */
export function answerView({ page, id, tab, another, upload, ask: askAbout }) {
  const { words } = page;
  const body = h("div", { class: "answer" });
  const title = h("p", { class: "about-title" });
  const element = h(
    "section",
    {},
    h(
      "div",
      { class: "crumb" },
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": words.t("anotherVideo"),
          title: words.t("anotherVideo"),
          onclick: another,
        },
        icon("back"),
      ),
      title,
    ),
    body,
  );
  let timer = 0;
  let pause = FOLLOW_MS.first;
  /** What is drawn, so that a verdict that is being read is not drawn again. */
  let drawn = "";
  /** What somebody is writing is not taken away by news; those are drawn when it is sent. */
  let contesting = false;

  /** @param {Record<string, chrome.storage.StorageChange>} changes */
  const changed = (changes) => {
    if (`ask:${id}` in changes) void refresh();
  };
  browser.storage.onChanged.addListener(changed);
  void refresh().then(follow);
  void send(FROM_OUR_PAGES.REREAD, { id });
  void send(FROM_OUR_PAGES.BESIDE, { id });
  return {
    element,
    stop: () => {
      clearTimeout(timer);
      browser.storage.onChanged.removeListener(changed);
    },
  };

  async function follow() {
    const ask = await readAsk(id);
    if (!ask || isFinal(ask)) return;
    send(FROM_OUR_PAGES.REFRESH, { ids: [id] }).catch(() => undefined);
    pause = Math.min(FOLLOW_MS.last, pause * FOLLOW_MS.growth);
    timer = setTimeout(follow, pause);
  }

  async function refresh() {
    const ask = await readAsk(id);
    if (!ask) return another();
    title.textContent = nameOf(ask);
    if (contesting) return;
    const key = JSON.stringify([
      ask.phase,
      ask.failures > 0 && (ask.problem?.code ?? "away"),
      ask.contested,
      ask.check?.verdict?.version,
      isFinal(ask) || [ask.check?.state, ask.check?.progress, ask.check?.queue_position],
    ]);
    if (key === drawn) return;
    drawn = key;
    const kept = document.activeElement?.className;
    body.replaceChildren(viewOf(ask));
    if (kept && !document.activeElement?.className) {
      /** @type {HTMLElement | null} */ (
        body.querySelector(`.${CSS.escape(kept.split(" ")[0] ?? "")}`)
      )?.focus();
    }
  }

  /** @param {Ask} ask */
  function viewOf(ask) {
    if (ask.phase === "done" && ask.check?.verdict) {
      return verdictView(ask, words, {
        seek: isPlayedHere(ask) ? (atS) => void send(FROM_OUR_PAGES.SEEK, { id, atS }) : null,
        contest: () => {
          contesting = true;
          body.replaceChildren(
            contestView(ask, words, () => {
              contesting = false;
              drawn = "";
              void refresh();
            }),
          );
        },
        picture: async (link) => readPicture(await connectionFor(ask.server), link),
      });
    }
    if (isFinal(ask)) {
      return problemView(ask, words, {
        retry: () => void send(FROM_OUR_PAGES.RETRY, { id }).then(follow),
        upload,
        connect: () => void browser.runtime.openOptionsPage(),
        page: canSendPage(ask)
          ? () => askAbout({ url: ask.on?.url ?? "", title: ask.title, slot: ask.on?.slot ?? null })
          : null,
      });
    }
    return progressView(ask, words, { cancel: () => void send(FROM_OUR_PAGES.CANCEL, { id }) });
  }

  /** @param {Ask} ask */
  function isPlayedHere({ on }) {
    return (
      on !== null && on.slot !== null && on.tabId === tab.id && pageOf(on.url) === pageOf(tab.url)
    );
  }

  /** @param {Ask} ask */
  function canSendPage({ on, url }) {
    return Boolean(on?.url) && pageOf(on?.url) !== pageOf(url);
  }
}
