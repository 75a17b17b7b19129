/** Puts the card beside the video, in the tab where the question was asked and only there. */

import { browser, own } from "../browser.js";
import { TO_CONTENT_SCRIPTS } from "../messages.js";
import { ensurePictureSeed } from "../service/settings.js";
import { cardOf } from "../words/card.js";
import { facesOf } from "./faces.js";
import { useLanguage } from "../words/language.js";
import { pageOf } from "../service/records.js";

const SCRIPTS = ["/page/place.js", "/page/draw.js", "/page/beside_video.js"];

/** @type {Promise<string> | null} */
let styles = null;

/** @param {Ask} ask @param {{wanted?: boolean}} [how] wanted: even if the person has closed it before */
export async function showBeside(ask, { wanted = false } = {}) {
  if (!ask.on) return false;
  const { tabId, slot } = ask.on;
  if (!(await isStillThere(ask.on))) return false;
  if (ask.phase === "cancelled") return removeBeside(tabId, ask.id);
  const card = await wordedCard(ask);
  const isShown = await showCard({ tabId, slot, wanted, card });
  // The words do not wait for the pictures.
  if (isShown && card.final) void addFaces({ tabId, slot, card, ask });
  return isShown;
}

/** @param {{tabId: number, slot: number | null, card: Card, ask: Ask}} shown */
async function addFaces({ tabId, slot, card, ask }) {
  const faces = await facesOf(ask, await useLanguage());
  if (faces.length === 0 || !ask.on || !(await isStillThere(ask.on))) return;
  await showCard({ tabId, slot, card: { ...card, faces } });
}

/** @param {Ask} ask */
export async function wordedCard(ask) {
  const [words, seed] = [await useLanguage(), await ensurePictureSeed()];
  return cardOf(ask, words, seed);
}

/** @param {{tabId: number, slot: number | null, card: Card, wanted?: boolean}} shown */
export async function showCard({ tabId, slot, card, wanted = false }) {
  styles ??= readStyles();
  const message = { type: TO_CONTENT_SCRIPTS.SHOW, card, slot, wanted, css: await styles };
  if (await tell(tabId, message)) return true;
  try {
    await browser.scripting.executeScript({ target: { tabId }, files: SCRIPTS });
    return tell(tabId, message);
  } catch {
    // A page that lets no extension in, or that has gone: badge and popup tell it all the same.
    return false;
  }
}

/** @param {number} tabId @param {string} [id] of the one card that is to go, else whichever is there */
export const removeBeside = (tabId, id) => tell(tabId, { type: TO_CONTENT_SCRIPTS.REMOVE, id });

/** @param {Ask} ask @param {number} atS */
export async function seekBeside(ask, atS) {
  if (!ask.on) return false;
  return tell(ask.on.tabId, { type: TO_CONTENT_SCRIPTS.SEEK, atS, slot: ask.on.slot });
}

/** @param {number} tabId @param {Record<string, unknown>} message */
async function tell(tabId, message) {
  try {
    await browser.tabs.sendMessage(tabId, message, { frameId: 0 });
    return true;
  } catch {
    return false;
  }
}

/**
 * The address is only told while the person's click, or the site's switch, counts for this tab.
 * @param {Pick<AskedOn, "tabId" | "url">} on
 */
export async function isStillThere(on) {
  try {
    const tab = await browser.tabs.get(on.tabId);
    return tab.url !== undefined && pageOf(tab.url) === pageOf(on.url);
  } catch {
    return false;
  }
}

async function readStyles() {
  const paths = ["tokens.css", "view/tones.css", "page/beside_video.css"];
  const sheets = await Promise.all(paths.map((path) => fetch(own(path))));
  return (await Promise.all(sheets.map((sheet) => sheet.text()))).join("\n");
}
