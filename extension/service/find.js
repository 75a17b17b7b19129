/** What the page shows: page/find_videos.js run once, because the person has just asked. */

import { browser } from "../browser.js";

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
