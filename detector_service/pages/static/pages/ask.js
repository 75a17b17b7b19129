// The front page: a place to drop a file, and how far an upload has come.
// Without this script the same form is sent by the browser itself.

const form = document.getElementById("ask");
const drop = document.getElementById("drop");
const file = document.getElementById("file");

if (drop && file) {
  drop.classList.add("enhanced");
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, () => drop.classList.add("over"));
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, () => drop.classList.remove("over"));
  }
  file.addEventListener("change", () => {
    if (file.files.length > 0) send();
    file.value = ""; // what stays chosen goes with the next link, and cannot be chosen again
  });
}

function send() {
  if (file.files[0].size > Number(form.dataset.largestBytes)) {
    refuse(form.dataset.tooLarge);
    return;
  }
  const bar = document.getElementById("sent");
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => {
    const { stale, away } = form.dataset; // stale: its token is an earlier session's
    if (request.response?.location) location.assign(request.response.location);
    else refuse(request.response?.problem ?? (request.status === 403 ? stale : away));
  });
  request.addEventListener("error", () => refuse(form.dataset.away));
  document.getElementById("sending-name").textContent =
    `${form.dataset.sending}: ${file.files[0].name}`;
  document.getElementById("sending").hidden = false;
  drop.hidden = true;
  request.send(new FormData(form));
}

function refuse(sentence) {
  const line = document.createElement("p");
  const words = document.createElement("span");
  line.className = "wrong";
  words.textContent = sentence;
  line.append(words);
  document.getElementById("problem").replaceChildren(line);
  document.getElementById("sending").hidden = true;
  drop.hidden = false;
}
