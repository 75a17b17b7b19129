/**
 * Every message that travels inside the extension, and who may send it.
 *
 * A page of ours (popup, options, upload) may ask for anything. A content script lives in a process
 * that a page may have taken over, so it may only ask what costs nothing and names nothing: which
 * tab it speaks for is told by the browser, never by the message.
 */

import { browser, own } from "./browser.js";

export const FROM_OUR_PAGES = /** @type {const} */ ({
  ASK: "ask", // {url, title, on} -> {id}
  ADOPT: "adopt", // {check, server, title, incognito} -> {id}: an upload that a page of ours has sent
  REFRESH: "refresh", // {ids}: ask the server about these if their time has come
  REREAD: "reread", // {id}: an answer is opened again; have people decided meanwhile?
  RETRY: "retry", // {id}
  CANCEL: "cancel", // {id}
  CONTEST: "contest", // {id, reason, words, contact} -> {problem?}
  FORGET: "forget", // {ids} or {everything: true}
  SEEK: "seek", // {id, atS}: move the page's own player
  BESIDE: "beside", // {id}: show the card beside the video (again)
});

export const FROM_CONTENT_SCRIPTS = /** @type {const} */ ({
  TICK: "tick", // {id}: the card is being looked at -> {card} of what has ended | null
  MOVED: "moved", // the page has changed its address without a load -> {card | null}
  DETAILS: "details", // {id}: open the trusted view
  VISITED: "visited", // a page of a site for which the person wants to see known verdicts
});

export const TO_CONTENT_SCRIPTS = /** @type {const} */ ({
  SHOW: "show", // {card, css, slot, wanted}
  SEEK: "seek", // {atS, slot}
  REMOVE: "remove", // {id?}: of the one card that is to go
  IS_THERE: "is_there", // {slot} -> whether that element is in the page yet
});

const OURS = new Set(Object.values(FROM_OUR_PAGES).map(String));
const THEIRS = new Set(Object.values(FROM_CONTENT_SCRIPTS).map(String));

/**
 * @param {any} message
 * @param {chrome.runtime.MessageSender} sender
 * @returns {"our_page" | "content_script" | null} null: to be ignored
 */
export function senderOf(message, sender) {
  if (sender.id !== browser.runtime.id || typeof message?.type !== "string") return null;
  const isOurPage = sender.url !== undefined && sender.url.startsWith(own(""));
  if (isOurPage) return OURS.has(message.type) ? "our_page" : null;
  const isContentScript = sender.tab?.id !== undefined;
  return isContentScript && THEIRS.has(message.type) ? "content_script" : null;
}

/**
 * @param {string} type
 * @param {Record<string, unknown>} [body]
 * @returns {Promise<any>}
 */
export const send = (type, body = {}) => browser.runtime.sendMessage({ type, ...body });
