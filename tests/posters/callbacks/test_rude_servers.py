"""A server that is slow or lies costs seconds, and no memory."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from detector_service.posters import callbacks, sending
from detector_service.posters.models import Callback, Site
from tests.posters.callbacks.conftest import put_news
from tests.posters.receivers import rude_server


def _silent(line: socket.socket) -> None:
    time.sleep(60)


def _dripping(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.sendall(b"x")
        time.sleep(0.05)


def _continuing(line: socket.socket) -> None:
    while True:
        line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def _babbling(line: socket.socket) -> None:
    line.sendall(b"\x00\xff" * 100_000)


def _closing(line: socket.socket) -> None:
    line.close()


@pytest.mark.parametrize("talk", [_silent, _dripping, _continuing, _babbling, _closing])
def test_a_server_that_is_slow_or_lies_costs_seconds_and_is_asked_again(
    site: Site,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    talk: Callable[[socket.socket], None],
) -> None:
    monkeypatch.setattr(sending, "DEADLINE_S", 0.6)
    monkeypatch.setattr(sending, "SILENCE_S", 0.3)
    with rude_server(talk) as rude:
        settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{rude.port}"]
        put_news(site, rude.url)
        assert callbacks.deliver(site.pk) == 0
        assert len(rude.requests) == 1
    row = Callback.objects.get()
    assert row.last_problem.startswith("no answer")
    assert row.next_attempt_at is not None


def test_what_a_server_says_after_its_status_is_not_read(site: Site, settings: Any) -> None:
    said = []

    def endless(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while sum(said) < 50_000_000:
                said.append(line.send(b"x" * 65536))
        except OSError:
            said.append(0)

    with rude_server(endless) as rude:
        settings.CALLBACKS_ALLOWED_PRIVATE = [f"127.0.0.1:{rude.port}"]
        put_news(site, rude.url)
        assert callbacks.deliver(site.pk) == 1
    assert sum(said) < 50_000_000
