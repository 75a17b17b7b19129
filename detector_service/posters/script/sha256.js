/** SHA-256 (FIPS 180-4) of bytes that arrive in pieces: what WebCrypto cannot do. */

/** @typedef {{[at: number]: any}} Numbers */

/** The first 32 bits of a fraction, as the standard defines its constants. @param {number} root */
const bitsOf = (root) => ((root % 1) * 2 ** 32) | 0;

const PRIMES = /** @type {number[]} */ ([]);
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
const ROUND_CONSTANTS = Int32Array.from(PRIMES, (prime) => bitsOf(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => bitsOf(Math.sqrt(prime)));
const BLOCK_BYTES = 64;

export class Sha256 {
  #state = START.slice();
  #schedule = new Int32Array(64);
  #rest = new Uint8Array(BLOCK_BYTES);
  #inRest = 0;
  #length = 0;

  /** @param {Uint8Array} bytes */
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

  /** Ends the hash. */
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

/**
 * Whole blocks only.
 * @param {Numbers} state @param {Numbers} w
 * @param {Numbers} bytes @param {number} start @param {number} end
 */
function digest(state, w, bytes, start, end) {
  const k = /** @type {Numbers} */ (ROUND_CONSTANTS);
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
