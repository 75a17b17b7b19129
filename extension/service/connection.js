/** Where to send a question, and as whom: a key goes to the server that gave it and to no other. */

import { chosenLanguage } from "../words/language.js";
import { readSettings } from "./settings.js";

/**
 * @param {string} server the one that knows the check, or "" for the one that is set
 * @returns {Promise<Connection>}
 */
export async function connectionFor(server) {
  const settings = await readSettings();
  const isCurrent = server === "" || server === settings.server;
  return {
    server: server || settings.server,
    key: isCurrent ? settings.key : "",
    language: chosenLanguage(settings.language),
  };
}
