"""One POST to a stranger's server: to the very address that was checked, and no further.

Through the same guard as fetching. No redirect is followed, nothing is read but the answer's head,
and all of it, from the name to the status, has to be over within seconds.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from analysis.sandbox import is_public
from analysis.sandbox.broker import BlockedAddress, PublicNetwork, is_web_port
from detector_service.checks.problems import Refused

DEADLINE_S = 15.0
CONNECT_TIMEOUT_S = 5.0
SILENCE_S = 10.0
_LONGEST_URL = 2048
_VISIBLE = re.compile(r"[\x21-\x7e]+")


class Undelivered(Exception):
    """No answer, or none that can be trusted."""


def send(url: str, *, body: str, headers: Mapping[str, str]) -> int:
    """The status that was answered. ``Undelivered`` says why there is none."""
    parts = _parts(url)
    host, port = _place(parts)
    try:
        with _deadline() as over, _open(host, port) as connection:
            over.watch(connection)
            stream: socket.socket = connection
            if parts.scheme == "https":
                stream = ssl.create_default_context().wrap_socket(
                    connection, server_hostname=host, do_handshake_on_connect=False
                )
                over.watch(stream)
            with stream:
                if isinstance(stream, ssl.SSLSocket):
                    stream.do_handshake()
                status = _ask(stream, parts, body=body, headers=headers)
            if over.is_over:
                raise Undelivered("no answer in time")
            return status
    except BlockedAddress as error:
        raise Undelivered("not an address on the public internet") from error
    except ssl.SSLError as error:
        raise Undelivered(f"TLS: {error.reason or 'failed'}") from error
    except TimeoutError as error:
        raise Undelivered("no answer in time") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Undelivered(f"no answer: {type(error).__name__}") from error


def check_callback_url(url: str) -> None:
    """What can be known without asking anybody; the address itself is checked at each sending."""
    try:
        host, port = _place(_parts(url))
        if f"{host}:{port}" not in settings.CALLBACKS_ALLOWED_PRIVATE:
            _refuse_hopeless(host, port)
    except ValueError:
        raise Refused("request.invalid", "callback_url: not an address") from None
    except Undelivered as why:
        raise Refused("request.invalid", f"callback_url: {why}") from None


def _refuse_hopeless(host: str, port: int) -> None:
    """Each sending would end at the guard: better said now than found in a log in three days."""
    if not is_web_port(port):
        raise Undelivered("this port is never called")
    name = host.lower().rstrip(".")
    try:
        # As the system reads it: 0x7f.1 is an address too.
        address = name if ":" in name else socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        is_named = "." in name and not name.endswith((".localhost", ".local", ".internal"))
    else:
        is_named = is_public(address)
    if not is_named:
        raise Undelivered("not an address on the public internet")


def _parts(url: str) -> SplitResult:
    parts = urlsplit(url)
    usable = len(url) <= _LONGEST_URL and _VISIBLE.fullmatch(url) and parts.hostname
    if not usable or parts.scheme not in ("http", "https"):
        raise Undelivered("not an address that can be called")
    if "@" in parts.netloc:
        raise Undelivered("no name and no password can stand in it")
    return parts


def _place(parts: SplitResult) -> tuple[str, int]:
    host = parts.hostname or ""
    port = (443 if parts.scheme == "https" else 80) if parts.port is None else parts.port
    if parts.scheme != "https" and f"{host}:{port}" not in settings.CALLBACKS_ALLOWED_PRIVATE:
        raise Undelivered("not https")
    return host, port


def _open(host: str, port: int) -> socket.socket:
    network = PublicNetwork(
        allowed_private=tuple(settings.CALLBACKS_ALLOWED_PRIVATE),
        proxy=settings.FETCH_PROXY or None,
        connect_timeout_s=CONNECT_TIMEOUT_S,
    )
    connection = network.connect(host, port)
    connection.settimeout(SILENCE_S)
    return connection


def _ask(
    stream: socket.socket, parts: SplitResult, *, body: str, headers: Mapping[str, str]
) -> int:
    """The head of the answer is all that is read: what stands below it is of no use to us."""
    asking = http.client.HTTPConnection(parts.netloc)
    asking.sock = stream
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asking.request(
        "POST",
        path,
        body=body.encode(),
        headers={
            "Content-Type": "application/json",
            "User-Agent": "deepfake-check-callbacks/1",
            "Connection": "close",
            **headers,
        },
    )
    return asking.getresponse().status


class _Deadline:
    """Cuts the line when time is up: a server that sends a byte now and then is cut off too."""

    def __init__(self) -> None:
        self._watched: socket.socket | None = None
        self._lock = threading.Lock()
        self.is_over = False

    def watch(self, connection: socket.socket) -> None:
        with self._lock:
            self._watched = connection

    def cut(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            self.is_over = True
            if self._watched is not None:
                # Not SSLSocket.shutdown, which would first forget its state under our feet.
                socket.socket.shutdown(self._watched, socket.SHUT_RDWR)


@contextlib.contextmanager
def _deadline() -> Iterator[_Deadline]:
    over = _Deadline()
    timer = threading.Timer(DEADLINE_S, over.cut)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
