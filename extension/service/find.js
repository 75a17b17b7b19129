/** What the page shows: page/find_videos.js run once, because the person has just asked. */

import { browser } from "../browser.js";
import { TO_CONTENT_SCRIPTS } from "../messages.js";

/** @param {number} tabId @returns {Promise<FoundOnPage | null>} null where no extension may look */
export async function findVideos(tabId) {
  try {
    const [frame] = await browser.scripting.executeScript({
      target: { tabId },
      files: ["/page/find_videos.js"],
    });
    return /** @type {FoundOnPage | null} */ (frame?.result ?? null);
  } catch {
    return null;
  }
}

/** @param {number} tabId */
export async function mainVideo(tabId) {
  return (await findVideos(tabId))?.videos[0] ?? null;
}

/** Whether an element that was found is in the page yet. @param {number} tabId @param {number | null} slot */
export async function isInPage(tabId, slot) {
  try {
    const message = { type: TO_CONTENT_SCRIPTS.IS_THERE, slot };
    return (await browser.tabs.sendMessage(tabId, message, { frameId: 0 })) === true;
  } catch {
    return false; // a new document, in which nothing of ours runs
  }
}
