/** The two things that every part of the options page does: find its nodes and tell what happened. */

/**
 * @template {HTMLElement} [E=HTMLInputElement]
 * @param {string} id
 */
export const node = (id) => /** @type {E} */ (document.getElementById(id));

/** @param {string} id @param {string} text @param {"good" | "bad" | ""} [how] */
export function tell(id, text, how = "") {
  node(id).textContent = text;
  node(id).className = `told-line ${how}`;
}
