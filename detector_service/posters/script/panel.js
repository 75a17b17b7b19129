/** What stands under the field: made of nodes and text, so that a strict policy has nothing to forbid. */

import { STYLE } from "./style.js";

/** The shapes of the verdicts are the project's: triangle, circle, diamond. @type {Record<Tone, string>} */
const SHAPES = {
  manipulated: "M12 3 22 20.5H2Z",
  clear: "M12 2.5a9.5 9.5 0 1 1 0 19a9.5 9.5 0 1 1 0-19Z",
  unsure: "M12 1.8 22.2 12 12 22.2 1.8 12Z",
  problem: "M6 4 12 10 18 4 20 6 14 12 20 18 18 20 12 14 6 20 4 18 10 12 4 6Z",
  working: "M12 3a9 9 0 1 1-9 9h3a6 6 0 1 0 6-6Z",
};

export class Panel {
  #panel = element("div", "panel");
  #hint = element("p", "hint");
  #live = element("p", "live");
  #progress = element("progress", "progress");
  #heading = element("p", "heading");

  /** @param {ShadowRoot} root */
  constructor(root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#live.setAttribute("role", "status");
    this.#panel.setAttribute("role", "group");
    this.#heading.tabIndex = -1;
    this.#heading.id = "heading";
    this.#panel.setAttribute("aria-labelledby", "heading");
    root.append(document.createElement("slot"), this.#hint, this.#panel, this.#live);
  }

  /** Nothing to say but what will happen. @param {string} hint */
  clear(hint) {
    this.#hint.textContent = hint;
    this.#hint.hidden = false;
    this.#panel.hidden = true;
    this.#live.textContent = "";
  }

  /** @param {View} view @param {string} name of the file, where there are several @param {string} progressName */
  show(view, name, progressName) {
    const hadFocus = this.#panel.contains(
      /** @type {ShadowRoot} */ (this.#panel.getRootNode()).activeElement,
    );
    const lines = /** @type {string[]} */ (view.lines.filter(Boolean));
    this.#hint.hidden = true;
    this.#panel.hidden = false;
    this.#panel.className = `panel ${view.tone}`;
    this.#panel.part.value = `panel ${view.tone}`;
    const said = element("span", "");
    said.textContent = view.heading;
    const named = element("span", "name");
    named.textContent = name;
    named.dir = "auto";
    this.#heading.replaceChildren(mark(view.tone), said, ...(name ? [named] : []));
    this.#progress.setAttribute("aria-label", progressName);
    this.move(view.share);
    const actions = element("div", "actions");
    for (const action of view.actions) {
      if (action && (action.href || (action.act && action.href === undefined))) {
        actions.append(control(action));
      }
    }
    this.#panel.replaceChildren(
      this.#heading,
      ...lines.map((line, at) => paragraph(line, at > 0)),
      ...(view.results ? [list(view.results)] : []),
      ...(view.share === undefined ? [] : [this.#progress]),
      ...(actions.childElementCount ? [actions] : []),
    );
    if (hadFocus) this.focus();
    const each = view.results?.map(({ name, heading }) => `${name}: ${heading}`) ?? [];
    const told = [view.heading, ...lines, ...each].join(". ").replaceAll("..", ".");
    if (this.#live.textContent !== told) this.#live.textContent = told;
  }

  /** @param {number | null | undefined} share */
  move(share) {
    if (typeof share === "number") this.#progress.value = share;
    else this.#progress.removeAttribute("value");
  }

  focus() {
    this.#heading.focus();
    this.#heading.scrollIntoView({ block: "nearest" });
  }
}

/** @param {Action} action */
function control({ words, act, href, isFirst }) {
  if (!href) {
    const button = element("button", isFirst ? "first" : "");
    button.type = "button";
    button.part.value = isFirst ? "button first" : "button";
    button.textContent = words;
    button.addEventListener("click", () => act?.());
    return button;
  }
  const link = element("a", "");
  link.part.value = "link";
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = words;
  link.addEventListener("click", () => act?.());
  return link;
}

/** @param {string} text @param {boolean} isSoft */
function paragraph(text, isSoft) {
  const made = element("p", isSoft ? "text soft" : "text");
  made.textContent = text;
  made.dir = "auto";
  return made;
}

/** One line for each file. @param {Result[]} results */
function list(results) {
  const made = element("ul", "results");
  for (const { tone, name, heading } of results) {
    const item = element("li", tone);
    const named = element("bdi", "name");
    named.textContent = name;
    const said = element("strong", "");
    said.textContent = heading;
    item.append(mark(tone), said, named);
    made.append(item);
  }
  return made;
}

/** @param {Tone} tone */
function mark(tone) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[tone]);
  svg.append(path);
  return svg;
}

/**
 * A node whose class is also the part that a page's style can reach.
 * @template {keyof HTMLElementTagNameMap} N @param {N} name @param {string} part
 */
function element(name, part) {
  const made = document.createElement(name);
  if (part) {
    made.className = part;
    made.part.value = part;
  }
  return made;
}
