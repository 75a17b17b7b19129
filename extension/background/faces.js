/** The faces that the verdict is about, for the card: read here, so that the page asks nobody for them. */

import { readPicture } from "../service/api.js";
import { connectionFor } from "../service/connection.js";

const SHOWN_AT_MOST = 4;
const LARGEST_BYTES = 60_000;

/**
 * The most suspicious first, each by its first picture. A picture that cannot be had is left out.
 * One that was seen too briefly to be judged has no score, and comes first where it stands out.
 * @param {Ask} ask
 * @param {import("../words/language.js").Words} words
 * @returns {Promise<Card["faces"]>}
 */
export async function facesOf(ask, { t, percent }) {
  const shown = (ask.check?.verdict?.tracks ?? [])
    .filter(({ fake_probability: p, suspicious }) => p !== null || suspicious.length > 0)
    .filter(({ strip }) => strip.length > 0)
    .sort((a, b) => (b.fake_probability ?? 1) - (a.fake_probability ?? 1))
    .slice(0, SHOWN_AT_MOST);
  const connection = await connectionFor(ask.server);
  const read = shown.map(async ({ number, fake_probability: p, strip }) => {
    const picture = await readPicture(connection, strip[0]?.url ?? "");
    if (picture.size > LARGEST_BYTES) throw new Error("a picture of a face is small");
    return {
      label: t("faceNumber", number),
      score: p === null ? "" : percent(p),
      picture: await base64(picture),
    };
  });
  const told = await Promise.allSettled(read);
  return told.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

/** @param {Blob} blob */
async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
