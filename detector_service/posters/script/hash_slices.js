/** A file of any size in a little memory, with a breath between the slices. */

import { Sha256 } from "./sha256.js";

const SLICE_BYTES = 2 ** 20;

/**
 * @param {Blob} file
 * @param {(doneBytes: number) => void} tell
 * @param {AbortSignal} [signal]
 */
export async function hashInSlices(file, tell, signal) {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += SLICE_BYTES) {
    signal?.throwIfAborted();
    hash.update(new Uint8Array(await file.slice(at, at + SLICE_BYTES).arrayBuffer()));
    tell(Math.min(at + SLICE_BYTES, file.size));
    await new Promise((go) => setTimeout(go));
  }
  return hash.hex();
}
