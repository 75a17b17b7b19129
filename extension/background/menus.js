/** The context menu, and the keyboard command that needs no menu. */

import { browser } from "../browser.js";
import { addressToSend } from "../service/address_to_send.js";
import { useLanguage } from "../words/language.js";
import { findVideos } from "../service/find.js";
import { showNotKeptBadge } from "./badge.js";
import { ask } from "./follow.js";

/** @type {Record<string, {words: string, contexts: any}>} */
const ITEMS = {
  check_video: { words: "menuVideo", contexts: ["video"] },
  check_link: { words: "menuLink", contexts: ["link"] },
  check_page: { words: "menuPage", contexts: ["page", "frame"] },
};

export async function makeMenus() {
  const { t } = await useLanguage();
  await browser.contextMenus.removeAll();
  for (const [id, { words, contexts }] of Object.entries(ITEMS)) {
    browser.contextMenus.create({
      id,
      title: t(words),
      contexts,
      documentUrlPatterns: ["http://*/*", "https://*/*"],
    });
  }
}

/**
 * @param {chrome.contextMenus.OnClickData} info
 * @param {chrome.tabs.Tab | undefined} tab
 */
export async function menuClicked(info, tab) {
  if (tab?.id === undefined || !(info.menuItemId in ITEMS)) return;
  if (info.menuItemId === "check_link" && info.linkUrl) {
    await askAbout(tab, { url: info.linkUrl, title: info.selectionText ?? "", slot: null });
  } else {
    const src = info.menuItemId === "check_video" ? (info.srcUrl ?? "") : null;
    await checkOnPage(tab, src, strangersFrame(info, tab));
  }
}

/** @param {string} command @param {chrome.tabs.Tab | undefined} tab */
export async function commandGiven(command, tab) {
  if (command === "check_main_video" && tab?.id !== undefined) await checkOnPage(tab, null);
}

/**
 * @param {chrome.tabs.Tab} tab
 * @param {string | null} src of the one video that is meant, or null for the most prominent one
 * @param {string} [frame] the address of a stranger's frame that was pointed at
 */
async function checkOnPage(tab, src, frame = "") {
  const page = tab.id === undefined ? null : await findVideos(tab.id);
  const videos = page?.videos ?? [];
  const meant = videos.find((video) => (src === null ? !frame : video.current === src));
  const place = meant ?? videos.find((video) => frame !== "" && video.current === frame);
  const address = addressToSend(meant ?? named(src), (!meant && frame) || (tab.url ?? ""));
  if (!address) return openPopup();
  const title = place?.title || page?.title || tab.title || "";
  return askAbout(tab, { url: address.url, title, slot: place?.slot ?? null });
}

/** A video that the finder did not reach, but the browser has named. @param {string | null} src */
function named(src) {
  if (!src || !/^https?:/.test(src)) return null;
  return { kind: /** @type {const} */ ("video"), src };
}

/**
 * A frame of another site, which the finder cannot look into: its address stands for what is in it.
 * @param {chrome.contextMenus.OnClickData} info
 * @param {chrome.tabs.Tab} tab
 */
function strangersFrame({ frameUrl = "" }, tab) {
  const url = /^https?:/.test(frameUrl) ? URL.parse(frameUrl) : null;
  return url && url.origin !== URL.parse(tab.url ?? "")?.origin ? frameUrl : "";
}

/** @param {chrome.tabs.Tab} tab @param {{url: string, title: string, slot: number | null}} question */
async function askAbout(tab, { url, title, slot }) {
  const on = { tabId: tab.id ?? -1, url: tab.url ?? "", slot, incognito: tab.incognito };
  try {
    await ask({ url, title, on });
  } catch (error) {
    await showNotKeptBadge(on.tabId);
    throw error;
  }
}

async function openPopup() {
  await browser.action.openPopup().catch(() => undefined);
}
