/** A check under way, or one that could not be made. */

import { cardOf } from "../words/card.js";
import { announce, h, icon, mark } from "./dom.js";

const STEPS = /** @type {const} */ (["queued", "fetching", "analysing"]);

/**
 * @param {Ask} ask
 * @param {import("../words/language.js").Words} words
 * @param {{cancel: () => void}} actions
 */
export function progressView(ask, words, { cancel }) {
  const { t } = words;
  const card = cardOf(ask, words);
  const tone = ask.failures ? "problem" : "working";
  announce(card.headline);
  const bar = h(
    "div",
    {
      class: "bar",
      role: "progressbar",
      "aria-label": t("progressLabel"),
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": card.progress === null ? null : Math.round(card.progress * 100),
      "aria-valuetext": [card.headline, card.sentence].filter(Boolean).join(", "),
    },
    filled(card.progress),
  );
  return h(
    "article",
    { class: `under-way ${tone}` },
    h(
      "header",
      { class: "told" },
      mark(tone),
      h("div", {}, h("h1", {}, card.headline), h("p", {}, card.sentence)),
    ),
    bar,
    steps(ask, words),
    h("p", { class: "soft" }, t("mayClose")),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "button quiet", onclick: cancel }, t("cancel")),
    ),
  );
}

/** @param {number | null} progress */
function filled(progress) {
  const inside = h("div", { class: progress === null ? "filled moving" : "filled" });
  if (progress !== null) inside.style.inlineSize = `${Math.max(2, progress * 100)}%`;
  return inside;
}

/** @param {Ask} ask @param {import("../words/language.js").Words} words */
function steps(ask, { t }) {
  const now = STEPS.findIndex((state) => state === ask.check?.state);
  return h(
    "ol",
    { class: "steps" },
    ...STEPS.map((state, i) =>
      h(
        "li",
        {
          class: i < now ? "past" : i === now ? "now" : "ahead",
          "aria-current": i === now ? "step" : null,
        },
        t(`step_${state}`),
      ),
    ),
  );
}

/**
 * @param {Ask} ask
 * @param {import("../words/language.js").Words} words
 * @param {{retry: () => void, upload: () => void, connect: () => void, page: (() => void) | null}} actions
 */
export function problemView(ask, words, { retry, upload, connect, page }) {
  const { t } = words;
  const card = cardOf(ask, words);
  const code = ask.problem?.code ?? "";
  announce(`${card.headline} ${card.sentence}`);
  return h(
    "article",
    { class: "verdict problem" },
    h(
      "header",
      { class: "told" },
      mark("problem"),
      h("div", {}, h("h1", {}, card.headline), h("p", {}, card.sentence)),
    ),
    h(
      "div",
      { class: "actions" },
      code.startsWith("auth.")
        ? h("button", { type: "button", class: "button", onclick: connect }, t("connectServer"))
        : // Of a file nothing is left here that could be asked again.
          ask.url &&
            h("button", { type: "button", class: "button", onclick: retry }, t("tryAgain")),
      page &&
        h(
          "button",
          { type: "button", class: "button quiet", onclick: page },
          icon("page"),
          t("sendPage"),
        ),
      h(
        "button",
        { type: "button", class: "button quiet", onclick: upload },
        icon("upload"),
        t("uploadFile"),
      ),
    ),
    code && h("p", { class: "fine" }, h("code", {}, code)),
  );
}
