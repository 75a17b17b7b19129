/** From an ask to what a person is told of it: the same words in card, popup and badge. */

import { isAbout } from "../service/records.js";
import { pictureOf } from "./picture.js";

const NAME_CHARS = 200;

/** @type {Record<Outcome, Tone>} */
const TONE = {
  likely_manipulated: "manipulated",
  no_manipulation_found: "clear",
  inconclusive: "unsure",
};

/**
 * @param {Ask} ask
 * @param {import("./language.js").Words} words
 * @param {string} [seed] of the per-install picture
 * @returns {Card}
 */
export function cardOf(ask, words, seed = "") {
  const verdict = ask.phase === "done" ? (ask.check?.verdict ?? null) : null;
  const isWorking = ask.phase === "under_way" || ask.phase === "sending";
  const told = verdict
    ? ofVerdict(verdict, words)
    : isWorking
      ? ofProgress(ask, words)
      : ofProblem(ask, words);
  return {
    id: ask.id,
    address: ask.url,
    about: ask.on && !isAbout(ask, ask.on.url) ? nameOf(ask) : "",
    score: "",
    meaning: verdict?.meaning.sentence ?? "",
    progress: null,
    durationS: verdict?.media?.duration_s ?? null,
    stretches: verdict ? stretchesOf(verdict, words) : [],
    faces: [],
    checkedBy: verdict ? words.t("checkedBy", verdict.bundle, words.date(verdict.checked_at)) : "",
    final: told.tone !== "working",
    ...spoken(words),
    picture: pictureOf(seed),
    ...told,
  };
}

/**
 * A verdict that was found by private look-up: short, because more would tell the server which.
 * @param {KnownVerdict} known
 * @param {import("./language.js").Words} words
 * @param {string} seed
 * @returns {Card}
 */
export function knownCard(known, words, seed) {
  const { t } = words;
  return {
    id: `known:${known.key_sha256}`,
    address: "",
    about: "",
    tone: TONE[known.outcome] ?? "unsure",
    headline: t(`outcome_${known.outcome}`),
    sentence: t("knownAlready"),
    score: known.fake_probability === null ? "" : words.percent(known.fake_probability),
    meaning: "",
    progress: null,
    durationS: null,
    stretches: [],
    faces: [],
    checkedBy: "",
    final: true,
    ...spoken(words),
    picture: pictureOf(seed),
  };
}

/** @param {Ask} ask */
export const nameOf = (ask) =>
  (ask.check?.source?.title || ask.title || ask.url).slice(0, NAME_CHARS);

/** @param {import("./language.js").Words} words */
function spoken({ t, language, direction }) {
  return {
    language,
    direction,
    labels: {
      card: t("cardLabel"),
      timeline: t("timelineLabel"),
      details: t("details"),
      close: t("close"),
      picture: t("pictureAlt"),
    },
  };
}

/** @param {Verdict} verdict @param {import("./language.js").Words} words */
function ofVerdict(verdict, words) {
  return {
    tone: TONE[verdict.outcome] ?? "unsure",
    headline: verdict.headline || words.t(`outcome_${verdict.outcome}`),
    sentence: verdict.explanation,
    score: verdict.fake_probability === null ? "" : words.percent(verdict.fake_probability),
  };
}

/** @param {Ask} ask @param {import("./language.js").Words} words */
function ofProgress(ask, { t, percent }) {
  const tone = /** @type {const} */ ("working");
  if (ask.failures > 0) {
    const [headline, sentence] = ask.problem
      ? [ask.problem.title, t("goesOnByItself")] // it has answered: not now
      : [t("serverAway"), t("serverAwayGoesOn")];
    return { tone, headline, sentence, progress: null };
  }
  const check = ask.check;
  if (!check) return { tone, headline: t("stateSending"), sentence: "", progress: null };
  const waits = check.state === "queued";
  const position =
    waits && check.queue_position !== null ? t("queuePosition", check.queue_position) : "";
  const wait =
    check.expected_wait_s === null ? "" : t("expectedWait", Math.ceil(check.expected_wait_s));
  return {
    tone,
    headline: t(`state_${check.state}`),
    sentence: [position, waits ? "" : percent(check.progress), wait].filter(Boolean).join(" · "),
    progress: waits ? null : check.progress,
  };
}

/** @param {Ask} ask @param {import("./language.js").Words} words */
function ofProblem(ask, { t }) {
  const problem = ask.problem ?? ask.check?.problem ?? null;
  const tone = /** @type {const} */ ("problem");
  if (ask.phase === "cancelled") return { tone, headline: t("cancelled"), sentence: "" };
  return {
    tone,
    headline: problem?.title ?? t("problemUnknown"),
    sentence: problem?.what_to_do ?? "",
  };
}

/**
 * The suspicious stretches of every face, merged where they touch.
 * @param {Verdict} verdict
 * @param {import("./language.js").Words} words
 */
export function stretchesOf(verdict, { t, clock }) {
  const sorted = verdict.tracks
    .flatMap((track) => track.suspicious)
    .toSorted((a, b) => a.start_s - b.start_s);
  /** @type {Stretch[]} */
  const merged = [];
  for (const stretch of sorted) {
    const previous = merged.at(-1);
    if (previous && stretch.start_s <= previous.end_s + 0.05) {
      previous.end_s = Math.max(previous.end_s, stretch.end_s);
    } else {
      merged.push({ ...stretch });
    }
  }
  return merged.map(({ start_s: startS, end_s: endS }) => ({
    startS,
    endS,
    label: t("stretch", clock(startS), clock(endS)),
  }));
}
