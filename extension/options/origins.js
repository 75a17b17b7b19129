/** Which origins a person means by the name of a site. */

/**
 * With and without "www.": one of the two leads to the other, and which one, nobody remembers.
 * @param {string} typed
 */
export function originsOf(typed) {
  const text = typed.trim();
  const url = text ? URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`) : null;
  if (!url || !url.hostname.includes(".")) return [];
  const bare = url.host.replace(/^www\./, "");
  const isNumbers = /[\d\]]$/.test(url.hostname);
  const hosts = isNumbers ? [url.host] : [bare, `www.${bare}`];
  return hosts.map((host) => `${url.protocol}//${host}/*`);
}
