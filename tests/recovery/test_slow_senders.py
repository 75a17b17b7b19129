"""Senders that are as slow as they can be, against the web server as it is deployed."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.recovery.service import PATIENCE_S, Service

pytestmark = pytest.mark.recovery

MORE_THAN_THREADS = 50


@pytest.fixture
def lines(service: Service) -> Iterator[list[socket.socket]]:
    with ExitStack() as open_lines:
        yield [
            open_lines.enter_context(socket.create_connection(("127.0.0.1", service.port)))
            for _ in range(MORE_THAN_THREADS)
        ]


def head(path: str, kind: str, length: int) -> bytes:
    told = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
    told += f"Cookie: csrftoken={'a' * 32}\r\nContent-Type: {kind}\r\n"
    return f"{told}Content-Length: {length}\r\n\r\n".encode()


FORM = "multipart/form-data; boundary=x"
BEGUN = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


@pytest.mark.parametrize("path", ["/checks", "/api/v1/checks"])
def test_senders_of_files_who_never_end_keep_nobody_out(
    service: Service, lines: list[socket.socket], url: str, path: str
) -> None:
    for line in lines:
        line.sendall(head(path, FORM, 400_000_000) + BEGUN)
    assert service.request("GET", "/api/v1/health/live")[0] == 200
    assert service.wait_for(service.ask(url)["id"])["state"] == "done"


def test_who_sends_a_byte_a_second_is_hung_up_on(
    service: Service, lines: list[socket.socket]
) -> None:
    line = lines[0]
    line.sendall(head("/api/v1/checks", "application/json", 30_000))
    for _ in range(int(PATIENCE_S)):
        if select.select([line], [], [], 1.0)[0]:
            break
        line.sendall(b" ")
    line.settimeout(1.0)
    answer = line.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 400 ") and b"request.invalid" in answer
