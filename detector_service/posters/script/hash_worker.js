/** Off the page's own thread: is sent a File, sends back how far it is, then its SHA-256. */

import { hashInSlices } from "./hash_slices.js";

addEventListener("message", async ({ data: file }) => {
  try {
    const hex = await hashInSlices(file, (done) => postMessage({ done }));
    postMessage({ hex });
  } catch {
    postMessage({ unreadable: true });
  }
});
