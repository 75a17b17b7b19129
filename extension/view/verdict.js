/** The verdict, on surfaces that no page can paint: what, how sure, where, who, and what not. */

import { onServer } from "../service/api.js";
import { cardOf } from "../words/card.js";
import { announce, h, icon, mark } from "./dom.js";
import { faces } from "./faces.js";
import { timeline } from "./timeline.js";

/**
 * @typedef {object} VerdictActions
 * @property {((atS: number) => void) | null} seek null when no player of the page belongs to it
 * @property {() => void} contest
 * @property {((link: string) => Promise<Blob>)} picture
 */

/**
 * @param {Ask} ask
 * @param {import("../words/language.js").Words} words
 * @param {VerdictActions} actions
 */
export function verdictView(ask, words, actions) {
  const verdict = /** @type {Verdict} */ (ask.check?.verdict);
  const { t } = words;
  const card = cardOf(ask, words);
  announce(`${card.headline}. ${card.sentence}`);
  return h(
    "article",
    { class: `verdict ${card.tone}` },
    h(
      "header",
      { class: "told" },
      mark(card.tone),
      h("div", {}, h("h1", {}, card.headline), h("p", {}, card.sentence)),
    ),
    verdict.fake_probability !== null && meter(verdict.fake_probability, words),
    h("p", { class: "meaning" }, verdict.meaning.sentence),
    verdict.decided_by === "moderator" &&
      h(
        "p",
        { class: "note" },
        icon("flag"),
        `${t("decidedByPerson")} ${verdict.public_reason}`.trim(),
      ),
    timeline({ verdict, stretches: card.stretches, words, seek: actions.seek }),
    faces({ verdict, words, picture: actions.picture }),
    provenance(verdict, words),
    h(
      "div",
      { class: "actions" },
      h(
        "a",
        { class: "button quiet", href: reportOf(ask), target: "_blank", rel: "noopener" },
        icon("open"),
        t("fullReport"),
      ),
      ask.contested
        ? h("p", { class: "soft", role: "status" }, t("contestSent"))
        : h(
            "button",
            { type: "button", class: "button quiet", onclick: actions.contest },
            icon("flag"),
            t("thisIsWrong"),
          ),
    ),
    h("p", { class: "fine" }, t("checkedBy", verdict.bundle, words.date(verdict.checked_at))),
  );
}

/** @param {Ask} ask */
export const reportOf = (ask) =>
  onServer(ask.server, ask.check?.links["report"] ?? `${ask.server}/checks/${ask.check?.id ?? ""}`);

/** @param {number} probability @param {import("../words/language.js").Words} words */
function meter(probability, { t, percent }) {
  const needle = h("span", { class: "needle" });
  needle.style.insetInlineStart = `${probability * 100}%`;
  return h(
    "div",
    { class: "meter" },
    h("p", { class: "row" }, h("span", {}, t("scoreLabel")), h("strong", {}, percent(probability))),
    h(
      "div",
      { class: "scale", role: "img", "aria-label": `${t("scoreLabel")} ${percent(probability)}` },
      needle,
    ),
    h(
      "p",
      { class: "row soft", "aria-hidden": "true" },
      h("span", {}, t("scoreLow")),
      h("span", {}, t("scoreHigh")),
    ),
  );
}

/**
 * Anybody can make a seal and call themselves what they like: a name alone vouches for nothing.
 * @param {NonNullable<Verdict["provenance"]>} found
 * @param {import("../words/language.js").Words["t"]} t
 */
function sealOf({ valid, trusted, signer }, t) {
  if (!valid) return t("provenanceBroken");
  const [seal, named] = trusted
    ? [t("provenanceTrusted"), "provenanceSigner"]
    : [t("provenanceUntrusted"), "provenanceCallsItself"];
  return signer ? `${seal} ${t(named, signer)}` : seal;
}

/** @param {Verdict} verdict @param {import("../words/language.js").Words} words */
function provenance({ provenance: found }, { t }) {
  if (!found?.present) return null;
  return h("p", { class: "note" }, icon("page"), sealOf(found, t));
}
