"""Stands on a private address and writes down everybody who connects. Nobody should."""

from __future__ import annotations

import contextlib
import socket
import threading


class Listener:
    def __init__(self, *addresses: tuple[str, int]) -> None:
        self.connections: list[str] = []
        self._sockets = []
        for host, port in addresses:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.socket(family, socket.SOCK_STREAM)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
            listening.listen(16)
            self._sockets.append(listening)
            threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                self.connections.append(str(connection.getsockname()))
                connection.close()

    def close(self) -> None:
        for listening in self._sockets:
            listening.close()
