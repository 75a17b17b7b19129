/**
 * <check-before-posting token-url="…"><input type="file" name="video"></check-before-posting>
 *
 * Holds the form back until what was chosen has been checked, warns where there is something to warn
 * of, and adds what was found to the form. Without this script the form works as it always did; the
 * site's own server decides what to do with what comes unchecked.
 */

import { Judging } from "./judging.js";
import { Panel } from "./panel.js";
import { languageOf, WORDS } from "./words.js";

/** @typedef {import("./judging.js").Subject} Subject */
/** @typedef {import("./words.js").Word} Word */

const SCRIPT = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const HERE = SCRIPT ? new URL(SCRIPT.src).origin : location.origin;
const PATIENCE_S = 20;
/** Which of several results the panel's colour follows. @type {Tone[]} */
const GRAVEST = ["manipulated", "problem", "unsure", "working", "clear"];

class CheckBeforePosting extends HTMLElement {
  #panel = new Panel(this.attachShadow({ mode: "open" }));
  #listening = new AbortController();
  #round = new AbortController();
  #isUnderWay = false;
  /** What the form may be sent with. @type {Subject[]} */
  #ready = [];
  /** The form was sent and waits for us; the button that sent it. @type {{by: HTMLElement | null} | null} */
  #wanted = null;
  /** @type {Judging | null} */
  #judging = null;

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    // What happens to a form in a shadow root is not told outside of it.
    const root = /** @type {Document} */ (this.getRootNode());
    this.addEventListener("change", (event) => this.#whenChosen(event), { signal });
    // Before any listener of the form's own, so that none sends what is not checked yet.
    root.addEventListener("submit", (event) => this.#whenSent(event), { signal, capture: true });
    root.addEventListener("reset", (event) => this.#whenReset(event), { signal });
    this.#panel.clear(this.#words("hint"));
    // It was moved within the page, and the form may be waiting.
    if (this.#isUnderWay) this.#check();
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#round.abort();
    this.#judging = null;
  }

  get #input() {
    return /** @type {HTMLInputElement | null} */ (
      this.querySelector("input[type=file], input[type=url], input[type=text]")
    );
  }

  /** @returns {Subject[]} */
  get #subjects() {
    const input = this.#input;
    if (!input || input.disabled) return [];
    if (input.type === "file") return [...(input.files ?? [])];
    return input.value.trim() && input.checkValidity() ? [input.value.trim()] : [];
  }

  /** @param {Word} word */
  #words(word) {
    return WORDS[languageOf(this)]?.[word] ?? word;
  }

  /** @param {Event} event */
  #whenChosen(event) {
    const input = this.#input;
    if (event.target !== input) return;
    this.#forget();
    // A link is left by pressing the form's button, which must not move away under the pointer.
    const mayBegin = input?.type === "file" && this.getAttribute("start") !== "submit";
    if (mayBegin && this.#subjects.length) this.#check();
  }

  /** @param {SubmitEvent} event */
  #whenSent(event) {
    const subjects = this.#subjects;
    if (event.target !== this.#input?.form || event.defaultPrevented || !subjects.length) return;
    if (isSame(subjects, this.#ready)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#wanted = { by: event.submitter };
    if (this.#judging?.again) this.#judging.again();
    else if (this.#isUnderWay) this.#panel.focus();
    else this.#check();
  }

  /** @param {Event} event */
  #whenReset(event) {
    if (event.target === this.#input?.form) this.#forget();
  }

  /** As before anything was chosen; a check that is under way is of no use any more. */
  #forget() {
    if (this.#isUnderWay) this.#judging?.withdraw();
    this.#round.abort();
    this.#isUnderWay = false;
    this.#judging = this.#wanted = null;
    this.#ready = [];
    this.#keep([]);
    this.#panel.clear(this.#words("hint"));
  }

  async #check() {
    const subjects = this.#subjects;
    this.#round = new AbortController();
    const { signal } = this.#round;
    this.#isUnderWay = true;
    const entries = [];
    /** @type {Result[]} */
    const results = [];
    try {
      for (const [at, subject] of subjects.entries()) {
        const isOneOfMany = subjects.length > 1 && typeof subject !== "string";
        const name = isOneOfMany ? `${subject.name} (${at + 1}/${subjects.length})` : "";
        const desk = this.#desk(name);
        this.#judging = new Judging(desk, subject, signal);
        entries.push(await this.#judging.entry());
        if (isOneOfMany && desk.shown) results.push({ ...desk.shown, name: subject.name });
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    this.#isUnderWay = false;
    this.#ready = subjects;
    this.#keep(entries);
    if (results.length) this.#sum(results, entries);
    this.dispatchEvent(new CustomEvent("checked", { bubbles: true, detail: entries }));
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted) this.#input?.form?.requestSubmit(wanted.by);
  }

  /** Of several files each has been shown alone; now all of them. @param {Result[]} results @param {Entry[]} entries */
  #sum(results, entries) {
    const tone = GRAVEST.find((grave) => results.some((result) => result.tone === grave));
    const isLabelled = entries.some(({ choice }) => choice);
    const isWhole = entries.every(({ state }) => state === "answered");
    const again = {
      words: this.#words(isLabelled ? "undo" : "again"),
      act: () => this.#restart(),
    };
    this.#panel.show(
      {
        tone: tone ?? "working",
        heading: this.#words("each"),
        lines: [],
        results,
        actions: [(isLabelled || !isWhole) && again, this.#another()],
      },
      "",
      "",
    );
  }

  #restart() {
    this.#forget();
    this.#check();
  }

  /** What one judging needs of the page. @param {string} name of the file, where there are several @returns {Desk} */
  #desk(name) {
    const isOpen = this.getAttribute("when-away") !== "closed";
    const csrfToken = this.#input?.form?.elements.namedItem("csrfmiddlewaretoken");
    const site = {
      service: (this.getAttribute("service") ?? HERE).replace(/\/$/, ""),
      tokenUrl: this.getAttribute("token-url") ?? "",
      csrfToken: csrfToken instanceof HTMLInputElement ? csrfToken.value : "",
      language: languageOf(this),
      retries: isOpen ? 2 : 4,
    };
    /** @type {Desk} */
    const desk = {
      site,
      isOpen,
      shown: null,
      acceptsHeld: this.hasAttribute("accepts-held"),
      patienceMs: 1000 * (Number(this.getAttribute("patience-s")) || PATIENCE_S),
      worker: this.getAttribute("worker"),
      words: (word) => this.#words(word),
      show: (view) => {
        desk.shown = view;
        this.#panel.show(view, name, this.#words("progress"));
      },
      move: (share) => this.#panel.move(share),
      focus: () => this.#panel.focus(),
      isWanted: () => this.#wanted !== null,
      release: () => {
        this.#wanted = null;
      },
      restart: () => this.#restart(),
      cancel: () => ({ words: this.#words("cancel"), act: () => this.#cancel() }),
      another: () => this.#another(),
    };
    return desk;
  }

  /** Stops at once; what the service has of it stays, so that a second try goes on from there. */
  #cancel() {
    this.#round.abort();
    this.#isUnderWay = false;
    this.#wanted = null;
    const again = { words: this.#words("again"), act: () => this.#check(), isFirst: true };
    const view = {
      tone: /** @type {const} */ ("problem"),
      heading: this.#words("cancelled"),
      lines: [this.#words("resumes")],
      actions: [again, this.#another()],
    };
    this.#panel.show(view, "", "");
  }

  /** @returns {Action} */
  #another() {
    const input = this.#input;
    const isFile = input?.type === "file";
    const act = () => {
      this.#judging?.withdraw();
      this.#judging = null;
      this.#forget();
      input?.focus();
      if (!isFile) return input?.select();
      input.value = "";
      input.click();
    };
    return { words: this.#words(isFile ? "another" : "anotherLink"), act };
  }

  /** Into the form, where the page's own server finds it. @param {Entry[]} entries */
  #keep(entries) {
    const name = this.getAttribute("field") ?? `${this.#input?.name}_check`;
    for (const old of this.querySelectorAll("input[data-check]")) old.remove();
    for (const entry of entries) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.dataset["check"] = "";
      field.value = JSON.stringify(entry);
      this.append(field);
    }
  }
}

/** @param {Subject[]} some @param {Subject[]} others */
const isSame = (some, others) =>
  some.length === others.length && some.every((one, at) => one === others[at]);

if (!customElements.get("check-before-posting")) {
  customElements.define("check-before-posting", CheckBeforePosting);
}
