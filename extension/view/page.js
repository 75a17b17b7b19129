/** What every page of ours does first: language, direction, connection, and the person's picture. */

import { ensurePictureSeed, readSettings } from "../service/settings.js";
import { useLanguage } from "../words/language.js";
import { pictureOf } from "../words/picture.js";

/**
 * @typedef {object} Page
 * @property {import("../words/language.js").Words} words
 * @property {Settings} settings
 * @property {Card["picture"]} picture
 */

/** @returns {Promise<Page>} */
export async function openPage() {
  const settings = await readSettings();
  const words = await useLanguage(settings.language);
  document.documentElement.lang = words.language;
  document.documentElement.dir = words.direction;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = words.t(/** @type {HTMLElement} */ (element).dataset["t"] ?? "");
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    const label = words.t(/** @type {HTMLElement} */ (element).dataset["label"] ?? "");
    element.setAttribute("aria-label", label);
    element.setAttribute("title", label);
  }
  const seed = settings.pictureSeed || (await ensurePictureSeed());
  return { words, settings, picture: pictureOf(seed) };
}
