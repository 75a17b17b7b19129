/** One thing that is to be posted: from asking about it to something that the form can be sent with. */

import { hashFile, Unreadable } from "./hash_file.js";
import { Away, Posting, Refused } from "./service.js";

/** @typedef {File | string} Subject */

/** @type {Record<Label["outcome"], Tone>} */
const TONES = {
  likely_manipulated: "manipulated",
  no_manipulation_found: "clear",
  inconclusive: "unsure",
};

export class Judging {
  #desk;
  #subject;
  #signal;
  #posting;
  /** Asks again, where it has stopped: the person presses the button or sends the form. @type {(() => void) | null} */
  again = null;

  /** @param {Desk} desk @param {Subject} subject @param {AbortSignal} signal */
  constructor(desk, subject, signal) {
    this.#desk = desk;
    this.#subject = subject;
    this.#signal = signal;
    this.#posting = new Posting(desk.site, signal, () => {});
  }

  withdraw() {
    this.#posting.withdraw();
  }

  /** @returns {Promise<Entry>} */
  async entry() {
    for (;;) {
      const result = await this.#ask();
      this.#signal.throwIfAborted();
      if ("skipped" in result) return this.#entry(result.skipped);
      const entry = await this.#conclude(result).catch((stopped) => this.#conclude({ stopped }));
      this.#signal.throwIfAborted();
      if (entry) return entry;
    }
  }

  /**
   * An answer, what kept one from coming, or that the person does not wait for it.
   * @returns {Promise<Answer | {stopped: unknown} | {skipped: "unanswered" | "held"}>}
   */
  #ask() {
    return new Promise((resolve) => {
      let before = "";
      let shown = "";
      let patience = 0;
      const show = (/** @type {Step} */ { doing, share }, isSlow = false) => {
        shown = doing;
        const isHeld = doing === "held";
        const mayLeave = isHeld ? this.#desk.acceptsHeld : isSlow && this.#desk.isOpen;
        const leave = () => resolve({ skipped: isHeld ? "held" : "unanswered" });
        const words = this.#desk.words(isHeld ? "sendHeld" : "skip");
        this.#desk.show({
          tone: "working",
          heading: this.#desk.words(/** @type {import("./words.js").Word} */ (doing)),
          lines: [isSlow && this.#desk.words("slow")],
          ...(isHeld ? {} : { share }),
          actions: [
            mayLeave && { words, act: leave, isFirst: true },
            isHeld ? this.#desk.another() : this.#desk.cancel(),
          ],
        });
      };
      const tell = (/** @type {Step} */ step) => {
        const now = `${step.doing} ${step.share}`;
        if (this.#signal.aborted || now === before) return;
        before = now;
        clearTimeout(patience);
        if (step.doing !== "held") {
          patience = setTimeout(() => show(step, true), this.#desk.patienceMs);
        }
        if (shown === step.doing) this.#desk.move(step.share);
        else show(step);
      };
      this.#signal.addEventListener("abort", () => clearTimeout(patience));
      this.#posting = new Posting(this.#desk.site, this.#signal, tell);
      this.#work(tell)
        .catch((stopped) => ({ stopped }))
        .then((result) => {
          clearTimeout(patience);
          resolve(result);
        });
    });
  }

  /** @param {(step: Step) => void} tell */
  async #work(tell) {
    const subject = this.#subject;
    if (typeof subject === "string") {
      tell({ doing: "asking", share: null });
      return this.#posting.askAboutAddress(subject);
    }
    const hashed = (/** @type {number} */ bytes) =>
      tell({ doing: "hashing", share: subject.size ? bytes / subject.size : null });
    hashed(0);
    const sha256 = await hashFile(subject, this.#desk.worker, hashed, this.#signal);
    tell({ doing: "asking", share: null });
    return this.#posting.askAboutFile(subject, sha256);
  }

  /**
   * Tells what came of it. Null: it is to be tried again.
   * @param {Answer | {stopped: unknown}} result
   * @returns {Promise<Entry | null>}
   */
  async #conclude(result) {
    const { words, isOpen } = this.#desk;
    if ("stopped" in result) {
      const why = result.stopped;
      if (why instanceof Unreadable) return this.#stop(words("failed"), words("unreadable"));
      if (why instanceof Refused) return this.#fail(why.problem, isOpen);
      // A mistake holds no form back either: it counts as silence, and is told to the page's author.
      if (!(why instanceof Away)) reportError(why);
      if (!isOpen) return this.#stop(words("away"), words("closed"));
      return this.#unchecked("away", words("away"));
    }
    const { state, advice, label, problem } = result;
    if (state === "failed" && problem) return this.#fail(problem, isOpen && advice === "publish");
    if (state !== "answered" || !label) return this.#stop(words("cancelled"));
    if (advice === "hold") return this.#stop(label.headline, words("closed"));
    if (advice === "warn") return this.#warn(result, label);
    this.#desk.show({
      tone: TONES[label.outcome] ?? "unsure",
      heading: label.headline,
      lines: [label.explanation],
      actions: [{ words: words("report"), href: pageOf(result.links.report) }],
    });
    return this.#entry("answered", { label });
  }

  /**
   * The person decides; nothing is decided for them.
   * @param {Answer} answer @param {Label} label
   * @returns {Promise<Entry>}
   */
  #warn({ links }, label) {
    const { words } = this.#desk;
    const told = { tone: TONES[label.outcome] ?? "unsure", heading: label.headline };
    let contested = false;
    return new Promise((resolve) => {
      const publish = () => {
        this.#posting.tellChoice("published_with_label");
        const undo = { words: words("undo"), act: this.#desk.restart };
        this.#desk.show({ ...told, lines: [words("labelled")], actions: [undo] });
        resolve(this.#entry("answered", { label, choice: "published_with_label", contested }));
      };
      const contest = () => {
        contested = true;
        this.#posting.tellChoice("contested");
        show([label.explanation, words("contested")]);
      };
      const show = (/** @type {View["lines"]} */ lines) => {
        const actions = [
          { words: words("publish"), act: publish, isFirst: true },
          this.#desk.another(),
          { words: words("contest"), act: contest, href: pageOf(links.contest) },
          { words: words("report"), href: pageOf(links.report) },
        ];
        this.#desk.show({ ...told, lines, actions });
      };
      const notAnAccusation = words("notAnAccusation");
      show([label.explanation, label.meaning, notAnAccusation, label.disclosure.sentence]);
      if (this.#desk.isWanted()) this.#desk.focus();
    });
  }

  /** @param {Problem} problem @param {boolean} mayGoOn */
  #fail(problem, mayGoOn) {
    const { words } = this.#desk;
    const lines = [problem.title, problem.what_to_do];
    if (!mayGoOn) return this.#stop(words("failed"), ...lines, words("closed"));
    return this.#unchecked("failed", words("failed"), lines, problem.code);
  }

  /**
   * The form may be sent, marked as not checked.
   * @param {"failed" | "away"} state @param {string} heading
   * @param {string[]} lines @param {string | null} problem
   */
  #unchecked(state, heading, lines = [], problem = null) {
    const again = { words: this.#desk.words("again"), act: this.#desk.restart };
    const actions = [again, this.#desk.another()];
    lines = [...lines, this.#desk.words("open")];
    this.#desk.show({ tone: "problem", heading, lines, actions });
    return this.#entry(state, { problem });
  }

  /** The form is not sent. @param {string} heading @param {string[]} lines @returns {Promise<null>} */
  #stop(heading, ...lines) {
    return new Promise((resolve) => {
      this.again = () => {
        this.again = null;
        resolve(null);
      };
      const again = { words: this.#desk.words("again"), act: this.again, isFirst: true };
      const actions = [again, this.#desk.another()];
      this.#desk.show({ tone: "problem", heading, lines, actions });
      if (this.#desk.isWanted()) this.#desk.focus();
      this.#desk.release();
    });
  }

  /** @param {Entry["state"]} state @param {Partial<Entry>} more @returns {Entry} */
  #entry(state, more = {}) {
    const posting = this.#posting.id || null;
    return { state, posting, choice: null, contested: false, problem: null, label: null, ...more };
  }
}

/** A page of the service, and no other kind of address. @param {string | null} link */
const pageOf = (link) => (link && /^https?:/.test(link) ? link : null);
