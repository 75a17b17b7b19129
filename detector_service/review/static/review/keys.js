// One key presses what carries it as data-key. In the queue, j and k move, Enter opens, x chooses.
// On the page of a case a click on a curve or a picture takes the player to that moment.
"use strict";

const rows = [...document.querySelectorAll("[data-row]")];
let current = -1;

function moveTo(next) {
  if (!rows.length) return;
  rows[current]?.classList.remove("current");
  current = Math.min(Math.max(next, 0), rows.length - 1);
  rows[current].classList.add("current");
  rows[current].scrollIntoView({ block: "nearest" });
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
  } else if (event.key === "j") moveTo(current + 1);
  else if (event.key === "k") moveTo(current - 1);
  else if (event.key === "x") rows[current]?.querySelector("input")?.click();
  else if (event.key === "Enter" && event.target === document.body)
    rows[current]?.querySelector("a")?.click();
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
