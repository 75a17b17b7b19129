/** "This is wrong": sent from a page of ours alone, because a web page must not do it for anybody. */

import { FROM_OUR_PAGES, send } from "../messages.js";
import { announce, h } from "./dom.js";

/** As the API names them; a test holds the list to the server's. */
export const REASONS = /** @type {const} */ ([
  "not_manipulated",
  "is_manipulated",
  "wrong_stretch",
  "shows_me",
  "other",
]);

/**
 * @param {Ask} ask
 * @param {import("../words/language.js").Words} words
 * @param {() => void} done
 */
export function contestView(ask, words, done) {
  const { t } = words;
  const trouble = h("p", { class: "trouble", role: "alert" });
  const reason = h(
    "select",
    { id: "reason", name: "reason", required: true },
    ...REASONS.map((value) => h("option", { value }, t(`contest_${value}`))),
  );
  const form = h(
    "form",
    { class: "form" },
    h("h1", {}, t("contestTitle")),
    h("p", { class: "soft" }, t("contestIntroduction")),
    h("label", { for: "reason" }, t("contestReason")),
    reason,
    h("label", { for: "words" }, t("contestWords")),
    h("textarea", { id: "words", name: "words", maxlength: 2000, rows: 3 }),
    h("label", { for: "contact" }, t("contestContact")),
    h("input", {
      id: "contact",
      name: "contact",
      type: "email",
      maxlength: 254,
      autocomplete: "email",
    }),
    trouble,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "submit", class: "button" }, t("contestSend")),
      h("button", { type: "button", class: "button quiet", onclick: done }, t("cancel")),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const filled = Object.fromEntries(new FormData(form));
    const told = await send(FROM_OUR_PAGES.CONTEST, { id: ask.id, contest: filled });
    if (told?.problem) trouble.textContent = `${told.problem.title} ${told.problem.what_to_do}`;
    else if (!told || told.away) trouble.textContent = t("serverAway");
    else {
      announce(t("contestSent"));
      done();
    }
  });
  return form;
}
