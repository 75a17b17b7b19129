"""Who sends slowly holds a thread: only some may, and not for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from typing import Any

import pytest
from django.http import HttpRequest, UnreadablePostError
from django.test import Client, RequestFactory

from analysis.errors import VideoProblem
from detector_service import receiving as receiving_module
from detector_service.checks.models import Check
from detector_service.receiving import SMALL_BYTES, receiving

LENGTH = 5_000
SCRIPT = {"accept": "application/json"}
WITH_TOKEN = {"cookie": f"csrftoken={'a' * 32}", "x-csrftoken": "a" * 32}


class Line:
    """One end of a connection, read as the web server reads it: until all of a piece is there."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()

    def read(self, size: int) -> bytes:
        came = b""
        while len(came) < size and (piece := self.ours.recv(size - len(came))):
            came += piece
        return came

    def readline(self, size: int) -> bytes:
        return self.read(size)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    with line.ours, line.theirs:
        yield line


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving_module, "PATIENCE_WITH_SMALL_S", 0.2)


def sent_over(line: Line, *, length: int = LENGTH) -> HttpRequest:
    environment = {"gunicorn.socket": line.ours, "wsgi.input": line, "CONTENT_LENGTH": str(length)}
    return RequestFactory().post("/checks", **environment)


def read_all(request: HttpRequest) -> bytes:
    with receiving(request) as body:
        try:
            return request.read()
        finally:
            assert body.is_broken == (body._left > 0)


def test_what_comes_is_read_and_the_line_is_as_before(line: Line) -> None:
    line.theirs.sendall(b"x" * LENGTH)
    assert read_all(sent_over(line)) == b"x" * LENGTH
    assert line.ours.gettimeout() is None


@pytest.mark.usefixtures("impatient")
def test_who_is_silent_is_given_up(line: Line) -> None:
    line.theirs.sendall(b"x")
    with pytest.raises(UnreadablePostError):
        read_all(sent_over(line))


@pytest.mark.usefixtures("impatient")
def test_who_sends_a_byte_now_and_then_is_given_up(line: Line) -> None:
    over = threading.Event()

    def trickle() -> None:
        while not over.wait(0.02):
            line.theirs.sendall(b"x")

    sender = threading.Thread(target=trickle)
    sender.start()
    try:
        with pytest.raises(UnreadablePostError):
            read_all(sent_over(line))
    finally:
        over.set()
        sender.join()


def test_who_hangs_up_half_way_has_sent_nothing(line: Line) -> None:
    line.theirs.sendall(b"x" * (LENGTH - 1))
    line.theirs.close()
    with pytest.raises(UnreadablePostError):
        read_all(sent_over(line))


@pytest.fixture
def crowd(settings: Any) -> Iterator[ExitStack]:
    """As many uploads as one process takes, all under way."""
    with ExitStack() as under_way:
        for _ in range(settings.MAX_RECEIVING_UPLOADS):
            under_way.enter_context(receiving(a_large_request()))
        yield under_way


def a_large_request() -> HttpRequest:
    return RequestFactory().post("/checks", CONTENT_LENGTH=str(SMALL_BYTES + 1))


def test_an_upload_too_many_is_refused_until_another_is_through(crowd: ExitStack) -> None:
    with pytest.raises(VideoProblem, match=r"service\.busy"), receiving(a_large_request()):
        pass
    crowd.close()
    with receiving(a_large_request()):
        pass


def test_a_place_is_free_again_as_soon_as_all_has_come(line: Line) -> None:
    line.theirs.sendall(b"x" * LENGTH * 20)
    with ExitStack() as under_way:
        for _ in range(20):
            request = sent_over(line)
            under_way.enter_context(receiving(request))
            request.read()


# -- as the pages and the API tell it ------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("crowd")
def test_among_many_uploads_a_file_is_refused_and_a_link_is_not(rung: list[int]) -> None:
    large = {"CONTENT_LENGTH": str(SMALL_BYTES * 2), "wsgi.input": (unread := BytesIO(b"x" * 100))}
    page = Client().post("/checks", **large)
    assert page.status_code == 503 and "more to do than it can take" in page.content.decode()
    told = Client().post("/checks", headers=SCRIPT, **large)
    assert told.status_code == 503 and "more to do than it can take" in told.json()["problem"]
    api = Client().post("/api/v1/checks", **large)
    assert (api.status_code, api.json()["code"]) == (503, "service.busy")
    assert api["Retry-After"]
    assert unread.tell() == 0
    assert Client().post("/checks", {"url": "https://video.example/1"}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/checks", "/api/v1/checks"])
def test_a_file_that_broke_off_is_not_looked_at(address: str) -> None:
    begun = BytesIO(
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nthe beginning'
    )
    sent = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": "5000"}
    answer = Client(enforce_csrf_checks=True).post(
        address, headers=SCRIPT | WITH_TOKEN, **sent, **{"wsgi.input": begun}
    )
    assert answer.status_code == 400
    assert not Check.objects.exists()


@pytest.mark.django_db
def test_who_may_not_ask_is_refused_unread(settings: Any) -> None:
    settings.ALLOW_ANONYMOUS = False
    body = BytesIO(b"x" * 1000)
    answer = Client().post("/checks", **{"CONTENT_LENGTH": "400000000", "wsgi.input": body})
    assert answer.status_code == 403
    assert body.tell() == 0
