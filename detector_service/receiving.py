"""Bodies arrive at the pace of their senders, and each of them holds a thread meanwhile.

So only some are received at once, and who is silent for a while, or sends too little on average,
is hung up on: whatever senders do, a process has threads left for others.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.http import HttpRequest

from analysis.errors import VideoProblem

SMALL_BYTES = 1_000_000  # whatever a form or a document holds beside its file
PATIENCE_S, PATIENCE_WITH_SMALL_S = 30.0, 10.0
LEAST_BYTES_PER_S = 20_000  # on average, once patience is at its end
LOOK_EVERY_S = 1.0

# Of the threads that docker/gunicorn.py names. Small bodies mostly come with their heads.
_places_for_uploads = threading.BoundedSemaphore(max(1, settings.MAX_RECEIVING_UPLOADS))
_places_for_small = threading.BoundedSemaphore(6)


class Body(io.IOBase):
    """A request's stream that knows how far it has come, and raises where its sender gave up."""

    def __init__(self, request: HttpRequest, length: int, patience_s: float) -> None:
        self.is_broken = False
        self._stream = request._stream
        self._line = _line(request)
        self._left, self._received = length, 0
        self._began_at, self._patience_s = time.monotonic(), patience_s
        self._held = contextlib.ExitStack()

    def read(self, size: int = -1, /) -> bytes:
        wants_all = not 0 <= size <= self._left
        return self._count(self._stream.read, size, wants_all=wants_all)

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._count(self._stream.readline, -1 if size is None else size, wants_all=False)

    def _count(self, read: Callable[[int], bytes], size: int, *, wants_all: bool) -> bytes:
        try:
            piece = read(size)
        except OSError:
            self.is_broken = True
            raise
        self._left -= len(piece)
        self._received += len(piece)
        if self._left and (wants_all or not piece):
            self.is_broken = True
            raise OSError("fewer bytes came than Content-Length said")
        if not self._left:
            self._held.close()
        return piece

    @contextlib.contextmanager
    def watched(self, place: threading.BoundedSemaphore) -> Iterator[None]:
        """Until all of it is here, or nobody needs it any more."""
        with self._held:
            self._held.callback(place.release)
            if self._line is not None:
                self._held.callback(self._line.settimeout, self._line.gettimeout())
                # The server itself would wait for ever for the next byte.
                self._line.settimeout(self._patience_s)
                self._held.callback(_watch.leave, self)
                _watch.look_after(self)
            yield

    def hang_up_if_slow(self) -> None:
        allowed_s = self._patience_s + self._received / LEAST_BYTES_PER_S
        if time.monotonic() - self._began_at > allowed_s:
            _stop_listening(self._line)


class _Watch:
    """One thread a process, because whoever waits for a byte cannot look at a clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bodies: set[Body] = set()
        self._is_running = False

    def look_after(self, body: Body) -> None:
        with self._lock:
            self._bodies.add(body)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._look, daemon=True).start()

    def leave(self, body: Body) -> None:
        with self._lock:
            self._bodies.remove(body)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_S)
            with self._lock:
                for body in self._bodies:
                    body.hang_up_if_slow()


_watch = _Watch()


@contextlib.contextmanager
def receiving(request: HttpRequest, *, is_upload: bool = False) -> Iterator[Body]:
    """Read the request inside. ``service.busy`` if too many others are being received."""
    length = body_bytes(request)
    is_small = not is_upload and length <= SMALL_BYTES
    body = Body(request, length, PATIENCE_WITH_SMALL_S if is_small else PATIENCE_S)
    if length == 0:
        yield body
        return
    place = _places_for_small if is_small else _places_for_uploads
    if not place.acquire(blocking=False):
        _stop_listening(_line(request))
        raise VideoProblem("service.busy", "many senders at once", retry_after_s=3)
    with body.watched(place):
        request._stream = body  # type: ignore[assignment]
        yield body


def hang_up_if_unread(request: HttpRequest) -> None:
    """A large body that nobody wants: the server would listen on for seconds before it closes."""
    if body_bytes(request) > SMALL_BYTES and not request._read_started:  # type: ignore[attr-defined]
        _stop_listening(_line(request))


def body_bytes(request: HttpRequest) -> int:
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _line(request: HttpRequest) -> socket.socket | None:
    return request.META.get("gunicorn.socket")


def _stop_listening(line: socket.socket | None) -> None:
    """An answer can still be sent."""
    if line is not None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RD)
