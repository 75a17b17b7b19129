/**
 * The only part that talks: to the site for a token, to the service with it. It sends no cookie and
 * no referrer to the service, builds every address itself, and ends in an answer or one of two errors.
 */

/** Somebody has said no, in words for a person. */
export class Refused extends Error {
  /** @param {Problem} problem @param {string | null} retryAfter */
  constructor(problem, retryAfter) {
    super(problem.code);
    this.problem = problem;
    this.retryAfterMs = Math.min(1000 * Number(retryAfter) || 2000, IN_USE_MS);
  }
}

/** Nobody answered, or what answered was not the service. */
export class Away extends Error {}

const ANSWER_WITHIN_MS = 12_000;
const CHUNK_BYTES = 2 * 2 ** 20;
const CHUNK_WITHIN_MS = 120_000;
const WAIT_S = 15;
const PAUSES_MS = [300, 700, 1500, 3000, 5000];
const KEPT = "check-before-posting ";
// A line that died still holds its upload until the service has heard nothing for 30 s.
const IN_USE_MS = 40_000;
const GO_ON_FROM = ["upload.wrong_offset", "upload.in_use", "upload.checksum"];

/** One thing to be checked, from the asking to the answer. */
export class Posting {
  #id = "";
  #token = "";
  #feeding = false;
  /** Where the token of an unfinished upload is kept: who stops, or reloads, goes on with it. */
  #kept = "";

  /** @param {Site} site @param {AbortSignal} signal @param {(step: Step) => void} tell */
  constructor(site, signal, tell) {
    this.site = site;
    this.signal = signal;
    this.tell = tell;
  }

  get id() {
    return this.#id;
  }

  /** @param {string} url @returns {Promise<Answer>} */
  async askAboutAddress(url) {
    this.#token = await this.#newToken(null);
    return this.#follow(await this.#patiently(() => this.#ask("POST", "postings", { url })));
  }

  /** @param {File} file @param {string} sha256 @returns {Promise<Answer>} */
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

  /** @param {{sha256: string}} announced @returns {Promise<Answer>} */
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
      // The site has filled it: who reloads then begins from the beginning.
    }
  }

  /** What the person did with the answer. Nothing depends on it, so nobody waits for it. */
  tellChoice(/** @type {string} */ choice) {
    if (!this.#id) return;
    this.#ask("POST", `postings/${this.#id}/choice`, { choice }, { keepalive: true }).catch(
      () => {},
    );
  }

  /** Takes back what has been sent: the person wants to post something else. */
  withdraw() {
    if (!this.#feeding) return this.tellChoice("replaced");
    storage()?.removeItem(this.#kept);
    const headers = { "Tus-Resumable": "1.0.0" };
    this.#ask("DELETE", `uploads/${this.#id}`, undefined, { headers, keepalive: true }).catch(
      () => {},
    );
  }

  /** Resumable, by the core of the tus protocol. @param {File} file @param {number} start */
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

  /** @param {string} path */
  async #offset(path) {
    const headers = { "Tus-Resumable": "1.0.0" };
    const response = await this.#answer("HEAD", path, { headers });
    const told = response.headers.get("Upload-Offset");
    if (told === null) throw new Away("no offset");
    return Number(told);
  }

  /** @param {Answer | null} answer @returns {Promise<Answer>} */
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

  /** The site's own server asks for it with its key, which no page ever sees. @param {string | null} sha256 */
  async #newToken(sha256) {
    /** @type {Record<string, string>} */
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (this.site.csrfToken) headers["X-CSRFToken"] = this.site.csrfToken;
    const body = JSON.stringify({ sha256, language: this.site.language });
    const how = { method: "POST", headers, body, credentials: "same-origin" };
    const response = await this.#patiently(() =>
      fetched(this.site.tokenUrl, /** @type {RequestInit} */ (how), this.signal, ANSWER_WITHIN_MS),
    );
    const { token } = await json(response);
    if (typeof token !== "string") throw new Away("the site gave no token");
    return token;
  }

  /**
   * @param {string} method @param {string} path @param {unknown} [body]
   * @param {RequestInit} [how] @param {number} [longerMs]
   * @returns {Promise<Answer>}
   */
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
    return response.status === 204 ? /** @type {any} */ (null) : json(response);
  }

  /** @param {string} method @param {string} path @param {RequestInit} how @param {number} withinMs */
  #answer(method, path, how, withinMs = ANSWER_WITHIN_MS) {
    const request = /** @type {RequestInit} */ ({
      ...how,
      method,
      headers: {
        .../** @type {Record<string, string>} */ (how.headers),
        Authorization: `Bearer ${this.#token}`,
        "Accept-Language": this.site.language,
      },
      credentials: "omit",
      redirect: "error",
      // The address of the page stays here; its origin is what the token is bound to.
      referrerPolicy: "no-referrer",
      cache: "no-store",
    });
    const signal = how.keepalive ? null : this.signal;
    return fetched(`${this.site.service}/api/v1/${path}`, request, signal, withinMs);
  }

  /** Asks again while nobody answers; the same question is safe to repeat. @template T @param {() => Promise<T>} ask */
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

  /** @param {number | undefined} ms */
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

/** A page in a sandbox has none, and then begins from the beginning. */
function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

const WAITING = new Set(["queued", "fetching", "held"]);

/** @param {Answer} answer */
const shareOf = ({ check }) => (check?.state === "analysing" ? check.progress : null);

/**
 * @param {string} address @param {RequestInit} request
 * @param {AbortSignal | null} signal @param {number} withinMs
 */
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
  // What is no problem+json was said by a proxy, a portal or another program.
  const isProblem = typeof problem?.code === "string" && typeof problem.title === "string";
  const mayPass = [429, 502, 503, 504].includes(response.status) || response.status >= 500;
  if (!isProblem || mayPass) throw new Away(problem?.code ?? `status ${response.status}`);
  throw new Refused(problem, response.headers.get("Retry-After"));
}

/** @param {Response} response */
async function json(response) {
  try {
    return await response.json();
  } catch {
    throw new Away("the answer is not the service's");
  }
}
