// The pairing link is the address of this page with its fragment; this shows it to be copied.

import "./copy.js";

if (/^#code=[\w-]{22,128}$/.test(location.hash)) {
  document.getElementById("pairing-address").value = location.href;
  document.getElementById("paired-link").hidden = false;
}
