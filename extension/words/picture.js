/**
 * The per-install picture: a small mosaic drawn from 16 random bytes that never leave the browser.
 * A page can paint a card that looks like ours, but it does not know this person's picture.
 */

const SIDE = 5;

/**
 * @param {string} seed 32 hex digits
 * @returns {Card["picture"]}
 */
export function pictureOf(seed) {
  const bytes = Array.from(
    { length: 16 },
    (_, i) => parseInt(seed.slice(2 * i, 2 * i + 2), 16) || 0,
  );
  const byte = (/** @type {number} */ i) => bytes[i] ?? 0;
  const hue = Math.round((byte(0) / 256) * 360);
  const half = Math.ceil(SIDE / 2);
  const cells = Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    const mirrored = Math.min(column, SIDE - 1 - column);
    return (
      (byte(2 + Math.floor((row * half + mirrored) / 2)) >> (((row * half + mirrored) % 2) * 4)) %
        2 ===
      1
    );
  });
  const number = String(((byte(12) << 8) | byte(13)) % 10000).padStart(4, "0");
  return { hue, hue2: (hue + 90 + Math.round((byte(1) / 256) * 180)) % 360, cells, number };
}
