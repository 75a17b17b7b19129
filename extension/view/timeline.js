/** The video as a strip: how the model reacted over time, and the stretches to look at again. */

import { h, svg } from "./dom.js";

const HEIGHT = 40;

/**
 * @param {{verdict: Verdict, stretches: Card["stretches"], words: import("../words/language.js").Words, seek: ((atS: number) => void) | null}} of
 */
export function timeline({ verdict, stretches, words, seek }) {
  const length = verdict.media?.duration_s ?? 0;
  const judged = verdict.tracks.filter((track) => track.timeline.length > 1);
  if (!length || (judged.length === 0 && stretches.length === 0)) return null;
  const { t, clock } = words;
  // Time runs from left to right on every player, in every language.
  const strip = h(
    "div",
    { class: "strip", dir: "ltr" },
    svg(
      "svg",
      { viewBox: `0 0 1000 ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      ...judged.flatMap((track) => curve(track, length)),
    ),
    ...stretches.map((stretch) => place(stretch, length, seek)),
  );
  return h(
    "section",
    { class: "timeline" },
    h("h2", {}, t("timelineLabel")),
    strip,
    h(
      "p",
      { class: "row soft", dir: "ltr", "aria-hidden": "true" },
      h("span", {}, clock(0)),
      h("span", {}, clock(length)),
    ),
    stretches.length === 0 && h("p", { class: "soft" }, t("noStretches")),
    stretches.length > 0 &&
      h(
        "ul",
        { class: "stretches" },
        ...stretches.slice(0, 12).map((stretch) => listed(stretch, words, seek)),
      ),
  );
}

/** Area and line of one face's scores. @param {Track} track @param {number} length */
function curve({ timeline: scores }, length) {
  const points = scores.map(({ at_s: atS, fake_probability: p }) => {
    const x = Math.min(1, atS / length) * 1000;
    return `${x.toFixed(1)},${(HEIGHT - 3 - p * (HEIGHT - 6)).toFixed(1)}`;
  });
  const [first, last] = [points[0]?.split(",")[0], points.at(-1)?.split(",")[0]];
  return [
    svg("polygon", {
      class: "area",
      points: `${first},${HEIGHT} ${points.join(" ")} ${last},${HEIGHT}`,
    }),
    svg("polyline", {
      class: "line",
      points: points.join(" "),
      "vector-effect": "non-scaling-stroke",
    }),
  ];
}

/** @param {Card["stretches"][number]} stretch @param {number} length @param {((atS: number) => void) | null} seek */
function place({ startS, endS }, length, seek) {
  // The list below says the same in words, for keyboard and screen reader.
  const area = h("span", {
    class: seek ? "stretch seeks" : "stretch",
    "aria-hidden": "true",
    onclick: () => seek?.(startS),
  });
  area.style.left = `${(100 * startS) / length}%`;
  area.style.width = `max(6px, ${(100 * (Math.min(endS, length) - startS)) / length}%)`;
  return area;
}

/** @param {Card["stretches"][number]} stretch @param {import("../words/language.js").Words} words @param {((atS: number) => void) | null} seek */
function listed({ startS, endS }, { t, clock }, seek) {
  const times = `${clock(startS)}–${clock(endS)}`;
  const span = h("bdi", { dir: "ltr" }, times);
  if (!seek) return h("li", { class: "chip" }, span);
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-label": `${t("playFrom")} ${times}`,
        onclick: () => seek(startS),
      },
      span,
    ),
  );
}
