"""The site itself: a route is a function of the request, found by its path."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.certificates import Authority
from tests.fetch.site.listener import Listener

NAME = "site.test"
PRIVATE_V4 = "127.0.0.2"

Route = Callable[["Request"], None]


class Request(http.server.BaseHTTPRequestHandler):
    """One request; ``send`` answers the ordinary way, ``raw`` in any way at all."""

    protocol_version = "HTTP/1.1"
    site: HostileSite

    def do_GET(self) -> None:
        self.close_connection = True
        path = self.path.partition("?")[0]
        self.site.requests[path] += 1
        route = self.site.routes.get(path)
        # Whoever is fetching breaks off whenever it has had enough.
        with contextlib.suppress(OSError):
            if route is None:
                self.send(b"nothing here", status=404)
            else:
                route(self)

    do_HEAD = do_POST = do_GET  # noqa: N815

    def send(
        self,
        body: bytes,
        *,
        kind: str = "video/mp4",
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def html(self, body: str, **more) -> None:
        self.send(body.encode(), kind="text/html; charset=utf-8", **more)

    def redirect(self, target: str, *, status: int = 302) -> None:
        self.send(b"", status=status, headers={"Location": target})

    def raw(self, *pieces: bytes, pause_s: float = 0.0) -> None:
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            if pause_s and self.site.closing.wait(pause_s):
                return

    def forever(self, piece: bytes, *, pause_s: float = 0.0) -> None:
        while not self.site.closing.is_set():
            self.raw(piece, pause_s=pause_s)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address) -> None:
        pass


class HostileSite:
    """HTTP at ``http``, HTTPS at ``https`` and ``https_of_stranger`` (another authority's)."""

    def __init__(self, folder: Path) -> None:
        self.closing = threading.Event()
        self.requests: Counter[str] = Counter()
        self.routes: dict[str, Route] = {}
        self.authority = Authority(folder)
        strangers_folder = folder / "stranger"
        strangers_folder.mkdir()
        plain, secure, strange, wrong = (self._serve() for _ in range(4))
        for server, context in (
            (secure, self.authority.server_context(NAME)),
            (strange, Authority(strangers_folder).server_context(NAME)),
            (wrong, self.authority.server_context("other.test")),
        ):
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._servers = (plain, secure, strange, wrong)
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.ports = tuple(server.server_address[1] for server in self._servers)
        self.port = self.ports[0]
        self.http = f"http://{NAME}:{self.ports[0]}"
        self.https = f"https://{NAME}:{self.ports[1]}"
        self.https_of_stranger = f"https://{NAME}:{self.ports[2]}"
        self.https_of_other_name = f"https://{NAME}:{self.ports[3]}"
        private = [(PRIVATE_V4, self.port), ("127.0.0.3", self.port)]
        if socket.has_ipv6 and _has_loopback_v6():
            private.append(("::1", self.port))
        self.listener = Listener(*private)
        self._asked: Counter[str] = Counter()
        # What the names of this world resolve to: the first answer, then the second, ...
        self.names: dict[str, list[list[str]]] = {
            NAME: [["127.0.0.1"]],
            "rebind.test": [["127.0.0.1"], [PRIVATE_V4]],
            "mixed.test": [["127.0.0.1", PRIVATE_V4]],
            "localhost": [[PRIVATE_V4]],
            "private.test": [[PRIVATE_V4]],
            "metadata.test": [["169.254.169.254"]],
            "mapped.test": [[f"::ffff:{PRIVATE_V4}"]],
            "scoped.test": [["fe80::1%lo"]],
            "nowhere.test": [[]],
        }

    @property
    def allowed(self) -> tuple[str, ...]:
        named = [f"{NAME}:{port}" for port in self.ports]
        return (*named, *(f"127.0.0.1:{port}" for port in self.ports))

    def resolve(self, host: str, port: int) -> list[str]:
        """Names of this world from the table; numbers as the system reads them; no other name."""
        if host in self.names:
            answers = self.names[host]
            answer = answers[min(self._asked[host], len(answers) - 1)]
            self._asked[host] += 1
            return answer
        if not host.strip("0123456789abcdefx.:[]%"):
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return [str(sockaddr[0]) for *_, sockaddr in found]
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    def forget_names(self) -> None:
        self._asked.clear()

    def close(self) -> None:
        self.closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self.listener.close()

    def _serve(self) -> _Server:
        handler = type("Bound", (Request,), {"site": self})
        return _Server(("127.0.0.1", 0), handler)


def _has_loopback_v6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as attempt:
            attempt.bind(("::1", 0))
    except OSError:
        return False
    return True
