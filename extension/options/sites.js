/** Sites on which known verdicts are shown without asking. The switch is the browser's permission. */

import { browser } from "../browser.js";
import { h } from "../view/dom.js";
import { originsOf } from "./origins.js";
import { node, tell } from "./parts.js";

const USUAL = [
  "www.youtube.com",
  "www.tiktok.com",
  "x.com",
  "www.instagram.com",
  "www.facebook.com",
  "vimeo.com",
  "www.dailymotion.com",
  "www.reddit.com",
];

/** @param {import("../view/page.js").Page} page */
export async function sitesPart({ words: { t } }) {
  node("usual-sites").append(...USUAL.map((value) => h("option", { value })));
  browser.permissions.onAdded.addListener(list);
  browser.permissions.onRemoved.addListener(list);
  await list();

  node("site-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const origins = originsOf(node("site").value);
    if (origins.length === 0) return tell("site-told", t("notASite"), "bad");
    const granted = await browser.permissions.request({ origins });
    if (granted) node("site").value = "";
    return tell("site-told", t(granted ? "siteOn" : "siteRefused"), granted ? "good" : "");
  });

  async function list() {
    const { origins = [] } = await browser.permissions.getAll();
    node("sites").replaceChildren(
      ...origins.map((origin) => {
        const host = origin.replace(/^(\*|https?):\/\//, "").replace(/\/\*$/, "");
        return h(
          "li",
          {},
          h("span", { class: "what" }, h("bdi", {}, host)),
          h(
            "button",
            {
              type: "button",
              class: "button quiet danger",
              "aria-label": `${t("switchOff")}: ${host}`,
              onclick: () => void browser.permissions.remove({ origins: [origin] }),
            },
            t("switchOff"),
          ),
        );
      }),
    );
  }
}
