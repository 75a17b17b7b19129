/**
 * The worker: every listener, at the top level, so that the browser can wake it for each. Nothing
 * is kept in memory that is needed later; the modules named here keep it in storage.
 */

import { browser, own } from "../browser.js";
import { FROM_CONTENT_SCRIPTS, FROM_OUR_PAGES, senderOf } from "../messages.js";
import { ensurePictureSeed } from "../service/settings.js";
import { removeBeside, seekBeside, showBeside, wordedCard } from "./beside.js";
import { clearBadge, showBadge } from "./badge.js";
import {
  ALARM,
  adopt,
  announce,
  ask,
  cancel,
  contest,
  follow,
  followAll,
  reread,
  retry,
} from "./follow.js";
import { askToTell, followSites, tellWhatIsKnown } from "./known.js";
import { commandGiven, makeMenus, menuClicked } from "./menus.js";
import { askOn, forgetAsks, isFinal, listAsks, readAsk } from "../service/records.js";

browser.runtime.onInstalled.addListener(async () => {
  await ensurePictureSeed();
  await Promise.all([makeMenus(), followSites(), followAll()]);
});
browser.runtime.onStartup.addListener(followAll);
browser.alarms.onAlarm.addListener((alarm) => (alarm.name === ALARM ? followAll() : undefined));
browser.contextMenus.onClicked.addListener(menuClicked);
browser.commands.onCommand.addListener(commandGiven);
browser.permissions.onAdded.addListener(followSites);
browser.permissions.onRemoved.addListener(followSites);
browser.storage.onChanged.addListener((changes) => {
  const { oldValue: was, newValue: is } =
    /** @type {{oldValue?: Settings, newValue?: Settings}} */ (changes["settings"] ?? {});
  if (was?.language !== is?.language) void makeMenus();
});

browser.runtime.onMessage.addListener((message, sender, reply) => {
  const from = senderOf(message, sender);
  if (from === null) return false;
  const answer =
    from === "our_page" ? answerOurPage(message) : answerContentScript(message, sender.tab);
  answer.then(reply, () => reply(null));
  return true;
});

/** @param {any} message @returns {Promise<unknown>} */
async function answerOurPage(message) {
  switch (message.type) {
    case FROM_OUR_PAGES.ASK:
      return { id: (await ask(message)).id };
    case FROM_OUR_PAGES.ADOPT:
      return { id: (await adopt(message)).id };
    case FROM_OUR_PAGES.REFRESH:
      return Promise.all(message.ids.map(follow));
    case FROM_OUR_PAGES.REREAD:
      return reread(message.id);
    case FROM_OUR_PAGES.RETRY:
      return retry(message.id);
    case FROM_OUR_PAGES.CANCEL:
      return cancel(message.id);
    case FROM_OUR_PAGES.CONTEST:
      return contest(message.id, message.contest);
    case FROM_OUR_PAGES.FORGET:
      return forget(message.ids);
    case FROM_OUR_PAGES.SEEK:
      return withAsk(message.id, (asked) => seekBeside(asked, message.atS));
    case FROM_OUR_PAGES.BESIDE:
      return withAsk(message.id, (asked) => showBeside(asked, { wanted: true }));
    default:
      return null;
  }
}

/**
 * @param {any} message
 * @param {chrome.tabs.Tab | undefined} tab as the browser tells it
 * @returns {Promise<unknown>}
 */
async function answerContentScript(message, tab) {
  if (tab?.id === undefined) return null;
  const here = { url: tab.url ?? "", tabId: tab.id, incognito: tab.incognito };
  switch (message.type) {
    case FROM_CONTENT_SCRIPTS.TICK:
      return news(message.id, tab.id);
    case FROM_CONTENT_SCRIPTS.MOVED:
      return moved(here);
    case FROM_CONTENT_SCRIPTS.DETAILS:
      return openDetails(message.id, here);
    case FROM_CONTENT_SCRIPTS.VISITED:
      return tellWhatIsKnown(tab);
    default:
      return null;
  }
}

/**
 * A card slept while its page was left: what ended meanwhile was told to nobody. It is answered
 * too, because the person's click no longer counts for a page that another site came between.
 * @param {string} id @param {number} tabId
 * @returns {Promise<{card: Card | null} | null>} null while the check is under way
 */
async function news(id, tabId) {
  const asked = await withAsk(id, (known) => known);
  if (!asked) return { card: null };
  if (asked.on?.tabId !== tabId) return null;
  if (isFinal(asked)) await announce(asked);
  const is = await follow(id);
  return is && isFinal(is) ? { card: await wordedCard(is) } : null;
}

/** A page has become another one without a load. @param {{url: string, tabId: number, incognito: boolean}} here */
async function moved(here) {
  const asked = await askToTell(here);
  if (!asked) {
    await clearBadge(here.tabId);
    return { card: null };
  }
  await showBadge(asked);
  return { card: await wordedCard(asked), slot: asked.on.slot };
}

/**
 * To the place that no page can paint; where the browser does not let us open it, to a tab of ours.
 * @param {string} id
 * @param {{url: string, tabId: number, incognito: boolean}} here
 */
async function openDetails(id, here) {
  const asked = (await readAsk(id)) ?? (await askOn(here));
  const mine = asked && asked.on?.tabId === here.tabId ? asked : null;
  try {
    await browser.action.openPopup();
  } catch {
    const query = mine ? `?ask=${encodeURIComponent(mine.id)}` : "";
    await browser.tabs.create({ url: own(`popup/popup.html${query}`), openerTabId: here.tabId });
  }
}

/** @param {string[] | "everything"} ids */
async function forget(ids) {
  const known = [...(await listAsks()), ...(await listAsks({ incognito: true }))];
  const gone = known.filter((asked) => ids === "everything" || ids.includes(asked.id));
  await forgetAsks(gone.map((asked) => asked.id));
  for (const { id, tabId } of gone) {
    if (tabId === null) continue;
    await clearBadge(tabId, id);
    await removeBeside(tabId, id);
  }
}

/**
 * @template T
 * @param {string} id
 * @param {(ask: Ask) => T} use
 */
async function withAsk(id, use) {
  const asked = typeof id === "string" ? await readAsk(id) : null;
  return asked && use(asked);
}
