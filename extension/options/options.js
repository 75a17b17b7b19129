/** The options page: each of its four parts is its own module. */

import { openPage } from "../view/page.js";
import { connectionPart } from "./connection.js";
import { historyPart } from "./history.js";
import { sitesPart } from "./sites.js";
import { youPart } from "./you.js";

const page = await openPage();
document.title = `${page.words.t("settings")} · Deepfake Check`;
connectionPart(page);
await Promise.all([sitesPart(page), historyPart(page)]);
youPart(page);
