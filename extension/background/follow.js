/**
 * From a question to its answer. Each step reads the ask, talks to the server once, and writes what
 * it learned; so a worker that dies anywhere is followed by one that goes on. Whoever looks at an
 * ask (popup, card) calls `follow` every second or two; when nobody looks, an alarm does.
 */

import { browser } from "../browser.js";
import {
  Refused,
  ServerAway,
  cancelCheck,
  contestCheck,
  createCheck,
  readCheck,
} from "../service/api.js";
import { parseAddress } from "../service/address.js";
import { connectionFor } from "../service/connection.js";
import { addAsk, changeAsk, isFinal, openAsks, readAsk } from "../service/records.js";
import { showBadge } from "./badge.js";
import { isStillThere, showBeside } from "./beside.js";
import { useLanguage } from "../words/language.js";

export const ALARM = "follow";
const SOONEST_MS = 900;
const LATEST_MS = 60_000;

/** One request at a time for each ask. @type {Map<string, Promise<Ask | null>>} */
const underWay = new Map();

/**
 * @param {{url: string, title: string, on: AskedOn | null}} question
 * @returns {Promise<Ask>}
 */
export async function ask({ url, title, on }) {
  const incognito = on?.incognito ?? false;
  const fresh = await newAsk({ url, title, on, incognito });
  const asked = await addAsk(parseAddress(url) ? fresh : await refused(fresh));
  await keepFollowing();
  await announce(asked);
  void follow(asked.id);
  return asked;
}

/**
 * An upload that a page of ours has sent: from here on it is an ask like any other.
 * @param {{check: Check, server: string, title: string, incognito: boolean}} sent
 */
export async function adopt({ check, server, title, incognito }) {
  const fresh = await newAsk({ url: "", title, on: null, incognito });
  const asked = await addAsk({
    ...fresh,
    ...learned(check),
    server,
    cancelToken: check.cancel_token ?? "",
  });
  await keepFollowing();
  return asked;
}

/** @param {string} id */
export function follow(id) {
  const running = underWay.get(id);
  if (running) return running;
  const step = oneStep(id).finally(() => underWay.delete(id));
  underWay.set(id, step);
  return step;
}

/**
 * A link leads anywhere: to a script, a mailbox, a whole file (data:), or with a password in it.
 * None of it is sent or kept. @param {Ask} ask @returns {Promise<Ask>}
 */
async function refused(ask) {
  const { t } = await useLanguage();
  const problem = { code: "link.invalid", title: t("notALink"), what_to_do: "" };
  return { ...ask, url: "", phase: "failed", problem };
}

/** What the alarm calls, and the worker when it starts. */
export async function followAll() {
  const asks = await openAsks();
  if (asks.length === 0) await browser.alarms.clear(ALARM);
  else await keepFollowing();
  await Promise.all(asks.map((open) => follow(open.id)));
}

/** People may have decided anew what is answered already: read once, and never while nobody looks. @param {string} id */
export async function reread(id) {
  const was = await readAsk(id);
  if (was?.phase !== "done" || !was.check?.verdict) return;
  const { version } = was.check.verdict;
  try {
    const check = await readCheck(await connectionFor(was.server), was.check.id);
    if (!check.verdict || check.verdict.version <= version) return;
    const is = await changeAsk(id, (now) => (now.check?.id === check.id ? { check } : {}));
    if (is) await announce(is);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof ServerAway)) throw error;
  }
}

/** @param {string} id */
export async function retry(id) {
  const again = await changeAsk(id, () => ({
    phase: "sending",
    check: null,
    cancelToken: "",
    problem: null,
    failures: 0,
    nextAt: 0,
  }));
  if (!again) return;
  await keepFollowing();
  await announce(again);
  void follow(id);
}

/** The person no longer wants it: that holds here at once, whatever the server says. @param {string} id */
export async function cancel(id) {
  const was = await readAsk(id);
  if (!was || isFinal(was)) return;
  const cancelled = await changeAsk(id, () => ({ phase: "cancelled", failures: 0 }));
  if (cancelled) await announce(cancelled);
  if (!was.check) return;
  try {
    await cancelCheck(await connectionFor(was.server), was.check.id, was.cancelToken);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof ServerAway)) throw error;
  }
}

/**
 * @param {string} id
 * @param {{reason: string, words: string, contact: string}} contest
 * @returns {Promise<{problem: Problem | null, away: boolean}>}
 */
export async function contest(id, contest) {
  const asked = await readAsk(id);
  if (!asked?.check) return { problem: null, away: true };
  try {
    await contestCheck(await connectionFor(asked.server), asked.check.id, contest);
    await changeAsk(id, () => ({ contested: true }));
    return { problem: null, away: false };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem, away: false };
    if (error instanceof ServerAway) return { problem: error.problem, away: true };
    throw error;
  }
}

/** @param {string} id */
async function oneStep(id) {
  const was = await readAsk(id);
  if (!was || isFinal(was) || Date.now() < was.nextAt) return was;
  const is = await changeAsk(id, await news(was));
  if (is) await announce(is);
  return is;
}

/**
 * @param {Ask} was
 * @returns {Promise<(now: Ask) => Partial<Ask>>}
 */
async function news(was) {
  try {
    // What no server has taken yet is asked of the one that is set now.
    const connection = await connectionFor(was.check ? was.server : "");
    const { server } = connection;
    const check = was.check
      ? await readCheck(connection, was.check.id)
      : await createCheck(connection, was.url);
    const cancelToken = check.cancel_token;
    return (now) =>
      isFinal(now)
        ? {}
        : { ...learned(check), server, cancelToken: cancelToken ?? now.cancelToken };
  } catch (error) {
    if (error instanceof Refused) {
      const { problem } = error;
      return (now) => (isFinal(now) ? {} : { phase: "failed", problem, failures: 0 });
    }
    if (!(error instanceof ServerAway)) throw error;
    const { problem, retryAfterS } = error;
    return (now) => ({
      problem,
      failures: now.failures + 1,
      nextAt:
        Date.now() +
        Math.max(retryAfterS * 1000, Math.min(LATEST_MS, SOONEST_MS * 2 ** now.failures)),
    });
  }
}

/** @param {Check} check @returns {Partial<Ask>} */
function learned(check) {
  const phase = check.state === "done" ? "done" : check.state === "failed" ? "failed" : "under_way";
  return { check, phase, problem: check.problem, failures: 0, nextAt: Date.now() + SOONEST_MS };
}

/** In its tab, unless that has gone on to another page: there it would be told of the wrong video. @param {Ask} asked */
export async function announce(asked) {
  if (!asked.on || !(await isStillThere(asked.on))) return;
  await showBadge(asked);
  await showBeside(asked);
}

/** @param {Pick<Ask, "url" | "title" | "on" | "incognito">} question @returns {Promise<Ask>} */
async function newAsk({ url, title, on, incognito }) {
  return {
    id: crypto.randomUUID(),
    url,
    title,
    on,
    incognito,
    server: (await connectionFor("")).server,
    askedAt: Date.now(),
    phase: "sending",
    check: null,
    cancelToken: "",
    problem: null,
    failures: 0,
    nextAt: 0,
    contested: false,
  };
}

async function keepFollowing() {
  if (await browser.alarms.get(ALARM)) return;
  await browser.alarms.create(ALARM, { periodInMinutes: 0.5 });
}
