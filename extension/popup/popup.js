/** The popup: what was asked on this page and its answer, else what can be asked. */

import { browser, own } from "../browser.js";
import { FROM_OUR_PAGES, send } from "../messages.js";
import { askOn, readAsk } from "../service/records.js";
import { pairingLink } from "../service/settings.js";
import { drawPicture, h, icon } from "../view/dom.js";
import { openPage } from "../view/page.js";
import { answerView } from "./answer.js";
import { chooseView } from "./choose.js";
import { pairView } from "./pair.js";

const view = /** @type {HTMLElement} */ (document.getElementById("view"));
/** Ends what the view that is shown has started. @type {() => void} */
let leave = () => undefined;

const page = await openPage();
const tab = await currentTab();
frame();
const wanted = new URLSearchParams(location.search).get("ask");
const asked = wanted
  ? await readAsk(wanted)
  : await askOn({ url: tab.url ?? "", tabId: tab.id ?? -1, incognito: tab.incognito });
// Chromium opens our pages in ordinary windows alone: of a private upload's, only the ask tells.
const incognito = tab.incognito || (asked?.incognito ?? false);
const pairing = wanted ? null : pairingLink(tab.url ?? "");
if (pairing) show(pairView({ page, pairing, done: choose }));
else if (asked) answer(asked.id);
else choose();

async function currentTab() {
  const [found] = await browser.tabs.query({ active: true, currentWindow: true });
  return found ?? /** @type {chrome.tabs.Tab} */ ({ incognito: false });
}

/** @param {HTMLElement} element @param {() => void} [whenLeft] */
function show(element, whenLeft = () => undefined) {
  leave();
  leave = whenLeft;
  view.replaceChildren(element);
  const first = /** @type {HTMLElement | null} */ (view.querySelector("[data-first]"));
  (first ?? view).focus({ preventScroll: true });
}

function choose() {
  const { element, stop } = chooseView({ page, tab, ask: askAbout, upload });
  show(element, stop);
}

/** @param {string} id */
function answer(id) {
  const { element, stop } = answerView({ page, id, tab, another: choose, upload, ask: askAbout });
  show(element, stop);
}

const trouble = h("p", { class: "trouble", role: "alert" }, page.words.t("notKept"));
/** A double click asks once: of two asks the one that is seen could be cancelled, and the other would go on. */
let isAsking = false;

/** @param {{url: string, title: string, slot: number | null}} question */
async function askAbout({ url, title, slot }) {
  if (isAsking) return;
  isAsking = true;
  const on = { tabId: tab.id ?? -1, url: tab.url ?? "", slot, incognito };
  const asked = await send(FROM_OUR_PAGES.ASK, { url, title, on }).finally(() => {
    isAsking = false;
  });
  if (asked) answer(asked.id);
  else view.prepend(trouble);
}

function upload() {
  // A popup closes when a file is chosen on some systems; a tab does not.
  void browser.tabs.create({ url: own(`upload/upload.html${incognito ? "?private" : ""}`) });
  window.close();
}

function frame() {
  const { t } = page.words;
  const button = (/** @type {"history" | "settings"} */ name, /** @type {string} */ path) =>
    h(
      "a",
      {
        class: "icon-button",
        href: own(path),
        target: "_blank",
        "aria-label": t(name),
        title: t(name),
      },
      icon(name),
    );
  document
    .getElementById("nav")
    ?.append(
      button("history", "options/options.html#history"),
      button("settings", "options/options.html"),
    );
  document
    .getElementById("bottom")
    ?.append(drawPicture(page.picture, t("pictureAlt")), h("span", {}, t("pictureExplained")));
}
