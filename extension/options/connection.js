/** Which server is asked, and as whom. */

import { pair } from "../popup/pair.js";
import { Refused, ServerAway, currentBundle } from "../service/api.js";
import { connectionFor } from "../service/connection.js";
import {
  DEFAULT_SERVER,
  changeSettings,
  pairingLink,
  readSettings,
  serverAddress,
} from "../service/settings.js";
import { node, tell } from "./parts.js";

/** @param {import("../view/page.js").Page} page */
export function connectionPart({ words, settings }) {
  const { t } = words;
  fill(settings);

  node("server-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const server = serverAddress(node("server").value || DEFAULT_SERVER);
    if (!server) return tell("server-told", t("serverNotAllowed"), "bad");
    const was = await readSettings();
    const typed = node("key").value.trim();
    // A key belongs to the server that gave it: another address never gets the old one.
    const key = typed === was.key && server !== was.server ? "" : typed;
    fill(await changeSettings({ server, key, keyName: key === was.key ? was.keyName : "" }));
    return test();
  });

  node("disconnect").addEventListener("click", async () => {
    fill(await changeSettings({ server: DEFAULT_SERVER, key: "", keyName: "" }));
    tell("server-told", t("disconnected"));
  });

  node("pair-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const pairing = pairingLink(node("pair").value);
    if (!pairing) return tell("pair-told", t("notAPairingLink"), "bad");
    const told = await pair(pairing, words);
    if (told !== "paired")
      return tell("pair-told", told === "away" ? t("serverAway") : told, "bad");
    node("pair").value = "";
    fill(await readSettings());
    tell("pair-told", t("connected"), "good");
    return test();
  });

  async function test() {
    tell("server-told", t("testing"));
    try {
      const card = await currentBundle(await connectionFor(""));
      tell("server-told", t("serverAnswers", String(card.name ?? card.bundle ?? "")), "good");
    } catch (error) {
      if (!(error instanceof Refused || error instanceof ServerAway)) throw error;
      const { problem } = error;
      const told = problem ? `${problem.title} ${problem.what_to_do}` : t("serverNoAnswer");
      tell("server-told", told, "bad");
    }
  }
}

/** @param {Settings} settings */
function fill({ server, key }) {
  node("server").value = server;
  node("key").value = key;
  node("disconnect").hidden = !key && server === DEFAULT_SERVER;
}
