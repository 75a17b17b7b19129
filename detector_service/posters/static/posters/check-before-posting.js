/* Deepfake Check: check before posting. Apache-2.0. */
(() => {
"use strict";
const bitsOf = (root) => ((root % 1) * 2 ** 32) | 0;
const PRIMES = ([]);
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
const ROUND_CONSTANTS = Int32Array.from(PRIMES, (prime) => bitsOf(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => bitsOf(Math.sqrt(prime)));
const BLOCK_BYTES = 64;
class Sha256 {
  #state = START.slice();
  #schedule = new Int32Array(64);
  #rest = new Uint8Array(BLOCK_BYTES);
  #inRest = 0;
  #length = 0;
  update(bytes) {
    this.#length += bytes.length;
    let at = 0;
    if (this.#inRest) {
      at = Math.min(BLOCK_BYTES - this.#inRest, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#inRest);
      this.#inRest += at;
      if (this.#inRest < BLOCK_BYTES) return;
      digest(this.#state, this.#schedule, this.#rest, 0, BLOCK_BYTES);
    }
    const whole = bytes.length - ((bytes.length - at) % BLOCK_BYTES);
    digest(this.#state, this.#schedule, bytes, at, whole);
    this.#rest.set(bytes.subarray(whole));
    this.#inRest = bytes.length - whole;
  }
  hex() {
    const bitLength = this.#length * 8;
    const padding = new Uint8Array((this.#inRest < 56 ? 64 : 128) - this.#inRest);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bitLength / 2 ** 32));
    view.setUint32(padding.length - 4, bitLength >>> 0);
    this.update(padding);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}
function digest(state, w, bytes, start, end) {
  const k = (ROUND_CONSTANTS);
  for (let at = start; at < end; at += BLOCK_BYTES) {
    for (let i = 0, j = at; i < 16; i++, j += 4) {
      w[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
    }
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = state[0] | 0;
    let b = state[1] | 0;
    let c = state[2] | 0;
    let d = state[3] | 0;
    let e = state[4] | 0;
    let f = state[5] | 0;
    let g = state[6] | 0;
    let h = state[7] | 0;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}
const SLICE_BYTES = 2 ** 20;
async function hashInSlices(file, tell, signal) {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += SLICE_BYTES) {
    signal?.throwIfAborted();
    hash.update(new Uint8Array(await file.slice(at, at + SLICE_BYTES).arrayBuffer()));
    tell(Math.min(at + SLICE_BYTES, file.size));
    await new Promise((go) => setTimeout(go));
  }
  return hash.hex();
}
const WHOLE_BYTES = 32 * 2 ** 20;
class Unreadable extends Error {}
async function hashFile(file, worker, tell, signal) {
  try {
    if (file.size <= WHOLE_BYTES && globalThis.crypto?.subtle) {
      const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
      signal.throwIfAborted();
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(
        "",
      );
    }
    const hex = worker && (await hashInWorker(file, worker, tell, signal));
    return hex || (await hashInSlices(file, tell, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw new Unreadable(String(error));
  }
}
function hashInWorker(file, address, tell, signal) {
  return new Promise((resolve, reject) => {
    let worker;
    const end = (what) => {
      worker?.terminate();
      signal.removeEventListener("abort", abort);
      what();
    };
    const abort = () => end(() => reject(signal.reason));
    signal.addEventListener("abort", abort);
    try {
      worker = new Worker((trusted(address)));
    } catch {
      return end(() => resolve(null));
    }
    worker.onerror = (event) => {
      event.preventDefault();
      end(() => resolve(null));
    };
    worker.onmessage = ({ data }) => {
      if (data.hex) end(() => resolve(data.hex));
      else if (data.unreadable) end(() => reject(new Error("unreadable")));
      else tell(data.done);
    };
    worker.postMessage(file);
  });
}
let policy;
function trusted(address) {
  const own = new URL(address, document.baseURI);
  if (own.origin !== location.origin) throw new TypeError("a worker of another origin");
  const types = (globalThis).trustedTypes;
  if (!types) return own.href;
  policy ??= types.createPolicy("check-before-posting", {
    createScriptURL: (href) => href,
  });
  return policy.createScriptURL(own.href);
}
class Refused extends Error {
  constructor(problem, retryAfter) {
    super(problem.code);
    this.problem = problem;
    this.retryAfterMs = Math.min(1000 * Number(retryAfter) || 2000, IN_USE_MS);
  }
}
class Away extends Error {}
const ANSWER_WITHIN_MS = 12_000;
const CHUNK_BYTES = 2 * 2 ** 20;
const CHUNK_WITHIN_MS = 120_000;
const WAIT_S = 15;
const PAUSES_MS = [300, 700, 1500, 3000, 5000];
const KEPT = "check-before-posting ";
const IN_USE_MS = 40_000;
const GO_ON_FROM = ["upload.wrong_offset", "upload.in_use", "upload.checksum"];
class Posting {
  #id = "";
  #token = "";
  #feeding = false;
  #kept = "";
  constructor(site, signal, tell) {
    this.site = site;
    this.signal = signal;
    this.tell = tell;
  }
  get id() {
    return this.#id;
  }
  async askAboutAddress(url) {
    this.#token = await this.#newToken(null);
    return this.#follow(await this.#patiently(() => this.#ask("POST", "postings", { url })));
  }
  async askAboutFile(file, sha256) {
    const announced = {
      sha256,
      size_bytes: file.size,
      media_type: file.type || "application/octet-stream",
      file_name: file.name.slice(-200),
    };
    const answer = await this.#announce(announced);
    this.#id = answer.id;
    if (answer.state === "uploading") await this.#send(file, answer.upload?.offset ?? 0);
    storage()?.removeItem(this.#kept);
    return this.#follow(answer.state === "uploading" ? null : answer);
  }
  async #announce(announced) {
    const { sha256 } = announced;
    this.#kept = KEPT + sha256;
    const before = storage()?.getItem(this.#kept);
    this.#token = before || (await this.#newToken(sha256));
    let isOver;
    try {
      const answer = await this.#patiently(() => this.#ask("POST", "uploads", announced));
      isOver = ["failed", "cancelled"].includes(answer.state);
      if (!before || !isOver) {
        if (answer.state === "uploading") this.#remember();
        return answer;
      }
    } catch (error) {
      isOver = error instanceof Refused && error.problem.code.startsWith("token.");
      if (!before || !isOver) throw error;
    }
    storage()?.removeItem(this.#kept);
    return this.#announce(announced);
  }
  #remember() {
    try {
      storage()?.setItem(this.#kept, this.#token);
    } catch {
    }
  }
  tellChoice(choice) {
    if (!this.#id) return;
    this.#ask("POST", `postings/${this.#id}/choice`, { choice }, { keepalive: true }).catch(
      () => {},
    );
  }
  withdraw() {
    if (!this.#feeding) return this.tellChoice("replaced");
    storage()?.removeItem(this.#kept);
    const headers = { "Tus-Resumable": "1.0.0" };
    this.#ask("DELETE", `uploads/${this.#id}`, undefined, { headers, keepalive: true }).catch(
      () => {},
    );
  }
  async #send(file, start) {
    const path = `uploads/${this.#id}`;
    let offset = start;
    let misses = 0;
    let inUseMs = 0;
    this.#feeding = true;
    while (offset < file.size) {
      this.tell({ doing: "sending", share: offset / file.size });
      try {
        const headers = {
          "Tus-Resumable": "1.0.0",
          "Upload-Offset": String(offset),
          "Content-Type": "application/offset+octet-stream",
        };
        const body = file.slice(offset, offset + CHUNK_BYTES);
        await this.#answer("PATCH", path, { headers, body }, CHUNK_WITHIN_MS);
        offset += body.size;
        misses = inUseMs = 0;
      } catch (error) {
        const refused = error instanceof Refused ? error : null;
        const isTransient = refused
          ? GO_ON_FROM.includes(refused.problem.code)
          : error instanceof Away;
        const isInUse = refused?.problem.code === "upload.in_use" && inUseMs < IN_USE_MS;
        if (!isInUse && (!isTransient || misses >= PAUSES_MS.length)) throw error;
        if (isInUse) inUseMs += refused.retryAfterMs;
        await this.#pause(isInUse ? refused.retryAfterMs : PAUSES_MS[misses++]);
        const there = await this.#offset(path).catch(() => offset);
        if (there > offset) misses = inUseMs = 0;
        offset = there;
      }
    }
    this.#feeding = false;
  }
  async #offset(path) {
    const headers = { "Tus-Resumable": "1.0.0" };
    const response = await this.#answer("HEAD", path, { headers });
    const told = response.headers.get("Upload-Offset");
    if (told === null) throw new Away("no offset");
    return Number(told);
  }
  async #follow(answer) {
    let now = answer;
    while (!now || !["answered", "failed", "cancelled"].includes(now.state)) {
      if (now) {
        this.#id = now.id;
        const doing = now.state === "second_look" ? "held" : (now.check?.state ?? "queued");
        this.tell({ doing: WAITING.has(doing) ? doing : "analysing", share: shareOf(now) });
      }
      const path = `postings/${this.#id}?wait=${now ? WAIT_S : 1}`;
      now = await this.#patiently(() => this.#ask("GET", path, undefined, {}, WAIT_S * 1000));
    }
    this.#id = now.id;
    return now;
  }
  async #newToken(sha256) {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (this.site.csrfToken) headers["X-CSRFToken"] = this.site.csrfToken;
    const body = JSON.stringify({ sha256, language: this.site.language });
    const how = { method: "POST", headers, body, credentials: "same-origin" };
    const response = await this.#patiently(() =>
      fetched(this.site.tokenUrl, (how), this.signal, ANSWER_WITHIN_MS),
    );
    const { token } = await json(response);
    if (typeof token !== "string") throw new Away("the site gave no token");
    return token;
  }
  async #ask(method, path, body, how = {}, longerMs = 0) {
    const sent = body
      ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }
      : {};
    const response = await this.#answer(
      method,
      path,
      { ...sent, ...how },
      ANSWER_WITHIN_MS + longerMs,
    );
    return response.status === 204 ? (null) : json(response);
  }
  #answer(method, path, how, withinMs = ANSWER_WITHIN_MS) {
    const request = ({
      ...how,
      method,
      headers: {
        ...(how.headers),
        Authorization: `Bearer ${this.#token}`,
        "Accept-Language": this.site.language,
      },
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      cache: "no-store",
    });
    const signal = how.keepalive ? null : this.signal;
    return fetched(`${this.site.service}/api/v1/${path}`, request, signal, withinMs);
  }
  async #patiently(ask) {
    for (let misses = 0; ; misses++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Away) || misses >= this.site.retries) throw error;
        await this.#pause(PAUSES_MS[misses % PAUSES_MS.length]);
      }
    }
  }
  #pause(ms) {
    return new Promise((go, stop) => {
      const done = setTimeout(go, ms);
      this.signal.addEventListener("abort", () => {
        clearTimeout(done);
        stop(this.signal.reason);
      });
    });
  }
}
function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
const WAITING = new Set(["queued", "fetching", "held"]);
const shareOf = ({ check }) => (check?.state === "analysing" ? check.progress : null);
async function fetched(address, request, signal, withinMs) {
  let response;
  try {
    const late = AbortSignal.timeout(withinMs);
    request.signal = signal ? AbortSignal.any([signal, late]) : late;
    response = await fetch(address, request);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Away(String(error));
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  const isProblem = typeof problem?.code === "string" && typeof problem.title === "string";
  const mayPass = [429, 502, 503, 504].includes(response.status) || response.status >= 500;
  if (!isProblem || mayPass) throw new Away(problem?.code ?? `status ${response.status}`);
  throw new Refused(problem, response.headers.get("Retry-After"));
}
async function json(response) {
  try {
    return await response.json();
  } catch {
    throw new Away("the answer is not the service's");
  }
}
const TONES = {
  likely_manipulated: "manipulated",
  no_manipulation_found: "clear",
  inconclusive: "unsure",
};
class Judging {
  #desk;
  #subject;
  #signal;
  #posting;
  again = null;
  constructor(desk, subject, signal) {
    this.#desk = desk;
    this.#subject = subject;
    this.#signal = signal;
    this.#posting = new Posting(desk.site, signal, () => {});
  }
  withdraw() {
    this.#posting.withdraw();
  }
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
  #ask() {
    return new Promise((resolve) => {
      let before = "";
      let shown = "";
      let patience = 0;
      const show = ({ doing, share }, isSlow = false) => {
        shown = doing;
        const isHeld = doing === "held";
        const mayLeave = isHeld ? this.#desk.acceptsHeld : isSlow && this.#desk.isOpen;
        const leave = () => resolve({ skipped: isHeld ? "held" : "unanswered" });
        const words = this.#desk.words(isHeld ? "sendHeld" : "skip");
        this.#desk.show({
          tone: "working",
          heading: this.#desk.words((doing)),
          lines: [isSlow && this.#desk.words("slow")],
          ...(isHeld ? {} : { share }),
          actions: [
            mayLeave && { words, act: leave, isFirst: true },
            isHeld ? this.#desk.another() : this.#desk.cancel(),
          ],
        });
      };
      const tell = (step) => {
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
  async #work(tell) {
    const subject = this.#subject;
    if (typeof subject === "string") {
      tell({ doing: "asking", share: null });
      return this.#posting.askAboutAddress(subject);
    }
    const hashed = (bytes) =>
      tell({ doing: "hashing", share: subject.size ? bytes / subject.size : null });
    hashed(0);
    const sha256 = await hashFile(subject, this.#desk.worker, hashed, this.#signal);
    tell({ doing: "asking", share: null });
    return this.#posting.askAboutFile(subject, sha256);
  }
  async #conclude(result) {
    const { words, isOpen } = this.#desk;
    if ("stopped" in result) {
      const why = result.stopped;
      if (why instanceof Unreadable) return this.#stop(words("failed"), words("unreadable"));
      if (why instanceof Refused) return this.#fail(why.problem, isOpen);
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
      const show = (lines) => {
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
  #fail(problem, mayGoOn) {
    const { words } = this.#desk;
    const lines = [problem.title, problem.what_to_do];
    if (!mayGoOn) return this.#stop(words("failed"), ...lines, words("closed"));
    return this.#unchecked("failed", words("failed"), lines, problem.code);
  }
  #unchecked(state, heading, lines = [], problem = null) {
    const again = { words: this.#desk.words("again"), act: this.#desk.restart };
    const actions = [again, this.#desk.another()];
    lines = [...lines, this.#desk.words("open")];
    this.#desk.show({ tone: "problem", heading, lines, actions });
    return this.#entry(state, { problem });
  }
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
  #entry(state, more = {}) {
    const posting = this.#posting.id || null;
    return { state, posting, choice: null, contested: false, problem: null, label: null, ...more };
  }
}
const pageOf = (link) => (link && /^https?:/.test(link) ? link : null);
const STYLE = `
:host { display: block; font: var(--check-font, inherit); }
:host([hidden]), [hidden] { display: none; }
* { box-sizing: border-box; }
.hint { margin: 0.4em 0 0; color: var(--check-ink-soft, light-dark(#515870, #aab1c6)); font-size: 0.875em; }
.panel {
  --ink: var(--check-ink, light-dark(#171a26, #eef0f7));
  --accent: var(--check-accent, light-dark(#3d4fd7, #9aa8ff));
  --tone: var(--check-ink-soft, light-dark(#515870, #aab1c6));
  --tint: var(--check-surface, light-dark(#f5f6f9, #1d202c));
  margin-block-start: 0.75em;
  padding: 0.9em 1em 1em;
  color: var(--ink);
  background: var(--tint);
  border: 1px solid color-mix(in srgb, var(--tone) 35%, transparent);
  border-radius: var(--check-radius, 10px);
  line-height: 1.45;
}
.panel.manipulated, li.manipulated {
  --tone: var(--check-manipulated, light-dark(#b3261e, #ff9d94));
  --tint: var(--check-manipulated-tint, light-dark(#fdecea, #3a1d1c));
}
.panel.clear, li.clear {
  --tone: var(--check-clear, light-dark(#0b6a66, #6fd3cc));
  --tint: var(--check-clear-tint, light-dark(#e3f4f2, #12302f));
}
.panel.unsure, li.unsure {
  --tone: var(--check-unsure, light-dark(#7a5200, #f3c567));
  --tint: var(--check-unsure-tint, light-dark(#fdf3dc, #33290f));
}
.heading { display: flex; flex-wrap: wrap; gap: 0 0.5em; align-items: flex-start; margin: 0; color: var(--tone); font-weight: 650; }
.working .heading { color: var(--ink); }
.heading > :nth-child(2) { flex: 1; }
.heading .name { flex: 1 0 100%; }
.heading:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.name { font-weight: 400; overflow-wrap: anywhere; }
svg { flex: none; inline-size: 1.1em; block-size: 1.1em; margin-block-start: 0.18em; fill: currentcolor; }
.working svg { fill: var(--accent); animation: turn 1.4s linear infinite; }
@keyframes turn { to { rotate: 360deg; } }
.text { margin: 0.35em 0 0; max-inline-size: 68ch; }
.text.soft { font-size: 0.9em; }
.results { display: grid; gap: 0.4em; margin: 0.5em 0 0; padding: 0; list-style: none; }
.results li { display: flex; flex-wrap: wrap; gap: 0 0.5em; align-items: flex-start; }
li.problem, li.working { --tone: var(--check-ink-soft, light-dark(#515870, #aab1c6)); }
.results svg, .results strong { color: var(--tone); }
progress {
  display: block; inline-size: 100%; block-size: 6px; margin-block-start: 0.8em; appearance: none;
  overflow: hidden; border: 0; border-radius: 3px; background: var(--check-line, light-dark(#d9dce5, #333849));
}
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { background: var(--accent); border-radius: 3px; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 3px; }
progress:indeterminate::-moz-progress-bar { background: transparent; }
.actions { display: flex; flex-wrap: wrap; gap: 0.5em 0.6em; align-items: center; margin-block-start: 0.9em; }
button, a { min-block-size: 2.5em; padding: 0.4em 0.9em; font: inherit; color: var(--ink); cursor: pointer; }
button { background: var(--check-button, light-dark(#fff, #14161f)); border: 1px solid var(--check-line-strong, light-dark(#868da1, #7d849b)); border-radius: var(--check-button-radius, 8px); }
button:hover { border-color: var(--ink); }
button.first { color: var(--check-on-accent, light-dark(#fff, #10132b)); background: var(--accent); border-color: transparent; }
button.first:hover { filter: brightness(1.08); }
a { display: inline-flex; align-items: center; padding-inline: 0.4em; text-underline-offset: 0.2em; }
.live { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { .working svg { animation: none; } }
@media (forced-colors: active) { .panel { border: 1px solid; } }
`;
const SHAPES = {
  manipulated: "M12 3 22 20.5H2Z",
  clear: "M12 2.5a9.5 9.5 0 1 1 0 19a9.5 9.5 0 1 1 0-19Z",
  unsure: "M12 1.8 22.2 12 12 22.2 1.8 12Z",
  problem: "M6 4 12 10 18 4 20 6 14 12 20 18 18 20 12 14 6 20 4 18 10 12 4 6Z",
  working: "M12 3a9 9 0 1 1-9 9h3a6 6 0 1 0 6-6Z",
};
class Panel {
  #panel = element("div", "panel");
  #hint = element("p", "hint");
  #live = element("p", "live");
  #progress = element("progress", "progress");
  #heading = element("p", "heading");
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
  clear(hint) {
    this.#hint.textContent = hint;
    this.#hint.hidden = false;
    this.#panel.hidden = true;
    this.#live.textContent = "";
  }
  show(view, name, progressName) {
    const hadFocus = this.#panel.contains(
      (this.#panel.getRootNode()).activeElement,
    );
    const lines = (view.lines.filter(Boolean));
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
  move(share) {
    if (typeof share === "number") this.#progress.value = share;
    else this.#progress.removeAttribute("value");
  }
  focus() {
    this.#heading.focus();
    this.#heading.scrollIntoView({ block: "nearest" });
  }
}
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
function paragraph(text, isSoft) {
  const made = element("p", isSoft ? "text soft" : "text");
  made.textContent = text;
  made.dir = "auto";
  return made;
}
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
function mark(tone) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[tone]);
  svg.append(path);
  return svg;
}
function element(name, part) {
  const made = document.createElement(name);
  if (part) {
    made.className = part;
    made.part.value = part;
  }
  return made;
}
const en = {
  hint: "Before it is posted, it is checked for manipulated faces.",
  hashing: "Reading the file",
  asking: "Asking the service",
  sending: "Sending it to be checked",
  queued: "Waiting for its turn",
  fetching: "Fetching the video",
  analysing: "Looking at the faces",
  progress: "Progress of the check",
  cancel: "Cancel the check",
  notAnAccusation:
    "This is a warning, not an accusation. The check can be wrong, and what you do next is up to you.",
  publish: "Post with a label",
  another: "Choose another file",
  anotherLink: "Use another link",
  contest: "This is wrong",
  contested: "What you say on the page that has opened is read by people. You can post meanwhile.",
  report: "Full report",
  label: "The label",
  labelled: "It will be posted with this label.",
  undo: "Change that",
  failed: "It could not be checked",
  unreadable: "This file cannot be read any more. Choose it again.",
  away: "The check does not answer",
  open: "You can post it all the same. It will be marked as not checked.",
  closed: "Only what has been checked can be posted here.",
  slow: "This takes longer than usual",
  skip: "Post without waiting",
  held: "A person looks at it before it can be posted",
  sendHeld: "Send it; it appears once it has been looked at",
  cancelled: "The check was cancelled",
  again: "Check again",
  resumes: "What has been sent already is kept for a day.",
  each: "The result for each file",
};
const WORDS = {
  en,
  es: {
    hint: "Antes de publicarlo se comprueba si hay rostros manipulados.",
    hashing: "Leyendo el archivo",
    asking: "Preguntando al servicio",
    sending: "Enviándolo para comprobarlo",
    queued: "Esperando su turno",
    fetching: "Obteniendo el vídeo",
    analysing: "Examinando los rostros",
    progress: "Progreso de la comprobación",
    cancel: "Cancelar la comprobación",
    notAnAccusation:
      "Es una advertencia, no una acusación. La comprobación puede equivocarse, y usted decide qué hacer.",
    publish: "Publicar con una etiqueta",
    another: "Elegir otro archivo",
    anotherLink: "Usar otro enlace",
    contest: "Esto es incorrecto",
    contested:
      "Lo que diga en la página que se ha abierto lo leerán personas. Mientras tanto puede publicar.",
    report: "Informe completo",
    label: "La etiqueta",
    labelled: "Se publicará con esta etiqueta.",
    undo: "Cambiarlo",
    failed: "No se pudo comprobar",
    unreadable: "Este archivo ya no se puede leer. Elíjalo de nuevo.",
    away: "La comprobación no responde",
    open: "Puede publicarlo igualmente. Constará como no comprobado.",
    closed: "Aquí solo se puede publicar lo que se ha comprobado.",
    slow: "Tarda más de lo habitual",
    skip: "Publicar sin esperar",
    held: "Una persona lo examina antes de que pueda publicarse",
    sendHeld: "Enviarlo; aparecerá cuando se haya examinado",
    cancelled: "La comprobación se canceló",
    again: "Comprobar de nuevo",
    resumes: "Lo ya enviado se conserva un día.",
    each: "El resultado de cada archivo",
  },
  de: {
    hint: "Vor dem Veröffentlichen wird auf manipulierte Gesichter geprüft.",
    hashing: "Die Datei wird gelesen",
    asking: "Der Dienst wird gefragt",
    sending: "Wird zur Prüfung gesendet",
    queued: "Wartet, bis es an der Reihe ist",
    fetching: "Das Video wird geholt",
    analysing: "Die Gesichter werden betrachtet",
    progress: "Fortschritt der Prüfung",
    cancel: "Prüfung abbrechen",
    notAnAccusation:
      "Das ist eine Warnung, kein Vorwurf. Die Prüfung kann irren, und was Sie nun tun, entscheiden Sie.",
    publish: "Mit Hinweis veröffentlichen",
    another: "Andere Datei wählen",
    anotherLink: "Anderen Link verwenden",
    contest: "Das stimmt nicht",
    contested:
      "Was Sie auf der geöffneten Seite schreiben, lesen Menschen. Veröffentlichen können Sie inzwischen.",
    report: "Ganzer Bericht",
    label: "Der Hinweis",
    labelled: "Es wird mit diesem Hinweis veröffentlicht.",
    undo: "Ändern",
    failed: "Konnte nicht geprüft werden",
    unreadable: "Diese Datei lässt sich nicht mehr lesen. Wählen Sie sie noch einmal.",
    away: "Die Prüfung antwortet nicht",
    open: "Sie können trotzdem veröffentlichen. Es wird als nicht geprüft vermerkt.",
    closed: "Hier kann nur veröffentlicht werden, was geprüft ist.",
    slow: "Das dauert länger als sonst",
    skip: "Ohne zu warten veröffentlichen",
    held: "Ein Mensch sieht es an, bevor es veröffentlicht werden kann",
    sendHeld: "Absenden; es erscheint, sobald es angesehen wurde",
    cancelled: "Die Prüfung wurde abgebrochen",
    again: "Noch einmal prüfen",
    resumes: "Was schon gesendet ist, wird einen Tag lang aufgehoben.",
    each: "Das Ergebnis für jede Datei",
  },
  fr: {
    hint: "Avant la publication, on vérifie si des visages ont été manipulés.",
    hashing: "Lecture du fichier",
    asking: "Interrogation du service",
    sending: "Envoi pour vérification",
    queued: "En attente de son tour",
    fetching: "Récupération de la vidéo",
    analysing: "Examen des visages",
    progress: "Progression de la vérification",
    cancel: "Annuler la vérification",
    notAnAccusation:
      "C’est un avertissement, pas une accusation. La vérification peut se tromper, et la suite dépend de vous.",
    publish: "Publier avec une mention",
    another: "Choisir un autre fichier",
    anotherLink: "Utiliser un autre lien",
    contest: "C’est faux",
    contested:
      "Ce que vous dites sur la page ouverte sera lu par des personnes. Vous pouvez publier entre-temps.",
    report: "Rapport complet",
    label: "La mention",
    labelled: "La publication portera cette mention.",
    undo: "Modifier",
    failed: "La vérification n’a pas pu se faire",
    unreadable: "Ce fichier n’est plus lisible. Choisissez-le de nouveau.",
    away: "La vérification ne répond pas",
    open: "Vous pouvez publier quand même, avec l’indication « non vérifié ».",
    closed: "Ici, on ne peut publier que ce qui a été vérifié.",
    slow: "Cela prend plus de temps que d’habitude",
    skip: "Publier sans attendre",
    held: "Une personne l’examine avant toute publication",
    sendHeld: "Envoyer ; la publication paraîtra après examen",
    cancelled: "La vérification a été annulée",
    again: "Vérifier de nouveau",
    resumes: "Ce qui est déjà envoyé est conservé un jour.",
    each: "Le résultat pour chaque fichier",
  },
  pt: {
    hint: "Antes de publicar, verifica-se se há rostos manipulados.",
    hashing: "A ler o ficheiro",
    asking: "A perguntar ao serviço",
    sending: "A enviar para verificação",
    queued: "À espera da sua vez",
    fetching: "A obter o vídeo",
    analysing: "A examinar os rostos",
    progress: "Progresso da verificação",
    cancel: "Cancelar a verificação",
    notAnAccusation:
      "É um aviso, não uma acusação. A verificação pode enganar-se, e o que faz a seguir é consigo.",
    publish: "Publicar com uma etiqueta",
    another: "Escolher outro ficheiro",
    anotherLink: "Usar outra ligação",
    contest: "Isto está errado",
    contested:
      "O que disser na página que se abriu será lido por pessoas. Entretanto, pode publicar.",
    report: "Relatório completo",
    label: "A etiqueta",
    labelled: "Será publicado com esta etiqueta.",
    undo: "Alterar",
    failed: "Não foi possível verificar",
    unreadable: "Este ficheiro já não se consegue ler. Escolha-o de novo.",
    away: "A verificação não responde",
    open: "Pode publicar mesmo assim. Ficará marcado como não verificado.",
    closed: "Aqui só se pode publicar o que foi verificado.",
    slow: "Está a demorar mais do que o habitual",
    skip: "Publicar sem esperar",
    held: "Uma pessoa examina-o antes de poder ser publicado",
    sendHeld: "Enviar; aparece depois de examinado",
    cancelled: "A verificação foi cancelada",
    again: "Verificar de novo",
    resumes: "O que já foi enviado guarda-se durante um dia.",
    each: "O resultado de cada arquivo",
  },
  ar: {
    hint: "قبل النشر، يُفحص المحتوى بحثًا عن وجوه متلاعَب بها.",
    hashing: "جارٍ قراءة الملف",
    asking: "جارٍ سؤال الخدمة",
    sending: "جارٍ إرساله للفحص",
    queued: "في انتظار دوره",
    fetching: "جارٍ جلب الفيديو",
    analysing: "جارٍ النظر في الوجوه",
    progress: "تقدّم الفحص",
    cancel: "إلغاء الفحص",
    notAnAccusation: "هذا تنبيه وليس اتهامًا. قد يخطئ الفحص، والقرار التالي لك.",
    publish: "النشر مع وسم",
    another: "اختيار ملف آخر",
    anotherLink: "استخدام رابط آخر",
    contest: "هذا غير صحيح",
    contested: "ما تكتبه في الصفحة التي فُتحت يقرؤه أشخاص. يمكنك النشر في هذه الأثناء.",
    report: "التقرير الكامل",
    label: "الوسم",
    labelled: "سيُنشر مع هذا الوسم.",
    undo: "تغيير ذلك",
    failed: "تعذّر الفحص",
    unreadable: "لم تعد قراءة هذا الملف ممكنة. اختره من جديد.",
    away: "خدمة الفحص لا تستجيب",
    open: "يمكنك النشر على أي حال، وسيُذكر أنه لم يُفحص.",
    closed: "لا يُنشر هنا إلا ما فُحص.",
    slow: "يستغرق هذا وقتًا أطول من المعتاد",
    skip: "النشر دون انتظار",
    held: "ينظر فيه شخص قبل أن يُنشر",
    sendHeld: "إرساله؛ يظهر بعد النظر فيه",
    cancelled: "أُلغي الفحص",
    again: "الفحص من جديد",
    resumes: "ما أُرسل يُحفظ ليوم واحد.",
    each: "نتيجة كل ملف",
  },
};
function languageOf(element) {
  const language = langOf(element).toLowerCase().split(/[-_]/)[0] ?? "";
  return Object.hasOwn(WORDS, language) ? language : "en";
}
function langOf(element) {
  const lang = element.closest("[lang]")?.getAttribute("lang");
  const root = element.getRootNode();
  return lang ?? (root instanceof ShadowRoot ? langOf(root.host) : "");
}
const SCRIPT = (document.currentScript);
const HERE = SCRIPT ? new URL(SCRIPT.src).origin : location.origin;
const PATIENCE_S = 20;
const GRAVEST = ["manipulated", "problem", "unsure", "working", "clear"];
class CheckBeforePosting extends HTMLElement {
  #panel = new Panel(this.attachShadow({ mode: "open" }));
  #listening = new AbortController();
  #round = new AbortController();
  #isUnderWay = false;
  #ready = [];
  #wanted = null;
  #judging = null;
  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const root = (this.getRootNode());
    this.addEventListener("change", (event) => this.#whenChosen(event), { signal });
    root.addEventListener("submit", (event) => this.#whenSent(event), { signal, capture: true });
    root.addEventListener("reset", (event) => this.#whenReset(event), { signal });
    this.#panel.clear(this.#words("hint"));
    if (this.#isUnderWay) this.#check();
  }
  disconnectedCallback() {
    this.#listening.abort();
    this.#round.abort();
    this.#judging = null;
  }
  get #input() {
    return (
      this.querySelector("input[type=file], input[type=url], input[type=text]")
    );
  }
  get #subjects() {
    const input = this.#input;
    if (!input || input.disabled) return [];
    if (input.type === "file") return [...(input.files ?? [])];
    return input.value.trim() && input.checkValidity() ? [input.value.trim()] : [];
  }
  #words(word) {
    return WORDS[languageOf(this)]?.[word] ?? word;
  }
  #whenChosen(event) {
    const input = this.#input;
    if (event.target !== input) return;
    this.#forget();
    const mayBegin = input?.type === "file" && this.getAttribute("start") !== "submit";
    if (mayBegin && this.#subjects.length) this.#check();
  }
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
  #whenReset(event) {
    if (event.target === this.#input?.form) this.#forget();
  }
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
  #cancel() {
    this.#round.abort();
    this.#isUnderWay = false;
    this.#wanted = null;
    const again = { words: this.#words("again"), act: () => this.#check(), isFirst: true };
    const view = {
      tone: ("problem"),
      heading: this.#words("cancelled"),
      lines: [this.#words("resumes")],
      actions: [again, this.#another()],
    };
    this.#panel.show(view, "", "");
  }
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
const isSame = (some, others) =>
  some.length === others.length && some.every((one, at) => one === others[at]);
if (!customElements.get("check-before-posting")) {
  customElements.define("check-before-posting", CheckBeforePosting);
}
})();
