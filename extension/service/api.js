/**
 * The only module that talks to the server. Sends no cookie and no referrer, follows no redirect,
 * and turns every answer into a value or one of two errors: `Refused` (the server has said no, in
 * words for a person) or `ServerAway` (nobody answered, or said that it cannot now; the same question
 * may be asked again).
 */

export class Refused extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

export class ServerAway extends Error {
  /** @param {string} why @param {{problem?: Problem | null, retryAfterS?: number}} [told] by who answers: not now */
  constructor(why, { problem = null, retryAfterS = 0 } = {}) {
    super(why);
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

const ANSWER_WITHIN_MS = 15_000;
const UPLOAD_WITHIN_MS = 15 * 60_000;

/**
 * @param {Connection} connection
 * @param {string} url
 * @returns {Promise<Check>}
 */
export const createCheck = (connection, url) =>
  ask(connection, "checks", { method: "POST", json: { url } });

/**
 * @param {Connection} connection
 * @param {File} file
 * @returns {Promise<Check>}
 */
export function uploadFile(connection, file) {
  const form = new FormData();
  form.append("file", file);
  return ask(connection, "checks", { method: "POST", form });
}

/**
 * @param {Connection} connection
 * @param {string} id
 * @returns {Promise<Check>}
 */
export const readCheck = (connection, id) => ask(connection, `checks/${encodeURIComponent(id)}`);

/** @param {Connection} connection @param {string} id @param {string} cancelToken */
export const cancelCheck = (connection, id, cancelToken) =>
  ask(connection, `checks/${encodeURIComponent(id)}`, {
    method: "DELETE",
    headers: cancelToken ? { "X-Cancel-Token": cancelToken } : {},
  });

/**
 * @param {Connection} connection
 * @param {string} id
 * @param {{reason: string, words: string, contact: string}} contest
 */
export const contestCheck = (connection, id, contest) =>
  ask(connection, `checks/${encodeURIComponent(id)}/contests`, { method: "POST", json: contest });

/**
 * Every known verdict whose address hash begins so: the server cannot tell which one was meant.
 * @param {Connection} connection
 * @param {string} prefix four hex digits
 * @returns {Promise<{prefix: string, verdicts: KnownVerdict[]}>}
 */
export const knownVerdicts = (connection, prefix) => ask(connection, `verdicts/${prefix}`);

/** @param {Connection} connection @returns {Promise<{name?: string, bundle?: string}>} */
export const currentBundle = (connection) => ask(connection, "bundles/current");

/**
 * @param {Connection} connection
 * @param {string} code
 * @returns {Promise<{key: string, name: string}>}
 */
export const claimPairing = (connection, code) =>
  ask(connection, "pairings", { method: "POST", json: { code } });

/**
 * The same path on the server that was asked: what an answer links to is never trusted with more.
 * @param {string} server
 * @param {string} link
 */
export function onServer(server, link) {
  const url = URL.parse(link, server);
  return url ? new URL(server).origin + url.pathname + url.search : server;
}

/** @param {Connection} connection @param {string} link @returns {Promise<Blob>} */
export async function readPicture(connection, link) {
  const response = await answer(connection, onServer(connection.server, link), {});
  return response.blob();
}

/**
 * @param {Connection} connection
 * @param {string} path
 * @param {{method?: string, json?: unknown, form?: FormData, headers?: Record<string, string>}} [request]
 */
async function ask(connection, path, request = {}) {
  const response = await answer(connection, `${connection.server}/api/v1/${path}`, request);
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    throw new ServerAway("the answer is not the API's");
  }
}

/**
 * @param {Connection} connection
 * @param {string} address
 * @param {{method?: string, json?: unknown, form?: FormData, headers?: Record<string, string>}} request
 */
async function answer(connection, address, { method = "GET", json, form, headers = {} }) {
  /** @type {Record<string, string>} */
  const sent = { ...headers, "Accept-Language": connection.language };
  if (connection.key) sent["Authorization"] = `Bearer ${connection.key}`;
  if (json !== undefined) sent["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: sent,
      body: form ?? (json === undefined ? null : JSON.stringify(json)),
      credentials: "omit",
      cache: "no-cache",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(form ? UPLOAD_WITHIN_MS : ANSWER_WITHIN_MS),
    });
  } catch (error) {
    throw new ServerAway(String(error));
  }
  if (response.ok) return response;
  const retryAfterS = Number(response.headers.get("Retry-After")) || 0;
  const problem = await problemOf(response);
  if (response.status >= 500 || response.status === 429) {
    throw new ServerAway(`status ${response.status}`, { problem, retryAfterS });
  }
  // What is no problem+json was not said by the API: a proxy, a portal, another program.
  if (problem === null) throw new ServerAway(`status ${response.status}`);
  throw new Refused(problem);
}

/** @param {Response} response @returns {Promise<Problem | null>} */
async function problemOf(response) {
  try {
    const body = await response.json();
    if (typeof body.code !== "string") return null;
    return {
      code: body.code,
      title: String(body.title ?? body.code),
      what_to_do: String(body.what_to_do ?? ""),
      status: response.status,
    };
  } catch {
    return null;
  }
}
