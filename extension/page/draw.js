/**
 * Draws a Card (types.d.ts): nodes and text only, never markup from anybody. A classic script, since
 * content scripts cannot be modules; the popup loads it too and takes its marks and picture.
 */
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  /** The shapes of the verdicts: triangle, circle, diamond; a cross and a ring for the rest. */
  const SHAPES = {
    manipulated: "M12 3 22 20.5H2Z",
    clear: "M12 2.5a9.5 9.5 0 1 1 0 19a9.5 9.5 0 1 1 0-19Z",
    unsure: "M12 1.8 22.2 12 12 22.2 1.8 12Z",
    problem: "M6 4 12 10 18 4 20 6 14 12 20 18 18 20 12 14 6 20 4 18 10 12 4 6Z",
    working: "M12 3a9 9 0 1 1-9 9h3a6 6 0 1 0 6-6Z",
  };
  const CLOSE =
    "M5.3 4 12 10.7 18.7 4 20 5.3 13.3 12 20 18.7 18.7 20 12 13.3 5.3 20 4 18.7 10.7 12 4 5.3Z";

  /** @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} children */
  function html(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  /** @param {string} path @param {string} name */
  function shape(path, name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", name);
    svg.setAttribute("aria-hidden", "true");
    const drawn = document.createElementNS(SVG, "path");
    drawn.setAttribute("d", path);
    svg.append(drawn);
    return svg;
  }

  /**
   * The per-install mosaic of words/picture.js.
   * @param {Card["picture"]} mosaic
   * @param {string} label
   */
  function picture({ hue, hue2, cells, number }, label) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 7 7");
    svg.setAttribute("class", "picture");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${label} ${number}`);
    const block = (
      /** @type {number} */ x,
      /** @type {number} */ y,
      /** @type {number} */ side,
      /** @type {string} */ fill,
    ) => {
      const rect = document.createElementNS(SVG, "rect");
      const attributes = { x, y, width: side, height: side, fill };
      for (const [key, value] of Object.entries(attributes)) rect.setAttribute(key, String(value));
      svg.append(rect);
    };
    block(0, 0, 7, `hsl(${hue2} 60% 88%)`);
    cells.forEach((isOn, i) => {
      if (isOn)
        block(
          1 + (i % 5),
          1 + Math.floor(i / 5),
          1,
          i % 2 ? `hsl(${hue} 62% 42%)` : `hsl(${hue2} 58% 38%)`,
        );
    });
    return svg;
  }

  /** @param {Card} card @param {(atS: number) => void} seek */
  function timeline(card, seek) {
    const length = card.durationS ?? 0;
    const bar = html("div", {
      class: "timeline",
      role: "group",
      "aria-label": card.labels.timeline,
    });
    for (const { startS, endS, label } of card.stretches.slice(0, 60)) {
      const button = html("button", {
        type: "button",
        class: "stretch",
        "aria-label": label,
        title: label,
      });
      const [start, end] = [Math.min(startS, length), Math.min(endS, length)];
      // From left to right in every language, as on every player.
      button.style.left = `${(100 * start) / length}%`;
      button.style.width = `max(10px, ${(100 * (end - start)) / length}%)`;
      button.addEventListener("click", (event) => event.isTrusted && seek(startS));
      bar.append(button);
    }
    return bar;
  }

  /**
   * Painted, not linked: no policy of the page is asked, and the page can see no address.
   * @param {Card["faces"][number]} face
   */
  function face({ label, score, picture }) {
    const canvas = /** @type {HTMLCanvasElement} */ (
      html("canvas", {
        width: "96",
        height: "96",
        role: "img",
        "aria-label": `${label} ${score}`.trim(),
      })
    );
    const shown = html("div", { class: "face" }, canvas);
    shown.append(html("span", { "data-said": score, "aria-hidden": "true" }));
    void paint(canvas, picture).catch(() => shown.remove());
    return shown;
  }

  /** @param {HTMLCanvasElement} canvas @param {string} picture */
  async function paint(canvas, picture) {
    const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/webp" }));
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
  }

  /** @param {Card} card */
  function progress(card) {
    const bar = html("div", {
      class: "progress",
      role: "progressbar",
      "aria-label": card.headline,
    });
    const filled = html("div", { class: card.progress === null ? "filled moving" : "filled" });
    if (card.progress !== null) {
      bar.setAttribute("aria-valuenow", String(Math.round(card.progress * 100)));
      filled.style.inlineSize = `${Math.max(2, card.progress * 100)}%`;
    }
    bar.append(filled);
    return bar;
  }

  /**
   * @param {Card} card
   * @param {{seek: (atS: number) => void, details: () => void, close: () => void}} on
   */
  function draw(card, on) {
    /** @param {string} name @param {string} label @param {() => void} act @param {(Node | string)[]} inside */
    const button = (name, label, act, ...inside) => {
      const made = html("button", { type: "button", class: name, "aria-label": label }, ...inside);
      made.addEventListener("click", (event) => event.isTrusted && act());
      return made;
    };
    // Said by the style sheet (attr): window.find() finds text even in a closed root, and so
    // would tell the page what was found here.
    const said = (
      /** @type {string} */ name,
      /** @type {string} */ css,
      /** @type {string} */ text,
    ) => (text ? [html(name, { class: css, "data-said": text })] : []);
    const words = html(
      "div",
      { class: "words", role: "status" },
      ...said("p", "about", card.about),
      ...said("p", "headline", card.headline),
      ...said("p", "sentence", card.sentence),
      ...said("p", "sentence meaning", card.meaning),
    );
    const head = html(
      "div",
      { class: "head" },
      shape(SHAPES[card.tone], "mark"),
      words,
      ...said("span", "score", card.score),
      picture(card.picture, card.labels.picture),
      button("close", card.labels.close, on.close, shape(CLOSE, "cross")),
    );
    const box = html(
      "section",
      {
        class: `card ${card.tone}`,
        dir: card.direction,
        lang: card.language,
        "aria-label": card.labels.card,
      },
      head,
    );
    if (card.tone === "working") box.append(progress(card));
    if (card.stretches.length && card.durationS) box.append(timeline(card, on.seek));
    const foot = html(
      "div",
      { class: "foot" },
      ...said("p", "checked-by", card.checkedBy),
      button("details", card.labels.details, on.details, card.labels.details),
    );
    if (card.faces.length) foot.prepend(html("div", { class: "faces" }, ...card.faces.map(face)));
    box.append(foot);
    return box;
  }

  /** @type {any} */ (globalThis).deepfakeCheckDraw ??= { draw, picture, shape, SHAPES };
})();
