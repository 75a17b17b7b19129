/** Which language the person reads, and its words. The files are those of _locales. */

import { browser, own } from "../browser.js";
import { readSettings } from "../service/settings.js";

/** In its own name, as a person looks for it. @type {Record<string, string>} */
export const LANGUAGES = {
  en: "English",
  es: "Español",
  de: "Deutsch",
  fr: "Français",
  pt: "Português",
  ar: "العربية",
};
const RIGHT_TO_LEFT = new Set(["ar"]);

/**
 * @typedef {object} Words
 * @property {string} language
 * @property {"ltr" | "rtl"} direction
 * @property {(key: string, ...values: (string | number)[]) => string} t
 * @property {(fraction: number) => string} percent
 * @property {(seconds: number) => string} clock
 * @property {(moment: number | string) => string} date
 */

/** @type {Map<string, Promise<Words>>} */
const loaded = new Map();

/** @param {string} setting */
export function chosenLanguage(setting) {
  const wanted = setting === "auto" ? browser.i18n.getUILanguage() : setting;
  const language = wanted.toLowerCase().split(/[-_]/)[0] ?? "en";
  return language in LANGUAGES ? language : "en";
}

/** @param {string} [setting] @returns {Promise<Words>} */
export async function useLanguage(setting) {
  const language = chosenLanguage(setting ?? (await readSettings()).language);
  let words = loaded.get(language);
  if (!words) loaded.set(language, (words = load(language)));
  return words;
}

/** @param {string} language @returns {Promise<Words>} */
async function load(language) {
  const response = await fetch(own(`_locales/${language}/messages.json`));
  /** @type {Record<string, {message: string}>} */
  const messages = await response.json();
  const direction = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return {
    language,
    direction,
    t: (key, ...values) =>
      (messages[key]?.message ?? key).replace(/\$(\d)/g, (_, n) =>
        direction === "rtl" ? isolated(values[n - 1]) : String(values[n - 1] ?? ""),
      ),
    percent: (fraction) => percent.format(fraction),
    clock: (seconds) => clock(seconds),
    date: (moment) => date.format(new Date(moment)),
  };
}

/** A Latin name must not turn the Arabic words around it. @param {string | number | undefined} value */
const isolated = (value) => `\u2068${value ?? ""}\u2069`;

/** Written as on every player, in digits that players use. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
