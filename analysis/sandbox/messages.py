"""How a child speaks to its parent: a kind, a JSON header and, if it likes, bytes.

The parent trusts nothing in it: lengths are bounded before a byte is kept.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

MAX_HEADER_BYTES = 8 * 1024 * 1024
_PREFIX = struct.Struct("<BIQ")


class Kind(IntEnum):
    READY = 0
    MESSAGE = 1
    RESULT = 2
    PROBLEM = 3
    RAISED = 4


@dataclass(frozen=True, slots=True)
class Message:
    header: dict[str, Any]
    payload: bytearray


class ProtocolError(Exception):
    """The child sent something that is no message."""


def write_message(
    fd: int, kind: Kind, header: Any, payload: bytes | bytearray | memoryview = b""
) -> None:
    body = json.dumps(header, separators=(",", ":")).encode()
    view = memoryview(payload).cast("B")
    for part in (memoryview(_PREFIX.pack(kind, len(body), len(view)) + body), view):
        rest = part
        while rest:
            rest = rest[os.write(fd, rest) :]


class MessageReader:
    """Takes what is there to read without blocking and gives back a message when it is whole."""

    def __init__(self, fd: int, *, max_payload_bytes: int) -> None:
        self._fd = fd
        self._max_payload_bytes = max_payload_bytes
        self._begin(bytearray(_PREFIX.size))
        self._kind: Kind | None = None
        self._header: Any = None
        self._payload_bytes = 0

    def _begin(self, buffer: bytearray) -> None:
        self._buffer = buffer
        self._filled = 0

    def read(self) -> tuple[Kind, Mapping[str, Any] | Any, bytearray] | None:
        """The next message, or None while it is not complete. Raises EOFError at the end."""
        while True:
            if self._filled < len(self._buffer):
                try:
                    count = os.readv(self._fd, [memoryview(self._buffer)[self._filled :]])
                except BlockingIOError:
                    return None
                if count == 0:
                    raise EOFError
                self._filled += count
            if self._filled == len(self._buffer):
                message = self._take()
                if message is not None:
                    return message

    def _take(self) -> tuple[Kind, Any, bytearray] | None:
        """Go on to the next part of a message; the message itself when that was the last."""
        if self._kind is None:
            kind, header_bytes, payload_bytes = _PREFIX.unpack(self._buffer)
            if not 2 <= header_bytes <= MAX_HEADER_BYTES or payload_bytes > self._max_payload_bytes:
                raise ProtocolError(f"message of {header_bytes} + {payload_bytes} bytes")
            try:
                self._kind = Kind(kind)
            except ValueError as error:
                raise ProtocolError(f"message of kind {kind}") from error
            self._payload_bytes = payload_bytes
            self._begin(bytearray(header_bytes))
            return None
        if self._header is None:
            try:
                self._header = (json.loads(self._buffer),)
            except (ValueError, RecursionError) as error:
                raise ProtocolError("header is not JSON") from error
            self._begin(bytearray(self._payload_bytes))
            if self._payload_bytes:
                return None
        message = (self._kind, self._header[0], self._buffer)
        self._kind = self._header = None
        self._begin(bytearray(_PREFIX.size))
        return message
