/** What the person has set. Works without any of it: the default is a server on this machine. */

import { browser } from "../browser.js";

export const DEFAULT_SERVER = "http://localhost:8000";
const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** @type {Settings} */
const DEFAULTS = {
  server: DEFAULT_SERVER,
  key: "",
  keyName: "",
  language: "auto",
  pictureSeed: "",
};

/** @returns {Promise<Settings>} */
export async function readSettings() {
  const { settings } = await browser.storage.local.get("settings");
  return { ...DEFAULTS, .../** @type {Partial<Settings>} */ (settings ?? {}) };
}

/** @param {Partial<Settings>} changes */
export async function changeSettings(changes) {
  const settings = { ...(await readSettings()), ...changes };
  await browser.storage.local.set({ settings });
  return settings;
}

/** The picture is drawn from this; made once, before the first card is shown. */
export async function ensurePictureSeed() {
  const settings = await readSettings();
  if (settings.pictureSeed) return settings.pictureSeed;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const pictureSeed = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  await changeSettings({ pictureSeed });
  return pictureSeed;
}

/**
 * An address as a person types it becomes the server's base address, or null if it may not be one.
 * Without TLS only this machine is accepted: a key must not cross a network in the clear.
 * @param {string} typed
 */
export function serverAddress(typed) {
  const text = typed.trim();
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  if (!url || !text || url.username || url.password) return null;
  if (url.protocol !== "https:" && !LOCAL_HOSTS.has(url.hostname)) return null;
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/**
 * A pairing link (PAIRING.md) names its own server and a code to be used once.
 * @param {string} link
 * @returns {{server: string, code: string} | null}
 */
export function pairingLink(link) {
  const url = URL.parse(link.trim());
  const code = url?.hash.match(/^#code=([A-Za-z0-9_-]{22,128})$/)?.[1];
  if (!url || !code || !/\/connect\/?$/.test(url.pathname)) return null;
  const server = serverAddress(url.origin + url.pathname.replace(/\/connect\/?$/, ""));
  return server === null ? null : { server, code };
}
