/** What was asked: kept in this browser alone, to be taken away or deleted. */

import { browser, own } from "../browser.js";
import { FROM_OUR_PAGES, send } from "../messages.js";
import { listAsks, readAsk } from "../service/records.js";
import { h, mark } from "../view/dom.js";
import { node } from "./parts.js";

/** @type {Record<string, Tone>} */
const TONES = {
  likely_manipulated: "manipulated",
  no_manipulation_found: "clear",
  inconclusive: "unsure",
};

/** @param {import("../view/page.js").Page} page */
export async function historyPart({ words }) {
  const { t } = words;
  await list();
  browser.storage.onChanged.addListener((changes) => {
    if ("asks" in changes) void list();
  });
  node("export").addEventListener("click", exportAll);
  node("forget").addEventListener("click", async () => {
    if (confirm(t("historyForgetSure"))) await send(FROM_OUR_PAGES.FORGET, { ids: "everything" });
  });

  async function list() {
    const asks = await listAsks();
    node("asks").replaceChildren(...asks.map(row));
    for (const id of ["export", "forget"])
      /** @type {any} */ (node(id)).disabled = asks.length === 0;
  }

  /** @param {AskSummary} ask */
  function row(ask) {
    const tone =
      TONES[ask.outcome ?? ""] ??
      (ask.phase === "failed" || ask.phase === "cancelled" ? "problem" : "working");
    const told = ask.outcome ? t(`outcome_${ask.outcome}`) : t(`phase_${ask.phase}`);
    const name = ask.title || ask.url || t("untitled");
    return h(
      "li",
      { class: tone },
      mark(tone),
      h(
        "span",
        { class: "what" },
        h("a", { href: own(`popup/popup.html?ask=${encodeURIComponent(ask.id)}`) }, name),
        h("span", { class: "soft" }, `${told} · ${words.date(ask.askedAt)}`),
      ),
      h(
        "button",
        {
          type: "button",
          class: "button quiet danger",
          "aria-label": `${t("forget")}: ${name}`,
          onclick: () => void send(FROM_OUR_PAGES.FORGET, { ids: [ask.id] }),
        },
        t("forget"),
      ),
    );
  }
}

/** Everything that is kept, less what only this browser may know. */
async function exportAll() {
  const asks = await Promise.all((await listAsks()).map(({ id }) => readAsk(id)));
  const kept = asks.filter((ask) => ask !== null).map(({ cancelToken: _, ...ask }) => ask);
  const file = new Blob(
    [JSON.stringify({ exportedAt: new Date().toISOString(), asks: kept }, null, 2)],
    { type: "application/json" },
  );
  const link = h("a", { href: URL.createObjectURL(file), download: "deepfake-check-history.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
