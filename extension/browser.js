/** The one name that both browsers know. Every other module takes it from here. */

/** @type {typeof chrome} */
export const browser = Reflect.get(globalThis, "browser") ?? globalThis.chrome;

/** @param {string} path */
export const own = (path) => browser.runtime.getURL(path);
