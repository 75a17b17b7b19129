/** A file for which there is no address. A page of its own: a popup closes while a file is chosen. */

import { own } from "../browser.js";
import { FROM_OUR_PAGES, send } from "../messages.js";
import { Refused, ServerAway, uploadFile } from "../service/api.js";
import { connectionFor } from "../service/connection.js";
import { openPage } from "../view/page.js";

const { words, settings } = await openPage();
const { t } = words;
/** As the page says it: another that is set meanwhile gets nothing of this. */
const { server } = settings;
const incognito = new URLSearchParams(location.search).has("private");
const drop = /** @type {HTMLElement} */ (document.getElementById("drop"));
const input = /** @type {HTMLInputElement} */ (document.getElementById("file"));
const told = /** @type {HTMLElement} */ (document.getElementById("told"));
/** @type {HTMLElement} */ (document.getElementById("where")).textContent = t(
  "uploadWhere",
  server,
);
document.title = `${t("uploadTitle")} · Deepfake Check`;

input.addEventListener("change", () => upload(input.files?.[0]));
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragenter" || name === "dragover");
  });
}
drop.addEventListener("drop", (event) => upload(event.dataTransfer?.files[0]));

/** @param {File | undefined} file */
async function upload(file) {
  if (!file || input.disabled) return; // one at a time: whichever is sent first has this page
  input.disabled = true;
  tell(t("uploadSending", file.name));
  try {
    const check = await uploadFile(await connectionFor(server), file);
    const sent = { check, server, title: file.name, incognito };
    const { id } = await send(FROM_OUR_PAGES.ADOPT, sent);
    location.replace(own(`popup/popup.html?ask=${encodeURIComponent(id)}`));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof ServerAway)) throw error;
    const { problem } = error;
    tell(problem ? `${problem.title} ${problem.what_to_do}` : t("serverNoAnswer"), "bad");
    input.disabled = false;
    input.value = ""; // a browser does not tell of the same file chosen again
  }
}

/** @param {string} text @param {string} [how] */
function tell(text, how = "") {
  told.textContent = text;
  told.className = `told-line ${how}`;
}
