/** What can be asked here: the videos of the page, the page itself, a link, a file. */

import { browser } from "../browser.js";
import { findVideos } from "../service/find.js";
import { addressToSend } from "../service/address_to_send.js";
import { parseAddress } from "../service/address.js";
import { announce, h, icon } from "../view/dom.js";

/**
 * @param {{
 *   page: import("../view/page.js").Page,
 *   tab: chrome.tabs.Tab,
 *   ask: (question: {url: string, title: string, slot: number | null}) => void,
 *   upload: () => void,
 * }} of
 */
export function chooseView({ page, tab, ask, upload }) {
  const { t } = page.words;
  let isLeft = false;
  const list = h("ul", { class: "videos" });
  const heading = h("h1", { class: "quiet-heading" }, t("looking"));
  const element = h("section", {}, heading, list, otherWays());
  void fill();
  return {
    element,
    stop: () => {
      isLeft = true;
    },
  };

  async function fill() {
    const found = tab.id === undefined ? null : await findVideos(tab.id);
    if (isLeft) return;
    const videos = found?.videos ?? [];
    heading.textContent = !found
      ? t("pageClosed")
      : videos.length === 0
        ? t("noVideos")
        : videos.length === 1
          ? t("oneVideo")
          : t("manyVideos", found.total);
    announce(heading.textContent);
    list.replaceChildren(
      ...videos.map((video, i) => entry(video, found?.title ?? "", videos.length === 1, i === 0)),
    );
    if (videos.length === 0 && found && parseAddress(tab.url ?? ""))
      list.replaceChildren(pageEntry(found.title));
    /** @type {HTMLElement | null} */ (list.querySelector("[data-first]"))?.focus({
      preventScroll: true,
    });
    performance.mark("ready");
    if (found) await addPictures(found, list);
  }

  /** @param {Found} video @param {string} pageTitle @param {boolean} isOnly @param {boolean} isFirst */
  function entry(video, pageTitle, isOnly, isFirst) {
    const address = addressToSend(video, tab.url ?? "");
    const title = video.title || (isFirst ? pageTitle : "") || t("untitled");
    const label = address ? t("check") : t("uploadFile");
    const act = () => (address ? ask({ url: address.url, title, slot: video.slot }) : upload());
    return h(
      "li",
      { class: isOnly ? "video only" : "video" },
      h(
        "div",
        { class: "shown" },
        icon("play"),
        video.picture && h("img", { src: video.picture, alt: "" }),
        video.durationS !== null &&
          h("span", { class: "length" }, page.words.clock(video.durationS)),
      ),
      h(
        "div",
        { class: "about" },
        h("p", { class: "title" }, title),
        h("p", { class: "from" }, address ? whereFrom(address) : t("onlyUpload")),
        h(
          "button",
          {
            type: "button",
            class: isFirst ? "button" : "button quiet",
            "data-first": isFirst,
            "aria-label": `${label}: ${title}`,
            onclick: act,
          },
          label,
        ),
      ),
    );
  }

  /** @param {{url: string, isPage: boolean}} address */
  function whereFrom({ url, isPage }) {
    const host = URL.parse(url)?.host ?? "";
    return isPage ? t("addressOfPage", host) : host;
  }

  /** @param {string} title */
  function pageEntry(title) {
    const url = tab.url ?? "";
    return h(
      "li",
      { class: "video only" },
      h(
        "div",
        { class: "about" },
        h("p", { class: "title" }, title),
        h("p", { class: "from" }, URL.parse(url)?.host ?? ""),
        h(
          "button",
          {
            type: "button",
            class: "button",
            "data-first": true,
            onclick: () => ask({ url, title, slot: null }),
          },
          t("sendPage"),
        ),
      ),
    );
  }

  function otherWays() {
    const trouble = h("p", { class: "trouble", id: "link-trouble", role: "alert" });
    const input = h("input", {
      id: "link",
      type: "url",
      required: true,
      placeholder: "https://",
      "aria-describedby": "link-trouble",
      dir: "ltr",
    });
    const form = h(
      "form",
      { class: "inline", novalidate: true },
      h("label", { for: "link", class: "unseen" }, t("pasteLink")),
      input,
      h("button", { type: "submit", class: "button quiet" }, t("check")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const url = input.value.trim();
      if (parseAddress(url)) ask({ url, title: url, slot: null });
      else trouble.textContent = t("notALink");
    });
    return h(
      "details",
      { class: "other" },
      h("summary", {}, t("otherWays")),
      h("p", { class: "soft" }, t("pasteLink")),
      form,
      trouble,
      h(
        "button",
        { type: "button", class: "button quiet wide", onclick: upload },
        icon("upload"),
        t("uploadFile"),
      ),
    );
  }

  /**
   * What the page hides from its own scripts is still on the screen, and a click lets us look at it.
   * @param {FoundOnPage} found @param {HTMLElement} here
   */
  async function addPictures({ videos, view }, here) {
    if (!videos.some((video) => needsPicture(video, view))) return;
    const shot = await browser.tabs
      .captureVisibleTab({ format: "jpeg", quality: 70 })
      .catch(() => null);
    if (!shot || isLeft) return;
    const image = new Image();
    image.src = shot;
    await image.decode();
    const scale = image.naturalWidth / view.width;
    videos.forEach((video, i) => {
      const place = here.children[i]?.querySelector(".shown");
      if (!place || !video.rect || !needsPicture(video, view)) return;
      const canvas = h("canvas", { width: 320, height: 200, "aria-hidden": "true" });
      const { left, top, width, height } = video.rect;
      canvas
        .getContext("2d")
        ?.drawImage(
          image,
          left * scale,
          top * scale,
          width * scale,
          height * scale,
          0,
          0,
          320,
          200,
        );
      place.querySelector(".icon")?.after(canvas);
    });
  }
}

/** @param {Found} video @param {FoundOnPage["view"]} view */
const needsPicture = ({ picture, rect }, view) =>
  !picture &&
  rect !== null &&
  rect.top >= 0 &&
  rect.left >= 0 &&
  rect.top + rect.height <= view.height &&
  rect.left + rect.width <= view.width;
