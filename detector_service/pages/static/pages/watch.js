// The progress page: asks how far the check has come, changes text and nothing else, so that
// nothing moves, and loads the page anew when there is a verdict or a problem to show.

import "./copy.js";

const waiting = document.getElementById("waiting");
const stage = document.getElementById("stage");
const place = document.getElementById("place");
const bar = document.getElementById("bar");
const steps = [...document.getElementById("steps").children];

const SOONEST_MS = 1000;
const LATEST_MS = 5000;
let pause = SOONEST_MS;

async function look() {
  if (document.hidden) {
    document.addEventListener("visibilitychange", look, { once: true });
    return;
  }
  try {
    const answer = await fetch(waiting.dataset.progress, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const now = await answer.json();
    if (now.ended) {
      location.reload();
      return;
    }
    pause = tell(now) ? SOONEST_MS : Math.min(pause * 1.3, LATEST_MS);
  } catch {
    place.textContent = waiting.dataset.away;
    pause = LATEST_MS;
  }
  setTimeout(look, pause);
}

/** Whether anything has changed. A screen reader hears a line only when its words change. */
function tell(now) {
  const before = stage.textContent + place.textContent + bar.value;
  if (stage.textContent !== now.stage) stage.textContent = now.stage;
  if (place.textContent !== now.place) place.textContent = now.place;
  bar.value = now.progress;
  now.steps.forEach((step, at) => {
    steps[at].dataset.step = step.when;
    if (step.when === "now") steps[at].setAttribute("aria-current", "step");
    else steps[at].removeAttribute("aria-current");
  });
  return before !== stage.textContent + place.textContent + bar.value;
}

setTimeout(look, SOONEST_MS);
