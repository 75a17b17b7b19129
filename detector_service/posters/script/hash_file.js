/**
 * The SHA-256 of a file, by the best means that the page's policy allows: what fits into memory by
 * WebCrypto; else by a worker where the site serves one; else slice by slice beside the page's work.
 */

import { hashInSlices } from "./hash_slices.js";

const WHOLE_BYTES = 32 * 2 ** 20;

/** The bytes cannot be read: moved, changed or withdrawn since they were chosen. */
export class Unreadable extends Error {}

/**
 * @param {File} file
 * @param {string | null} worker address on the page's own origin: a browser starts no other
 * @param {(doneBytes: number) => void} tell
 * @param {AbortSignal} signal
 */
export async function hashFile(file, worker, tell, signal) {
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

/**
 * @param {File} file @param {string} address
 * @param {(doneBytes: number) => void} tell @param {AbortSignal} signal
 * @returns {Promise<string | null>} null where no worker may be started
 */
function hashInWorker(file, address, tell, signal) {
  return new Promise((resolve, reject) => {
    /** @type {Worker | undefined} */
    let worker;
    const end = (/** @type {() => void} */ what) => {
      worker?.terminate();
      signal.removeEventListener("abort", abort);
      what();
    };
    const abort = () => end(() => reject(signal.reason));
    signal.addEventListener("abort", abort);
    try {
      worker = new Worker(/** @type {string} */ (trusted(address)));
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

/** @type {any} */
let policy;

/** Under `require-trusted-types-for` the policy's name must be allowed. @param {string} address */
function trusted(address) {
  const own = new URL(address, document.baseURI);
  if (own.origin !== location.origin) throw new TypeError("a worker of another origin");
  const types = /** @type {any} */ (globalThis).trustedTypes;
  if (!types) return own.href;
  policy ??= types.createPolicy("check-before-posting", {
    createScriptURL: (/** @type {string} */ href) => href,
  });
  return policy.createScriptURL(own.href);
}
