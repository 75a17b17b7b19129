/**
 * What was asked, kept where the worker's death cannot reach it: each ask under its own key, and
 * one short list of them all. Only the worker writes; changes of one ask never overtake each other.
 * Asks from a private window live in memory and end with the browser.
 */

import { browser } from "../browser.js";

const KEPT_AT_MOST = 200;
const FINAL = new Set(["done", "failed", "cancelled"]);

/** @param {Ask} ask */
export const isFinal = (ask) => FINAL.has(ask.phase);

/**
 * Without the fragment, which names a place on the page; but #/ and #! name the page itself.
 * @param {string | undefined} url
 */
export const pageOf = (url) => (url ?? "").replace(/#(?![/!]).*$/, "");

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

/** The newest ask that belongs to this page. @param {{url: string, tabId: number, incognito: boolean}} page */
export async function askOn({ url, tabId, incognito }) {
  const here = pageOf(url);
  const asks = (await listAsks({ incognito })).filter((ask) => ask.pageUrl === here);
  const newest = asks.find((ask) => ask.tabId === tabId) ?? asks[0];
  return newest ? readAsk(newest.id) : null;
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
    askedAt: ask.askedAt,
    phase: ask.phase,
    outcome: ask.check?.verdict?.outcome ?? null,
  };
}
