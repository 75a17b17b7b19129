"""A small server that speaks the API's contract and can do what a healthy one never does:
stop in the middle, answer slowly, refuse. The way of a check through the service itself is tested
in test_end_to_end.py.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.extension import answers
from tests.extension.media import face_picture

ALLOWED_HEADERS = "accept-language, authorization, content-type, if-none-match, x-cancel-token"
STATUS_OF_FAMILY = {"auth": 401, "service": 503}


class ContractServer:
    """``script`` maps an address to the states that its check goes through, one for each look."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._http: ThreadingHTTPServer | None = None
        self.reset()

    def reset(self) -> None:
        self.script: dict[str, list[dict[str, Any]]] = {}
        self.refusals: dict[str, str] = {}
        self.known: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[dict[str, Any]] = []
        self.looks: dict[str, int] = {}
        self.delay_s = 0.0
        self.hold = threading.Event()
        self.hold.set()
        self._checks: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        if self._http is None:
            self.start()

    def start(self) -> None:
        server = self

        class Handler(_Handler):
            contract = server

        ThreadingHTTPServer.allow_reuse_address = True
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._http:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    @contextmanager
    def away(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    def requests_for(self, path: str, method: str = "") -> list[dict[str, Any]]:
        return [one for one in self.asked if path in one["path"] and method in ("", one["method"])]

    def create(self, url: str) -> tuple[int, dict[str, Any]]:
        for wanted, code in self.refusals.items():
            if wanted in url:
                return STATUS_OF_FAMILY.get(code.split(".")[0], 422), answers.problem(code)
        states = next((states for part, states in self.script.items() if part in url), None)
        states = states or [
            *answers.under_way(),
            answers.done("likely_manipulated", probability=0.93),
        ]
        number = len(self._checks) + 1
        first = self._document(number, url, states[0])
        self._checks[first["id"]] = (url, states)
        self.looks[first["id"]] = 0
        status = 200 if first["state"] == "done" else 202
        return status, first | ({"cancel_token": "cancel-me"} if status == 202 else {})

    def look(self, check_id: str) -> tuple[int, dict[str, Any]]:
        if check_id not in self._checks:
            return 404, {"code": "check.not_found", "title": "No such check.", "what_to_do": ""}
        self.looks[check_id] += 1
        url, states = self._checks[check_id]
        state = states[min(self.looks[check_id], len(states) - 1)]
        return 200, self._document(int(check_id.removeprefix("check")), url, state)

    def _document(self, number: int, url: str, state: dict[str, Any]) -> dict[str, Any]:
        return answers.check(number=number, url=url, base=self.url, **state)


class _Handler(BaseHTTPRequestHandler):
    contract: ContractServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_OPTIONS(self) -> None:
        self._send(200, b"", "text/plain")

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.contract.asked.append(
            {
                "method": method,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": body,
                "at": time.monotonic(),
            }
        )
        time.sleep(self.contract.delay_s)
        self.contract.hold.wait(20)
        path = self.path.split("?")[0].removeprefix("/api/v1/")
        parts = path.split("/")
        if method == "GET" and "/evidence/" in path:
            picture = face_picture(parts[-1])
            return self._send(200, picture, "image/webp")
        status, document = self._document(method, parts, body)
        kind = "application/json" if status < 400 else "application/problem+json"
        return self._send(status, json.dumps(document).encode() if document else b"", kind)

    def _document(self, method: str, parts: list[str], body: bytes) -> tuple[int, Any]:
        contract = self.contract
        match (method, parts):
            case ("POST", ["checks"]):
                url = json.loads(body)["url"] if body.startswith(b"{") else "upload"
                return contract.create(url)
            case ("GET", ["checks", check_id]):
                return contract.look(check_id)
            case ("DELETE", ["checks", _]):
                return 204, None
            case ("POST", ["checks", _, "contests"]):
                return 201, {"number": "1"}
            case ("GET", ["verdicts", prefix]):
                return 200, {"prefix": prefix, "verdicts": contract.known.get(prefix, [])}
            case ("GET", ["bundles", "current"]):
                return 200, {"name": "inceptionv3_gru-2026.11.1"}
            case ("POST", ["pairings"]):
                if json.loads(body)["code"].startswith("spent"):
                    words = {"title": "This code cannot be used.", "what_to_do": "Make a new one."}
                    return 404, {"code": "pairing.invalid", **words}
                return 201, {"key": "dfc_from_pairing", "name": "Test browser"}
        return 404, {"code": "request.unknown", "title": "Nothing here.", "what_to_do": ""}

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        origin = self.headers.get("Origin", "")
        if origin.split("://")[0] in {"chrome-extension", "moz-extension"}:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Headers", ALLOWED_HEADERS)
            self.send_header("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
            self.send_header("Access-Control-Expose-Headers", "Retry-After, ETag")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # else a server that is away would still answer
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)
