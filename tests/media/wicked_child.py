"""What a decoder does when a file has taken it over. Each runs in a guarded child."""

from __future__ import annotations

import os
import signal
import time
from typing import Any


def crash(arguments: dict[str, Any], channel: Any) -> None:
    os.abort()


def lose_the_last_memory(arguments: dict[str, Any], channel: Any) -> None:
    signal.raise_signal(signal.SIGKILL)  # what the kernel sends when the machine has none left


def hang(arguments: dict[str, Any], channel: Any) -> None:
    time.sleep(600)


def spin(arguments: dict[str, Any], channel: Any) -> None:
    while True:
        pass


def allocate(arguments: dict[str, Any], channel: Any) -> bytearray:
    return bytearray(1 << 40)


def babble(arguments: dict[str, Any], channel: Any) -> None:
    os.write(channel._messages_fd, b"this is no message " * 100)
