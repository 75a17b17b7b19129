"""The line between everybody and the service: it can be cut, fall silent, break off mid-way,
or end at another program."""

from __future__ import annotations

import contextlib
import socket
import threading

CHUNK_BYTES = 65_536


class Line:
    """Carries bytes both ways between a port of its own and the service's."""

    def __init__(self) -> None:
        self.to_port = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._carried: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.mend()
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self) -> None:
        self.is_cut = False
        self.is_silent = False
        self.answer_of_another: bytes | None = None
        self.breaks_after_bytes: int | None = None  # sent to the service
        self.sent_bytes = 0

    def cut(self) -> None:
        self.is_cut = True
        self.breaks_after_bytes = None
        self._hang_up()

    def fall_silent(self) -> None:
        """Takes everything and answers nothing, as a service does that is stuck."""
        self.is_silent = True

    def lead_to_another(self, answer: bytes) -> None:
        """Whatever is asked, a program that is not the service has this JSON to say, and a 200."""
        self.answer_of_another = answer

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _hang_up(self) -> None:
        with self._lock:
            carried = list(self._carried)
            self._carried.clear()
        for end in carried:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            if self.answer_of_another is not None:
                _answer(near, self.answer_of_another)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.to_port))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._carried |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(
                    target=self._carry, args=(source, target, source is near), daemon=True
                ).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_sent: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                if is_sent:
                    self.sent_bytes += len(data)
                    limit = self.breaks_after_bytes
                    if limit is not None and self.sent_bytes > limit:
                        self.cut()
                        return
                if not (self.is_silent and not is_sent):
                    target.sendall(data)
        if self.is_silent and not is_sent:
            return  # nor does it hang up
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _answer(near: socket.socket, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    with contextlib.suppress(OSError), near:
        asked = near.recv(CHUNK_BYTES)
        near.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        near.shutdown(socket.SHUT_WR)
        while asked:  # whoever closes on what is still coming breaks the line
            asked = near.recv(CHUNK_BYTES)
