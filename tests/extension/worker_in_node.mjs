/** The extension's worker with as much of a browser as it asks for: one tab, a store, a server. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

URL.parse ??= (text, base) => (URL.canParse(text, base) ? new URL(text, base) : null);

const listeners = {};
const event = (name) => ({
  addListener: (act) => (listeners[name] ??= act),
  removeListener: () => undefined,
});

function area() {
  const kept = {};
  return {
    kept,
    get: async (key) => structuredClone(key in kept ? { [key]: kept[key] } : {}),
    set: async (more) => void Object.assign(kept, structuredClone(more)),
    remove: async (keys) => [keys].flat().forEach((key) => delete kept[key]),
  };
}
export const local = area();
export const session = area();

/** What the tab shows, what stands on the button, and what its content script was told. */
export const tab = { id: 1, url: "https://site.example/a", incognito: false };
export const badges = { 1: {}, 2: {} };
export const cards = [];
/** The slots whose elements are in the page. */
export const inPage = new Set([0]);
export const opened = [];
/** What page/find_videos.js finds there. */
export const page = { title: "", videos: [], total: 0, view: { width: 1100, height: 720 } };

const paint = (what) => async (told) => void Object.assign(badges[told.tabId], { [what]: told[what] });
const nothing = async () => undefined;
globalThis.chrome = {
  runtime: {
    id: "ours",
    getURL: (path) => `ext://ours/${path}`,
    onInstalled: event("installed"),
    onStartup: event("startup"),
    onMessage: event("message"),
    sendMessage: (message) => fromOurPage(message),
  },
  i18n: { getUILanguage: () => "en" },
  storage: { local, session, onChanged: event("changed") },
  alarms: { onAlarm: event("alarm"), get: nothing, create: nothing, clear: nothing },
  contextMenus: { onClicked: event("menu"), removeAll: nothing, create: () => undefined },
  commands: { onCommand: event("command") },
  permissions: { onAdded: event("added"), onRemoved: event("removed") },
  scripting: { executeScript: async () => [{ result: page }] },
  tabs: {
    get: async () => tab,
    query: async () => [tab],
    create: async ({ url }) => void opened.push(url),
    sendMessage: async (tabId, { type, card, slot, id }) => {
      if (type === "is_there") return tabId === tab.id && inPage.has(slot);
      cards.push({ tabId, type, slot, id: card?.id ?? id, headline: card?.headline, about: card?.about });
    },
  },
  action: {
    setTitle: paint("title"),
    setBadgeText: paint("text"),
    setPopup: paint("popup"),
    getPopup: async ({ tabId }) => badges[tabId].popup ?? "ext://ours/popup/popup.html",
    setBadgeBackgroundColor: nothing,
    setBadgeTextColor: nothing,
    openPopup: nothing,
  },
};

const hashOf = (address) => createHash("sha256").update(address).digest("hex");
const known = new Map();
/** From now on the server knows a verdict of this address. */
export function knows(address, outcome, decided_by = "model") {
  const key_sha256 = hashOf(address);
  known.set(key_sha256.slice(0, 4), [
    { key_sha256, outcome, fake_probability: 0.9, check: "c", decided_by },
  ]);
}

/** What the server was asked; `server.before` is waited for before it answers. */
export const server = { asked: [], before: async () => undefined, state: { state: "queued" } };
globalThis.fetch = async (address, { method = "GET", body } = {}) => {
  const [, path] = address.match(/^ext:\/\/ours\/(.+)/) ?? [];
  if (path) return new Response(await readFile(`extension/${path}`));
  const url = typeof body === "string" ? JSON.parse(body).url : "an upload";
  server.asked.push(body ? url : address.replace(/^.+\/api\/v1\//, ""));
  await server.before();
  const [, prefix] = address.match(/verdicts\/(\w+)/) ?? [];
  if (prefix) return Response.json({ verdicts: known.get(prefix) ?? [] });
  if (method === "DELETE") return new Response(null, { status: 204 });
  return Response.json({ id: "c1", progress: 0, links: {}, problem: null, ...server.state });
};

await import("../../extension/background/main.js");

const say = (message, sender) =>
  new Promise((reply) => listeners.message(message, { id: "ours", ...sender }, reply));
export const fromOurPage = (message) => say(message, { url: "ext://ours/popup/popup.html" });
/** Of a content script, in the tab as it is at that moment. */
export const fromPage = (message, told = {}) => {
  const there = { ...tab, ...told };
  return say(message, { url: there.url, tab: there });
};
export const chooseInMenu = (info) => listeners.menu(info, tab);

/** Asks about an address on what the tab shows, as the popup does. */
export async function ask(url = tab.url, on = {}) {
  const { id } = await fromOurPage({
    type: "ask",
    url,
    title: "",
    on: { tabId: tab.id, url: tab.url, slot: null, incognito: tab.incognito, ...on },
  });
  await fromOurPage({ type: "refresh", ids: [id] });
  return id;
}

export const done = (outcome, more = {}) => ({
  state: "done",
  verdict: { outcome, decided_by: "model", version: 1, headline: "", explanation: "", fake_probability: 0.9, tracks: [],
    meaning: { sentence: "" }, media: null, bundle: "b", checked_at: "2026-11-20T12:00:20Z", ...more },
});
