"""Connections for a child that cannot connect: the parent does it and hands over the socket.

The name is resolved here, each address is checked here, and the connection is made to the very
address that was checked, so there is nothing to rebind and nothing that the child could undo.
With an egress proxy the tunnel is asked for by the checked address, never by the name.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from analysis.sandbox.public_address import is_public

log = logging.getLogger(__name__)

Resolve = Callable[[str, int], list[str]]

_MAX_REQUEST_BYTES = 4096
_MAX_PROXY_ANSWER_BYTES = 16 * 1024
_SENT_AHEAD_BYTES = 2 * 1024 * 1024
_LOWEST_UNPRIVILEGED_PORT = 1024
_WEB_PORTS = frozenset({80, 443})


class BlockedAddress(Exception):
    """The place that was asked for is not on the public internet."""


def resolve_by_system(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _, _, _, _, sockaddr in found]


@dataclass(frozen=True, slots=True)
class PublicNetwork:
    """The public internet and the named exceptions, ``host:port`` or ``address:port``.

    An exception by name trusts whatever address that name has. ``proxy`` is ``http://host:port``.
    """

    allowed_private: tuple[str, ...] = ()
    proxy: str | None = None
    max_connections: int = 5_000
    connect_timeout_s: float = 10.0
    resolve: Resolve = field(default=resolve_by_system)

    def connect(self, host: str, port: int) -> socket.socket:
        """An open connection to ``host``. Raises BlockedAddress or OSError."""
        addresses = self._checked_addresses(host, port)
        last_error: OSError | None = None
        deadline = time.monotonic() + self.connect_timeout_s
        for address in addresses:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                break
            try:
                if self.proxy and not self._is_exception(host, address, port):
                    return self._tunnel(address, port, timeout_s=left_s)
                return _connect_to(address, port, timeout_s=left_s)
            except OSError as error:
                last_error = error
        raise last_error or TimeoutError(f"no address of {host} answered")

    def _checked_addresses(self, host: str, port: int) -> list[str]:
        if not 0 < port < 65536:
            raise BlockedAddress(f"port {port}")
        addresses = list(dict.fromkeys(self.resolve(host, port)))
        allowed = [
            address
            for address in addresses
            if self._is_exception(host, address, port)
            or (is_web_port(port) and is_public(address) and not _is_this_machine(address))
        ]
        # One private address among public ones is how rebinding looks: refuse the name as a whole.
        if not addresses or len(allowed) != len(addresses):
            raise BlockedAddress(f"{host} port {port} leads to {', '.join(addresses) or 'nowhere'}")
        return allowed

    def _is_exception(self, host: str, address: str, port: int) -> bool:
        names = {_join(host.lower().rstrip("."), port), _join(address, port)}
        return not names.isdisjoint(name.lower() for name in self.allowed_private)

    def _tunnel(self, address: str, port: int, *, timeout_s: float) -> socket.socket:
        """A tunnel through the operator's proxy, which is trusted and may be private."""
        parts = urlsplit(self.proxy or "")
        if parts.scheme != "http" or not parts.hostname or not parts.port:
            raise OSError("the egress proxy must be http://host:port")
        target = _join(address, port)
        with contextlib.ExitStack() as unless_it_works:
            connection = unless_it_works.enter_context(
                socket.create_connection((parts.hostname, parts.port), timeout=timeout_s)
            )
            connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            if _status_of(_read_head(connection)) != 200:
                raise ConnectionRefusedError("the egress proxy refused the tunnel")
            unless_it_works.pop_all()
        return connection


def _read_head(connection: socket.socket) -> bytes:
    """Byte by byte: what follows the empty line belongs to the child."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte or len(head) > _MAX_PROXY_ANSWER_BYTES:
            raise ConnectionError("the egress proxy closed the connection")
        head += byte
    return head


def _status_of(head: bytes) -> int:
    parts = head.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def _join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_web_port(port: int) -> bool:
    """Whether the guard connects to it at all; a machine's own services listen on the others."""
    return port in _WEB_PORTS or port >= _LOWEST_UNPRIVILEGED_PORT


def _connect_to(address: str, port: int, *, timeout_s: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        connection.connect((address, port))
    except OSError:
        connection.close()
        raise
    return connection


def _let_it_send_ahead(connection: socket.socket) -> None:
    """Room for what comes while the child still looks at the head of an answer.

    The kernel begins with little room and widens it only as it is read. Asked to wait for so many
    bytes it makes room for them at once, and, unlike for SO_RCVBUF, goes on to widen it by itself.
    """
    with contextlib.suppress(OSError):
        for least_bytes in (_SENT_AHEAD_BYTES, 1):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least_bytes)


def _is_this_machine(address: str) -> bool:
    """A public address can be our own: then the kernel would speak from it to itself."""
    version = ipaddress.ip_address(address).version
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as route:
            route.connect((address, 9))  # of a datagram socket: asks for the route, sends nothing
            return str(route.getsockname()[0]) == address
    except OSError:
        return False


class Broker:
    """Answers one child's requests for connections, one after the other, in a thread of its own."""

    def __init__(self, network: PublicNetwork) -> None:
        self._network = network
        self._ours, self.childs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._thread = threading.Thread(target=self._serve, name="egress-broker", daemon=True)
        self.blocked: list[str] = []

    def start(self) -> None:
        self.childs.close()
        self._thread.start()

    def close(self) -> None:
        self.childs.close()
        with contextlib.suppress(OSError):
            self._ours.shutdown(socket.SHUT_RDWR)
        if not self._thread.is_alive():
            self._ours.close()

    def _serve(self) -> None:
        with self._ours, contextlib.suppress(OSError):
            for _ in range(self._network.max_connections):
                request = self._ours.recv(_MAX_REQUEST_BYTES)
                if not request:
                    return
                self._answer(request)

    def _answer(self, request: bytes) -> None:
        try:
            asked = json.loads(request)
            connection = self._network.connect(str(asked["host"]), int(asked["port"]))
        except BlockedAddress as error:
            self.blocked.append(str(error))
            self._refuse("blocked", str(error))
        except (OSError, ValueError, KeyError, TypeError) as error:
            # UnicodeError of a name that cannot be resolved is a ValueError.
            self._refuse("failed", f"{type(error).__name__}: {error}")
        else:
            with connection:
                connection.setblocking(True)
                _let_it_send_ahead(connection)
                socket.send_fds(self._ours, [b'{"ok":true}'], [connection.fileno()])

    def _refuse(self, why: str, detail: str) -> None:
        answer: dict[str, Any] = {"ok": False, "why": why, "detail": detail[:500]}
        self._ours.send(json.dumps(answer).encode())
