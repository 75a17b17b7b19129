// The report: a click on a timeline, a stretch or a picture goes to that moment, in the player
// where there is one and in the pictures of the face. Without this script everything is still told.

const player = document.querySelector("#stage video");
const overlay = document.querySelector("#stage svg");
const SVG = "http://www.w3.org/2000/svg";
const faces = [...document.querySelectorAll("[data-face]")].map(follow);

function follow(section) {
  const scrubber = section.querySelector(".scrubber");
  const playhead = section.querySelector(".playhead");
  const links = [...section.querySelectorAll(".strip a")];
  const shelves = [
    { large: section.querySelector(".shown"), small: links.filter((a) => a.dataset.kind === "face") },
    { large: section.querySelector(".shown-heat"), small: links.filter((a) => a.dataset.kind === "heat") },
  ].filter(({ large }) => large);

  function show(atS, { scroll = true } = {}) {
    if (scrubber) {
      const x = String((1000 * atS) / Number(scrubber.max));
      playhead.setAttribute("x1", x);
      playhead.setAttribute("x2", x);
      scrubber.value = String(atS);
      scrubber.setAttribute("aria-valuetext", clock(atS));
    }
    for (const { large, small } of shelves) {
      const near = nearest(small, atS);
      if (!near || near.getAttribute("aria-current")) continue;
      for (const link of small) link.removeAttribute("aria-current");
      near.setAttribute("aria-current", "true");
      large.src = near.href;
      large.parentElement.querySelector(".at").textContent = clock(Number(near.dataset.at));
      if (scroll) bringIntoView(near);
    }
  }

  const go = (atS) => {
    show(atS);
    if (player) player.currentTime = atS;
    for (const other of faces) if (other.section !== section) other.show(atS, { scroll: false });
  };

  if (scrubber) {
    scrubber.hidden = false;
    scrubber.addEventListener("input", () => go(Number(scrubber.value)));
  }
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(Number(link.dataset.at));
    });
  }
  for (const words of section.querySelectorAll("[data-seek]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.textContent;
    button.dir = "ltr";
    button.addEventListener("click", () => go(Number(words.dataset.seek)));
    words.replaceWith(button);
  }
  return { section, show };
}

if (player) {
  const tracks = JSON.parse(document.getElementById("boxes").textContent);
  const marks = tracks.map(() => overlay.appendChild(document.createElementNS(SVG, "rect")));
  const keepUp = () => {
    for (const face of faces) face.show(player.currentTime);
    tracks.forEach((boxes, at) => mark(marks[at], boxes, player.currentTime));
  };
  player.addEventListener("timeupdate", keepUp);
  player.addEventListener("seeking", keepUp);
}

/** A face that was not seen near this moment has no box. */
function mark(rect, boxes, atS) {
  const near = boxes.reduce((best, box) => (
    Math.abs(box.at_s - atS) < Math.abs(best.at_s - atS) ? box : best
  ));
  const seen = Math.abs(near.at_s - atS) < 0.6;
  rect.setAttribute("visibility", seen ? "visible" : "hidden");
  rect.setAttribute("class", near.high ? "high" : "");
  rect.setAttribute("x", near.left);
  rect.setAttribute("y", near.top);
  rect.setAttribute("width", near.right - near.left);
  rect.setAttribute("height", near.bottom - near.top);
}

function bringIntoView(link) {
  const row = link.closest(".strip");
  const middle = link.offsetLeft - row.offsetLeft - row.clientWidth / 2 + link.clientWidth / 2;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  row.scrollTo({ left: middle, behavior: calm ? "auto" : "smooth" });
}

function nearest(links, atS) {
  let best = null;
  for (const link of links) {
    const away = Math.abs(Number(link.dataset.at) - atS);
    if (best === null || away < best.away) best = { link, away };
  }
  return best?.link;
}

/** As the server writes it: pages.templatetags.pages.clock. */
function clock(seconds) {
  if (seconds < 10) return `0:${seconds.toFixed(1).padStart(4, "0")}`;
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}
