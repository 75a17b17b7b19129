/**
 * Known verdicts on sites that the person has switched on, and on no other. The server is sent four
 * hex digits of a hash, which thousands of addresses share; which one it was stays here.
 */

import { browser } from "../browser.js";
import { Refused, ServerAway, knownVerdicts } from "../service/api.js";
import { keyHash } from "../service/address.js";
import { connectionFor } from "../service/connection.js";
import { ensurePictureSeed } from "../service/settings.js";
import { knownCard } from "../words/card.js";
import { useLanguage } from "../words/language.js";
import { clearBadge, showBadge, showKnownBadge } from "./badge.js";
import { isStillThere, removeBeside, showCard, wordedCard } from "./beside.js";
import { mainVideo } from "../service/find.js";
import { askOn, isAbout, keyOfPage, pageOf } from "../service/records.js";

const SCRIPT_ID = "visited";
const CURRENT_FOR_MS = 60 * 60_000;

/** The switch of a site is the permission itself: what the browser shows is what holds. */
export async function followSites() {
  const { origins = [] } = await browser.permissions.getAll();
  await browser.scripting.unregisterContentScripts({ ids: [SCRIPT_ID] }).catch(() => undefined);
  if (origins.length === 0) return;
  await browser.scripting.registerContentScripts([
    { id: SCRIPT_ID, matches: origins, js: ["page/visited.js"], runAt: "document_idle" },
  ]);
}

/** @param {chrome.tabs.Tab} tab as the browser tells it */
export async function tellWhatIsKnown({ id: tabId, url = "", incognito }) {
  if (tabId === undefined) return;
  const here = { tabId, url, incognito };
  const shown = await showAsked(here);
  if (shown && !mayBeOverruled(shown, url)) return;
  const known = await knownVerdict(url);
  if (!(await isStillThere(here))) return;
  const isNewest = shown !== null && (await askToTell(here))?.id === shown.id;
  const isOverruled = isNewest && known?.decided_by === "moderator";
  if (!isOverruled && (shown || (await showAsked(here)))) return;
  if (!known) {
    if ((await askToTell(here))?.phase === "failed") return;
    await clearBadge(tabId);
    await removeBeside(tabId);
    return;
  }
  const words = await useLanguage();
  await showKnownBadge(tabId, known);
  const slot = (await mainVideo(tabId))?.slot ?? null;
  const card = knownCard(known, words, await ensurePictureSeed());
  if (await isStillThere(here)) await showCard({ tabId, slot, card });
}

/**
 * What the person has asked about this page themselves. Without the faces: to read those would tell
 * the server what is being looked at.
 * @param {{tabId: number, url: string, incognito: boolean}} here
 */
async function showAsked(here) {
  const asked = await askToTell(here);
  if (!asked || asked.phase === "failed") return null;
  const { tabId, slot } = asked.on;
  await showBadge(asked);
  await showCard({ tabId, slot, card: await wordedCard(asked) });
  return asked;
}

/**
 * People decide about an address after a program did, and whoever had asked before keeps the
 * program's answer. Only where the page itself was asked about: of that alone the server is asked.
 * @param {Ask} asked @param {string} page
 */
const mayBeOverruled = (asked, page) =>
  asked.check?.verdict?.decided_by === "model" && isAbout(asked, page);

/**
 * What was asked about this page, as it is told here. How it goes on is told where it was asked.
 * @param {{tabId: number, url: string, incognito: boolean}} here
 * @returns {Promise<Ask & {on: AskedOn} | null>}
 */
export async function askToTell(here) {
  const asked = await askOn(here);
  const { on = null, phase } = asked ?? {};
  const isFromHere = on?.tabId === here.tabId && pageOf(on.url) === pageOf(here.url);
  if (!asked || phase === "cancelled" || (phase !== "done" && !isFromHere)) return null;
  return { ...asked, on: { ...here, slot: isFromHere ? on.slot : null } };
}

/** @param {string} url @returns {Promise<KnownVerdict | null>} */
export async function knownVerdict(url) {
  const key = keyOfPage(url);
  if (key === null) return null;
  const hash = await keyHash(key);
  const verdicts = await verdictsOf(hash.slice(0, 4));
  return verdicts.find((verdict) => verdict.key_sha256 === hash) ?? null;
}

/** @param {string} prefix @returns {Promise<KnownVerdict[]>} */
async function verdictsOf(prefix) {
  const connection = await connectionFor("");
  const key = `known:${connection.server}:${prefix}`;
  const cached = /** @type {{at: number, verdicts: KnownVerdict[]} | undefined} */ (
    (await browser.storage.session.get(key))[key]
  );
  if (cached && Date.now() - cached.at < CURRENT_FOR_MS) return cached.verdicts;
  try {
    const { verdicts } = await knownVerdicts(connection, prefix);
    await browser.storage.session.set({ [key]: { at: Date.now(), verdicts } });
    return verdicts;
  } catch (error) {
    if (error instanceof Refused || error instanceof ServerAway) return [];
    throw error;
  }
}
