"""A broker that takes connections and says nothing, as a frozen machine does."""

from __future__ import annotations

import socket
import threading

import pytest
from kombu.exceptions import OperationalError

from detector_service.celery import app

PATIENCE_S = 15.0


def test_who_rings_gives_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Exception] = []

    def ring() -> None:
        try:
            with app.connection_for_write() as broker:
                broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
        except OperationalError as error:
            said.append(error)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(
            app.conf, "broker_write_url", f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        )
        ringing = threading.Thread(target=ring, daemon=True)
        ringing.start()
        line, _ = silent.accept()
        with line:
            line.settimeout(PATIENCE_S)
            while line.recv(1000):
                pass  # until the other side hangs up
    ringing.join()
    assert said
