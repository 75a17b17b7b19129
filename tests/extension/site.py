"""The web as the tests need it: pages with videos, of good and of bad will."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STYLE = """<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #fff; color: #222; }
@media (prefers-color-scheme: dark) { body { background: #0f0f0f; color: #eee; } }
main { max-width: 960px; margin: 24px auto; padding: 0 24px; }
video { width: 560px; height: 315px; background: #000; display: block; }
</style>"""


def document(body: str, *, title: str = "A speech in the park", head: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"{STYLE}{head}</head><body><main>{body}</main></body></html>"
    )


VIDEO = '<video id="v" src="/clip.webm" controls muted preload="auto"></video>'

STRICT = {
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; style-src 'none'; "
    "script-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

PAGES = {
    "/one": document(
        f"<h1>A speech in the park</h1>{VIDEO}<p>{'Words below the video. ' * 30}</p>"
    ),
    "/many": document(
        "".join(
            f'<figure><video src="/clip.webm?{i}" muted preload="auto" title="Clip number {i}">'
            f"</video><figcaption>Clip number {i}</figcaption></figure>"
            for i in range(1, 5)
        )
    ),
    "/none": document("<h1>Nothing to see</h1><p>Only words.</p>", title="Only words"),
    "/blob": document(
        """<h1>A stream</h1><video id="v" controls muted></video><script>
        fetch("/clip.webm").then((r) => r.blob()).then((b) => { v.src = URL.createObjectURL(b); });
        </script>""",
        title="A stream without an address",
    ),
    "/frames": document(
        '<iframe src="/one" width="600" height="340"></iframe>'
        '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ" title="Embedded talk" '
        'width="560" height="315" allowfullscreen></iframe>'
        '<iframe sandbox src="/one" width="300" height="200"></iframe>'
    ),
    "/named": document(
        "<h1>A player of their own</h1><canvas width=560 height=315></canvas>",
        head='<meta property="og:video" content="/clip.webm"><meta property="og:title" '
        'content="Named by the head"><script type="application/ld+json">{"@graph":[{"@type":'
        '"VideoObject","name":"From JSON-LD","contentUrl":"/other.webm"}]}</script>',
    ),
    "/shadow": document(
        """<my-player></my-player><script>
        customElements.define("my-player", class extends HTMLElement {
          constructor() { super(); const r = this.attachShadow({mode: "closed"});
            r.innerHTML = '<video src="/clip.webm" width="560" height="315" muted></video>'; }
        });</script>""",
        title="Inside a closed shadow",
    ),
    "/app/first": document(
        f"""<h1 id="t">First</h1><button id="go">Next</button>{VIDEO}<script>
        go.onclick = () => {{ history.pushState(null, "", "/app/second"); t.textContent = "Second";
          document.title = "Second"; }};</script>""",
        title="First",
    ),
    "/tall": document(
        '<video id="v" src="/clip.webm" style="width:100vw;height:100vh" muted></video>'
        '<div style="height:3000px"></div>'
    ),
}


class Site:
    def __init__(self, clip: Path) -> None:
        self.files = {"/clip.webm": clip.read_bytes()}
        self.pages = dict(PAGES)
        self.headers: dict[str, dict[str, str]] = {}
        site = self

        class Handler(_Handler):
            owner = site

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: Site
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path in self.owner.pages:
            page = self.owner.pages[path].encode()
            return self._send(200, page, "text/html", self.owner.headers.get(path, {}))
        if path in self.owner.files:
            kind = "video/mp4" if path.endswith(".mp4") else "video/webm"
            return self._clip(self.owner.files[path], kind)
        return self._send(404, b"", "text/plain", {})

    def _clip(self, clip: bytes, kind: str) -> None:
        """In parts, because a player that cannot ask for parts cannot seek."""
        asked = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
        start = min(int(asked or 0), len(clip) - 1)
        ranges = {
            "Accept-Ranges": "bytes",
            "Content-Range": f"bytes {start}-{len(clip) - 1}/{len(clip)}",
        }
        self._send(206 if asked else 200, clip[start:], kind, ranges if asked else {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)
