"""Headers that nobody sends in good faith, through the handler that the web server calls."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import RequestFactory

from detector_service.requests import Request
from detector_service.wsgi import application

pytestmark = pytest.mark.django_db

NO_CHARACTER_SET = "multipart/form-data; boundary*=nosuch''BB"


def environment(path: str, **headers: str) -> dict[str, Any]:
    """The factory would read the headers itself."""
    return RequestFactory().post(path, b"--BB--", content_type="text/plain").environ | headers


def answered(path: str, **headers: str) -> tuple[int, bytes]:
    begun: list[str] = []
    response = application(
        environment(path, **headers), lambda status, headers: begun.append(status)
    )
    try:
        return int(begun[0].partition(" ")[0]), b"".join(response)
    finally:
        response.close()


@pytest.mark.parametrize("content_type", [NO_CHARACTER_SET, "multipart/form-data; x*=a\0b''c"])
def test_a_type_that_cannot_be_read_is_one_that_the_api_does_not_take(content_type: str) -> None:
    status, body = answered("/api/v1/checks", CONTENT_TYPE=content_type)

    assert (status, json.loads(body)["code"]) == (415, "request.unsupported_media_type")


def test_a_page_is_shown_whatever_type_is_claimed() -> None:
    status, body = answered("/about", CONTENT_TYPE=NO_CHARACTER_SET, REQUEST_METHOD="GET")

    assert status == 200
    assert b"<html" in body


def test_a_cookie_that_no_database_takes_is_none() -> None:
    """PostgreSQL refuses to look for such a session; SQLite finds none."""
    request = Request(environment("/", HTTP_COOKIE=r'sessionid="\000abc"; csrftoken=kept'))

    assert request.COOKIES == {"csrftoken": "kept"}
