/**
 * What was asked, kept where the worker's death cannot reach it: each ask under its own key, and
 * one short list of them all. Only the worker writes; changes of one ask never overtake each other.
 * Asks from a private window live in memory and end with the browser.
 */

import { browser } from "../browser.js";
import { parseAddress } from "./address.js";
import { isInPage } from "./find.js";

const KEPT_AT_MOST = 200;
const FINAL = new Set(["done", "failed", "cancelled"]);

/** @param {Ask} ask */
export const isFinal = (ask) => FINAL.has(ask.phase);

/**
 * Without the fragment, which names a place on the page; but #/ and #! name the page itself.
 * @param {string | undefined} url
 */
export const pageOf = (url) => (url ?? "").replace(/#(?![/!]).*$/, "");

/** The key of the video that a page's address names; null where its #/ alone tells the page from others. @param {string} url */
export function keyOfPage(url) {
  const address = parseAddress(url);
  return address && (address.known || !pageOf(url).includes("#")) ? address.key : null;
}

/**
 * Whether the page itself was asked about, and not a video in it, or one that it links to.
 * @param {Pick<Ask, "url">} ask
 * @param {string} page
 */
export function isAbout(ask, page) {
  const key = keyOfPage(page);
  return pageOf(ask.url) === pageOf(page) || (key !== null && key === keyOfPage(ask.url));
}

/** @param {boolean} incognito */
const area = (incognito) => (incognito ? browser.storage.session : browser.storage.local);

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * @template T
 * @param {() => Promise<T>} change
 * @returns {Promise<T>}
 */
function oneAtATime(change) {
  const mine = last.then(change, change);
  last = mine.catch(() => undefined);
  return mine;
}

/** @returns {Promise<AskSummary[]>} newest first */
export async function listAsks({ incognito = false } = {}) {
  const { asks } = await area(incognito).get("asks");
  return /** @type {AskSummary[]} */ (asks ?? []);
}

/** @param {string} id @returns {Promise<Ask | null>} */
export async function readAsk(id) {
  const key = `ask:${id}`;
  const kept = await browser.storage.local.get(key);
  const found = kept[key] ?? (await browser.storage.session.get(key))[key];
  return /** @type {Ask | null} */ (found ?? null);
}

/** @param {Ask} ask */
export const addAsk = (ask) => oneAtATime(() => write(ask));

/**
 * @param {string} id
 * @param {(ask: Ask) => Partial<Ask>} changes
 * @returns {Promise<Ask | null>} null when it was forgotten in the meantime
 */
export const changeAsk = (id, changes) =>
  oneAtATime(async () => {
    const ask = await readAsk(id);
    return ask && write({ ...ask, ...changes(ask) });
  });

/** @param {string[]} ids */
export const forgetAsks = (ids) =>
  oneAtATime(async () => {
    const gone = new Set(ids);
    for (const incognito of [false, true]) {
      const asks = await listAsks({ incognito });
      await area(incognito).set({ asks: asks.filter((ask) => !gone.has(ask.id)) });
      await area(incognito).remove(ids.map((id) => `ask:${id}`));
    }
  });

/** Every ask that still waits for an answer. @returns {Promise<Ask[]>} */
export async function openAsks() {
  const summaries = [...(await listAsks()), ...(await listAsks({ incognito: true }))];
  const open = summaries.filter((ask) => !FINAL.has(ask.phase));
  const asks = await Promise.all(open.map((ask) => readAsk(ask.id)));
  return asks.filter((ask) => ask !== null);
}

/**
 * The newest ask that belongs to this page: about the page itself, wherever that was asked, or about
 * a video that is still in it. A feed, or the target of a link, is another the next time.
 * @param {{url: string, tabId: number, incognito: boolean}} page
 */
export async function askOn({ url, tabId, incognito }) {
  const here = pageOf(url);
  if (!here) return null;
  const isMine = (/** @type {AskSummary} */ ask) => ask.tabId === tabId;
  const asks = await listAsks({ incognito });
  for (const ask of [...asks.filter(isMine), ...asks.filter((other) => !isMine(other))]) {
    const isBeside = isMine(ask) && ask.pageUrl === here && ask.slot !== null;
    if (isAbout(ask, here) || (isBeside && (await isInPage(tabId, ask.slot))))
      return readAsk(ask.id);
  }
  return null;
}

/** @param {Ask} ask */
async function write(ask) {
  const { incognito } = ask;
  const others = (await listAsks({ incognito })).filter((other) => other.id !== ask.id);
  const asks = [summary(ask), ...others].sort((a, b) => b.askedAt - a.askedAt);
  const surplus = asks.splice(KEPT_AT_MOST);
  await area(incognito).set({ asks, [`ask:${ask.id}`]: ask });
  if (surplus.length) await area(incognito).remove(surplus.map(({ id }) => `ask:${id}`));
  return ask;
}

/** @param {Ask} ask @returns {AskSummary} */
function summary(ask) {
  return {
    id: ask.id,
    url: ask.url,
    title: ask.title,
    pageUrl: pageOf(ask.on?.url),
    tabId: ask.on?.tabId ?? null,
    slot: ask.on?.slot ?? null,
    askedAt: ask.askedAt,
    phase: ask.phase,
    outcome: ask.check?.verdict?.outcome ?? null,
  };
}
