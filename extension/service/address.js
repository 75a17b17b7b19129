/**
 * One key for one video, however its address is written: "youtube:X" for every spelling of it, else
 * the canonical address itself. The server computes the same key (analysis/fetch/address.py); both
 * are held to tests/extension/addresses.json.
 */

import { PLATFORMS } from "./platforms.js";

const MAX_URL_CHARS = 2048;
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\x00-\x20\x7f-\xa0\\<>"\u2000-\u200f\u2028-\u202f\ufeff]/;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;
const NOT_IN_PATH = /[^\w/%:@!$&'()*+,;=\-.~[\]]/gu;
const NOT_IN_QUERY = /[^\w/%:@!$&'()*+,;=\-.~[\]?]/gu;
// Of a site whose pages are told apart behind the "#": "#!/v/1" and "#/v/1", not "#t=9" or "#!".
const ROUTE = /^[!/]+[^!/]/;
const TRACKING =
  /^(?:utm_\w+|_?hs(?:enc|mi|ctatracking)|oly_(?:anon|enc)_id|mc_[ce]id|(?:fb|g|d|ms|y|tw|tt|wick)cl(?:id|kid|src)|[gw]braid|igshi?d?|li_fat_id|mkt_tok|vero_(?:id|conv)|_g[al]|ref_(?:src|url))$/i;

/**
 * @typedef {object} Address
 * @property {string} key
 * @property {string} platform the platform's name, or the host
 * @property {boolean} known whether it is one video of a platform that is known
 */

/**
 * @param {string} text
 * @returns {Address | null} null for what the server would not take either
 */
export function parseAddress(text) {
  text = text.trim();
  const parts = text.match(/^(https?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?/i);
  if (!parts || text.length > MAX_URL_CHARS || FORBIDDEN.test(text)) return null;
  const [, scheme = "", netloc = "", rawPath = "", rawQuery = "", fragment = ""] = parts;
  const host = hostOf(scheme, netloc);
  if (host === null) return null;
  const path = withoutDots(escaped(rawPath || "/", NOT_IN_PATH));
  const query = withoutTracking(escaped(rawQuery, NOT_IN_QUERY));
  const key = `${scheme.toLowerCase()}://${host}${path}${query ? `?${query}` : ""}${route(fragment)}`;
  if (key.length > MAX_URL_CHARS) return null;
  return ofPlatform(`${host}${path}?${query}`) ?? { key, platform: host, known: false };
}

/** SHA-256 of a key in hexadecimal. @param {string} key */
export async function keyHash(key) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} address @returns {Address | null} */
function ofPlatform(address) {
  for (const { name, key, patterns } of PLATFORMS) {
    for (const pattern of patterns) {
      const found = address.match(pattern);
      if (!found) continue;
      const filled = key.replace(/\{(\w+)\}/g, (_, group) => found.groups?.[group] ?? "");
      return { key: `${name}:${filled}`, platform: name, known: true };
    }
  }
  return null;
}

/** With its port where that is not the scheme's own. @param {string} scheme @param {string} netloc */
function hostOf(scheme, netloc) {
  if (/[@%]/.test(netloc) || /:0+$/.test(netloc)) return null;
  const url = URL.parse(`${scheme}://${netloc}/`);
  if (!url) return null;
  const host = url.hostname.replace(/\.$/, "");
  const labels = host.split(".");
  if (!host.startsWith("[") && (host.length > 253 || !labels.every((label) => LABEL.test(label))))
    return null;
  return url.port ? `${host}:${url.port}` : host;
}

/** One spelling: what needs an escape has one in capitals, what needs none has none. @param {string} text @param {RegExp} notKept */
function escaped(text, notKept) {
  return text
    .replace(/%(?![0-9A-Fa-f]{2})/g, "%25")
    .replace(notKept, (character) =>
      encodeURIComponent(character.isWellFormed() ? character : "\ufffd"),
    )
    .replace(/%[0-9A-Fa-f]{2}/g, (escape) => {
      const character = String.fromCharCode(parseInt(escape.slice(1), 16));
      return UNRESERVED.test(character) ? character : escape.toUpperCase();
    });
}

/** @param {string} path */
function withoutDots(path) {
  /** @type {string[]} */
  const kept = [];
  const segments = path.split("/").slice(1);
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
  }
  if ([".", ".."].includes(segments.at(-1) ?? "")) kept.push("");
  return `/${kept.join("/")}`;
}

/** @param {string} query */
const withoutTracking = (query) =>
  query
    .split("&")
    .filter((field) => field && !TRACKING.test(field.split("=")[0] ?? ""))
    .join("&");

/** Without what browsers keep from the page. @param {string} fragment */
function route(fragment) {
  const [kept = ""] = escaped(fragment, NOT_IN_QUERY).split(":~:", 1);
  return ROUTE.test(kept) ? `#${kept}` : "";
}
