/** Every face that was followed: its pictures and score, or why it was not judged. */

import { h } from "./dom.js";

const LISTED_AT_MOST = 8;
const PICTURES_OF_A_FACE = 5;

/** @param {Track} track */
const standsOut = ({ suspicious }) => suspicious.length > 0;

/** @param {Track} track */
const scoreOf = ({ fake_probability: p }) => p ?? -1;

/** What was seen too briefly to be judged can stand out too. @param {Track} track */
const isToldOf = (track) => track.fake_probability !== null || standsOut(track);

/**
 * @param {{verdict: Verdict, words: import("../words/language.js").Words, picture: (link: string) => Promise<Blob>}} of
 */
export function faces({ verdict, words, picture }) {
  if (verdict.tracks.length === 0) return null;
  const { t } = words;
  const why = new Map(verdict.not_judged.map((one) => [one.track, one.sentence]));
  // Of a crowd not all are listed: never without those that the verdict is about.
  const tracks = verdict.tracks.toSorted(
    (a, b) => Number(standsOut(b)) - Number(standsOut(a)) || scoreOf(b) - scoreOf(a),
  );
  const hasTimes = Boolean(verdict.media?.duration_s); // a picture has none
  return h(
    "section",
    { class: "faces" },
    h("h2", {}, t("facesLabel")),
    h(
      "ul",
      {},
      ...tracks
        .slice(0, LISTED_AT_MOST)
        .map((track) =>
          h(
            "li",
            { class: isToldOf(track) ? "face" : "face not-judged" },
            strip(track, words, picture),
            h(
              "div",
              {},
              h(
                "p",
                { class: "row" },
                h("span", {}, t("faceNumber", track.number)),
                track.fake_probability !== null &&
                  h("strong", {}, words.percent(track.fake_probability)),
              ),
              track.fake_probability === null &&
                h(
                  "p",
                  { class: "soft" },
                  track.reason_sentence ?? why.get(track.number) ?? t("notJudged"),
                ),
              hasTimes &&
                isToldOf(track) &&
                h(
                  "p",
                  { class: "soft" },
                  h(
                    "bdi",
                    { dir: "ltr" },
                    `${words.clock(track.first_seen_s)}–${words.clock(track.last_seen_s)}`,
                  ),
                ),
            ),
          ),
        ),
    ),
  );
}

/** @param {Track} track @param {import("../words/language.js").Words} words @param {(link: string) => Promise<Blob>} picture */
function strip(track, { t }, picture) {
  const shown = track.strip.slice(0, isToldOf(track) ? PICTURES_OF_A_FACE : 1);
  return h(
    "div",
    { class: "pictures" },
    ...shown.map(({ url, width_px: width, height_px: height }, i) => {
      const image = h("img", { width, height, alt: i === 0 ? t("faceNumber", track.number) : "" });
      void load(image, () => picture(url));
      return image;
    }),
  );
}

/** @param {HTMLImageElement} image @param {() => Promise<Blob>} read */
async function load(image, read) {
  try {
    const address = URL.createObjectURL(await read());
    image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
    image.src = address;
  } catch {
    image.remove(); // no picture is better than a broken one
  }
}
