/** How our pages make nodes: text is text, and nothing is parsed as markup. */

import "../page/draw.js";

/** @typedef {Node | string | null | false} Child */

const { picture, shape, SHAPES } = /** @type {any} */ (globalThis).deepfakeCheckDraw;

/** @type {(picture: Card["picture"], label: string) => SVGElement} */
export const drawPicture = picture;

/** @param {Tone} tone @returns {SVGElement} */
export const mark = (tone) => shape(SHAPES[tone], "mark");

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Record<string, string | number | boolean | null | ((event: any) => void)>} [attributes] `on…` is a listener
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {Node[]} children */
export function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

const ICONS = {
  settings:
    "M12 8.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7Zm9 5v-3l-2.4-.5-.6-1.5 1.3-2-2.1-2.1-2 1.3-1.5-.6L13.500 2.700h-3L10 5.100l-1.500.6-2-1.300L4.400 6.500l1.300 2-.6 1.500L2.700 10.500v3l2.400.5.6 1.500-1.300 2 2.100 2.100 2-1.300 1.500.6.5 2.400h3l.5-2.400 1.500-.6 2 1.300 2.100-2.100-1.300-2 .6-1.500Z",
  history:
    "M12 3a9 9 0 1 1-8.500 6H2l3-4 3 4H5.600A7 7 0 1 0 12 5Zm-1 4h2v4.600l3.200 1.900-1 1.700L11 12.700Z",
  back: "M14.500 5 7.500 12l7 7 1.400-1.400L10.300 12l5.600-5.600Z",
  play: "M8 5v14l11-7Z",
  page: "M6 2h8l5 5v15H6Zm2 2v16h9V8h-4V4Zm2 8h5v1.600h-5Zm0 3.500h5v1.600h-5Z",
  upload:
    "M11 16V7.800L7.900 11 6.500 9.600 12 4l5.500 5.600-1.400 1.400L13 7.800V16Zm-6 2h14v2H5Z",
  open: "M14 4h6v6h-2V7.400l-7.300 7.300-1.400-1.400L16.600 6H14ZM5 6h6v2H7v9h9v-4h2v6H5Z",
  flag: "M6 3h12l-2.500 4.500L18 12H8v9H6Z",
};

/** @param {keyof typeof ICONS} name */
export const icon = (name) =>
  svg(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
    svg("path", { d: ICONS[name], "fill-rule": "evenodd" }),
  );

/** What a screen reader says without the eye's help. @param {string} text */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (region && region.textContent !== text) region.textContent = text;
}
