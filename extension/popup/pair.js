/** The tab shows a pairing link (PAIRING.md): nothing is sent until the person says yes. */

import { Refused, ServerAway, claimPairing } from "../service/api.js";
import { changeSettings } from "../service/settings.js";
import { announce, h, mark } from "../view/dom.js";

/**
 * @param {{page: import("../view/page.js").Page, pairing: {server: string, code: string}, done: () => void}} of
 */
export function pairView({ page: { words, settings }, pairing, done }) {
  const { t } = words;
  const trouble = h("p", { class: "trouble", role: "alert" });
  const button = h(
    "button",
    { type: "button", class: "button", "data-first": true, onclick: connect },
    t("connect"),
  );
  return h(
    "article",
    { class: "verdict clear" },
    h(
      "header",
      { class: "told" },
      mark("clear"),
      h(
        "div",
        {},
        h("h1", {}, t("pairTitle")),
        h("p", {}, h("bdi", { class: "server" }, pairing.server)),
      ),
    ),
    h("p", {}, t("pairExplained")),
    trouble,
    h(
      "div",
      { class: "actions" },
      button,
      h("button", { type: "button", class: "button quiet", onclick: done }, t("notNow")),
    ),
  );

  async function connect() {
    button.disabled = true;
    const told = await pair(pairing, { ...settings, language: words.language });
    button.disabled = false;
    if (told === "paired") {
      announce(t("connected"));
      button
        .closest("article")
        ?.replaceChildren(
          h(
            "header",
            { class: "told" },
            mark("clear"),
            h("div", {}, h("h1", {}, t("connected")), h("p", {}, h("bdi", {}, pairing.server))),
          ),
          h(
            "div",
            { class: "actions" },
            h("button", { type: "button", class: "button quiet", onclick: done }, t("goOn")),
          ),
        );
    } else {
      trouble.textContent = told === "away" ? t("serverAway") : told;
    }
  }
}

/**
 * @param {{server: string, code: string}} pairing
 * @param {{language: string}} reader
 * @returns {Promise<string>} "paired", "away", or the server's words for a person
 */
export async function pair({ server, code }, { language }) {
  try {
    const { key, name } = await claimPairing({ server, key: "", language }, code);
    if (typeof key !== "string" || !key) return "away";
    await changeSettings({ server, key, keyName: String(name ?? "") });
    return "paired";
  } catch (error) {
    if (!(error instanceof Refused || error instanceof ServerAway)) throw error;
    const { problem } = error;
    return problem ? `${problem.title} ${problem.what_to_do}`.trim() : "away";
  }
}
