// One key presses what carries it as data-key. In the queue, j and k move, Enter opens, x chooses.
// On the page of a case a click on a curve or a picture takes the player to that moment.
"use strict";

const rows = [...document.querySelectorAll("[data-row]")];
const current = () => rows.findIndex((row) => row.contains(document.activeElement));

// The focus itself moves: it is heard as well as seen, and Enter opens what has it.
function moveBy(step) {
  const next = Math.min(Math.max(current() + step, 0), rows.length - 1);
  rows[next]?.querySelector("a").focus();
}

function isTyping(target) {
  return target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const carrier = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (carrier) {
    event.preventDefault();
    carrier.focus();
    carrier.click();
  } else if (event.key === "j") moveBy(1);
  else if (event.key === "k") moveBy(-1);
  else if (event.key === "x") rows[current()]?.querySelector("input")?.click();
});

const player = document.getElementById("player");

function goTo(seconds) {
  player.currentTime = seconds;
  player.scrollIntoView({ block: "nearest" });
}

if (player) {
  document.body.classList.add("plays");
  for (const curve of document.querySelectorAll("[data-duration]"))
    curve.addEventListener("click", (event) => {
      const { left, width } = curve.getBoundingClientRect();
      goTo(((event.clientX - left) / width) * Number(curve.dataset.duration));
    });
  for (const picture of document.querySelectorAll("[data-at]"))
    picture.addEventListener("click", () => goTo(Number(picture.dataset.at)));
}
