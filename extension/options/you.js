/** Language, and the picture that tells our cards from painted ones. */

import { changeSettings } from "../service/settings.js";
import { drawPicture, h } from "../view/dom.js";
import { LANGUAGES } from "../words/language.js";
import { node } from "./parts.js";

/** @param {import("../view/page.js").Page} page */
export function youPart({ words: { t }, settings, picture }) {
  const language = node("language");
  language.append(
    h("option", { value: "auto" }, t("languageAuto")),
    ...Object.entries(LANGUAGES).map(([value, name]) => h("option", { value, lang: value }, name)),
  );
  language.value = settings.language;
  language.addEventListener("change", async () => {
    await changeSettings({ language: language.value });
    location.reload();
  });
  node("own-picture").append(
    drawPicture(picture, t("pictureAlt")),
    h(
      "div",
      {},
      h("p", {}, t("pictureExplained")),
      h("p", { class: "soft" }, `${t("pictureAlt")} ${picture.number}`),
    ),
  );
}
