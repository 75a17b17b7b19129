/** Which address stands for a video of a page: the one that another machine can open. */

import { parseAddress } from "./address.js";

/**
 * @param {Pick<Found, "kind" | "src"> | null} found null for the page itself
 * @param {string} pageUrl
 * @returns {{url: string, isPage: boolean} | null} null when only an upload is left
 */
export function addressToSend(found, pageUrl) {
  const page = parseAddress(pageUrl);
  const media = found?.src ? parseAddress(found.src) : null;
  if (found && media?.known) return { url: found.src, isPage: false };
  // A platform's own media addresses run out and are tied to this person: its page is better.
  if (page?.known && found?.kind !== "frame") return { url: pageUrl, isPage: true };
  if (found && media) return { url: found.src, isPage: false };
  return page ? { url: pageUrl, isPage: true } : null;
}
