"""A broker made of files, for one machine: Kombu's own, with writes that are atomic.

Kombu's writer opens the message in place, so a reader can take it half-written, and its reader
moves messages to the system's temporary folder, which may be another disk. Here a file appears
whole or not at all, and is taken by a rename within one folder.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

URL = "embedded://localhost"


class Channel(filesystem.Channel):
    def _put(  # type: ignore[override]
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        # Named by wall clock, so that order survives a restart of the machine.
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        try:
            _write_atomically(Path(self.data_folder_out) / name, dumps(payload))
        except OSError as error:
            raise ChannelError(f"cannot write to the queue {queue}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for message in self._messages(queue):
            taken = message.with_name(f"{message.name}.taken-{os.getpid()}")
            try:
                message.rename(taken)
            except FileNotFoundError:
                continue  # another worker was quicker
            payload = taken.read_text(encoding="utf-8")
            taken.unlink()
            return loads(payload)
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._messages(queue))

    def _purge(self, queue: str) -> int:
        messages = self._messages(queue)
        for message in messages:
            message.unlink(missing_ok=True)
        return len(messages)

    def _messages(self, queue: str) -> list[Path]:
        try:
            return sorted(
                path
                for path in Path(self.data_folder_in).iterdir()
                if path.name.partition(".")[2] == f"{queue}.msg"
            )
        except OSError:
            return []  # a folder that is away is a broker that is silent: no reason to end a worker

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._table_locked():
            table = self.get_table(exchange)
            if binding not in table:
                _write_atomically(self._table_file(exchange), dumps([binding, *table]))

    def _delete(
        self,
        queue: str,
        exchange: str,
        routing_key: str | None,
        pattern: str | None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self._purge(queue)
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._table_locked():
            table = self.get_table(exchange)
            if binding in table:
                rest = [other for other in table if other != binding]
                _write_atomically(self._table_file(exchange), dumps(rest))

    def _table_file(self, exchange: str) -> Path:
        return Path(self._exchange_file(exchange))  # type: ignore[attr-defined]

    @contextmanager
    def _table_locked(self) -> Iterator[None]:
        try:
            with (self.control_folder / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ChannelError("cannot write down who listens to which queue") from error


class Transport(filesystem.Transport):
    Channel = Channel


TRANSPORT_ALIASES["embedded"] = f"{__name__}:Transport"


def transport_options(folder: Path) -> dict[str, Any]:
    """Makes the folders, as Kombu expects to find them."""
    messages, control = folder / "messages", folder / "control"
    for part in (messages, control):
        part.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "polling_interval": 0.2,
    }


def _write_atomically(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
