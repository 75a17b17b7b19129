/**
 * The one place that no page can paint: a shape, a colour and words on the toolbar button. What it
 * tells of is what the popup opens on; the browser forgets all of it when the tab shows a new page.
 */

import { browser, own } from "../browser.js";
import { useLanguage } from "../words/language.js";
import { cardOf } from "../words/card.js";

/** Shapes, for who cannot tell the colours apart; the title has the words. */
const MARKS = { manipulated: "▲", clear: "●", unsure: "◆", problem: "×", working: "…" };
const POPUP = own("popup/popup.html");
const COLOURS = {
  manipulated: "#b3261e",
  clear: "#0b6a66",
  unsure: "#7a5200",
  problem: "#515870",
  working: "#3d4fd7",
};

/** @param {Ask} ask */
export async function showBadge(ask) {
  if (!ask.on) return;
  if (ask.phase === "cancelled") return clearBadge(ask.on.tabId, ask.id);
  const words = await useLanguage();
  const card = await cardOf(ask, words);
  const percent = card.tone === "working" && card.progress !== null && ask.failures === 0;
  await paint(ask.on.tabId, {
    text: percent ? `${Math.round((card.progress ?? 0) * 100)}%` : MARKS[card.tone],
    colour: COLOURS[card.tone],
    title: [`${words.t("appName")}: ${card.headline}`, card.about].filter(Boolean).join(" · "),
    popup: popupOf(ask.id),
  });
}

/** A verdict that was already known, told without a card. @param {number} tabId @param {KnownVerdict} known */
export async function showKnownBadge(tabId, known) {
  const words = await useLanguage();
  const tone = TONES[known.outcome] ?? "unsure";
  await paint(tabId, {
    text: MARKS[tone],
    colour: COLOURS[tone],
    title: `${words.t("appName")}: ${words.t(`outcome_${known.outcome}`)}. ${words.t("knownAlready")}`,
  });
}

/** Of a check that could not be begun, because the browser keeps nothing of it. @param {number} tabId */
export async function showNotKeptBadge(tabId) {
  const { t } = await useLanguage();
  const title = `${t("appName")}: ${t("notKept")}`;
  await paint(tabId, { text: MARKS.problem, colour: COLOURS.problem, title });
}

/** @type {Record<Outcome, "manipulated" | "clear" | "unsure">} */
export const TONES = {
  likely_manipulated: "manipulated",
  no_manipulation_found: "clear",
  inconclusive: "unsure",
};

/** @param {string} id of an ask */
const popupOf = (id) => `${POPUP}?ask=${encodeURIComponent(id)}`;

/** @param {number} tabId @param {string} [id] of the one ask that is told no more, else of whichever is */
export async function clearBadge(tabId, id) {
  if (id !== undefined && (await popupIn(tabId)) !== popupOf(id)) return;
  const { t } = await useLanguage();
  await paint(tabId, { text: "", colour: COLOURS.working, title: t("actionTitle") });
}

/** What the button opens there. @param {number} tabId */
const popupIn = (tabId) => browser.action.getPopup({ tabId }).catch(() => "");

/** @param {number} tabId @param {{text: string, colour: string, title: string, popup?: string}} badge */
async function paint(tabId, { text, colour, title, popup = POPUP }) {
  try {
    // Together: a new mark is not to stand beside an old title, not even for a moment.
    await Promise.all([
      browser.action.setTitle({ tabId, title }),
      browser.action.setBadgeBackgroundColor({ tabId, color: colour }),
      browser.action.setBadgeTextColor({ tabId, color: "#ffffff" }),
      browser.action.setBadgeText({ tabId, text }),
      browser.action.setPopup({ tabId, popup }),
    ]);
  } catch {
    // The tab was closed in the meantime: there is nobody to tell.
  }
}
