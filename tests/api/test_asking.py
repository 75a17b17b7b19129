"""POST /api/v1/checks: answered, joined or begun."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from detector_service.checks.models import Address, Check
from tests.api.conftest import URL


def ask(api: Any, url: Any = URL, **headers: str) -> Any:
    return api.post("/api/v1/checks", {"url": url}, "application/json", headers=headers)


def test_a_new_address_begins_a_check(api: Any) -> None:
    response = ask(api)
    assert response.status_code == 202
    check = response.json()
    assert check["state"] == "queued"
    assert check["queue_position"] == 1
    assert check["verdict"] is None
    assert check["source"]["url"] == URL
    assert len(check["cancel_token"]) >= 32
    assert response["Location"] == f"/api/v1/checks/{check['id']}"
    assert int(response["Retry-After"]) >= 1


def test_a_known_address_is_answered_at_once(api: Any, finished: Any) -> None:
    check = finished()
    response = ask(api)
    assert response.status_code == 200
    assert response.json()["id"] == check.public_id
    assert response.json()["verdict"]["outcome"] == "likely_manipulated"
    assert "cancel_token" not in response.json()


def test_a_known_address_costs_one_query(
    api: Any, finished: Any, django_assert_num_queries: Any
) -> None:
    finished()
    ask(api)
    with django_assert_num_queries(1):
        assert ask(api).status_code == 200


def test_who_joins_a_check_is_not_told_its_cancel_token(api: Any) -> None:
    first = ask(api).json()
    second = ask(api, URL + "#t=5").json()
    assert second["id"] == first["id"]
    assert second["cancel_token"] is None


def test_a_verdict_that_is_too_old_is_looked_at_again(
    api: Any, finished: Any, settings: Any
) -> None:
    finished()
    long_ago = timezone.now() - timedelta(seconds=settings.VERDICT_CURRENT_FOR_S + 60)
    Address.objects.update(fetched_at=long_ago)
    assert ask(api).status_code == 202


def test_a_verdict_of_another_bundle_is_looked_at_again(
    api: Any, finished: Any, serve: Any
) -> None:
    finished()
    serve("toy-of-next-year")
    assert ask(api).status_code == 202


def test_a_verdict_on_other_bytes_is_no_answer(api: Any, finished: Any) -> None:
    first = finished()
    finished(sha256="2" * 64)
    Address.objects.update(video=first.video)
    assert ask(api).json()["id"] == first.public_id


def test_a_file_is_taken(api: Any) -> None:
    file = SimpleUploadedFile("../../clip <b>.mp4", b"not yet looked at", "video/mp4")
    response = api.post("/api/v1/checks", {"file": file})
    assert response.status_code == 202
    source = response.json()["source"]
    assert source["kind"] == "upload"
    assert source["url"] is None
    assert "/" not in source["file_name"]


def test_the_same_file_again_is_answered_from_what_is_known(
    api: Any, finished: Any, settings: Any
) -> None:
    import hashlib

    content = b"the very bytes"
    finished(sha256=hashlib.sha256(content).hexdigest())
    response = api.post("/api/v1/checks", {"file": SimpleUploadedFile("a.mp4", content)})
    assert response.status_code == 200
    assert response.json()["verdict"]["outcome"] == "likely_manipulated"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "request.invalid"),
        (b"{", "request.invalid"),
        (b"[]", "request.invalid"),
        (b'"url"', "request.invalid"),
        (b"null", "request.invalid"),
        (b"NaN", "request.invalid"),
        (b"\xff\xfe", "request.invalid"),
        (b"{}", "request.invalid"),
        (b'{"url": null}', "request.invalid"),
        (b'{"url": ["https://a.example"]}', "request.invalid"),
        (b'{"url": {"$ne": ""}}', "request.invalid"),
        (b'{"url": true}', "request.invalid"),
        (b'{"url": "https://a.example/", "uri": 1}', "request.invalid"),
        (b'{"url": "https://a.example/", "url": "https://b.example/"}', "request.invalid"),
        (b'{"url": "https://a.example/\\u0000"}', "request.invalid"),
        (b'{"url": "https://a.example/\\ud800"}', "request.invalid"),
        (b'{"url": "' + b"a" * 3000 + b'"}', "request.invalid"),
        (b"[" * 20_000, "request.invalid"),
        (b'{"a":' * 5_000, "request.invalid"),
        (b'{"url": ' + b"1" * 6_000 + b"}", "request.invalid"),
        (b'{"url": "' + b"a" * 40_000 + b'"}', "request.too_large"),
        (b'{"url": "file:///etc/passwd"}', "link.invalid"),
        (b'{"url": "javascript:alert(1)"}', "link.invalid"),
        (b'{"url": "not a link"}', "link.invalid"),
        (b'{"url": "https://user:secret@a.example/"}', "link.invalid"),
        (b'{"url": "https://a.example/\\r\\nSet-Cookie: a=b"}', "link.invalid"),
    ],
)
def test_what_is_not_a_question_is_refused(api: Any, body: bytes, code: str) -> None:
    response = api.post("/api/v1/checks", body, "application/json")
    problem = response.json()
    assert problem["code"] == code
    assert response["Content-Type"] == "application/problem+json"
    assert 400 <= response.status_code < 500
    assert problem["title"]
    assert problem["what_to_do"]
    assert Check.objects.count() == 0


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""]
)
def test_other_formats_are_refused(api: Any, media_type: str) -> None:
    response = api.post("/api/v1/checks", b'{"url": "https://a.example/"}', media_type)
    assert response.status_code == 415
    assert response.json()["code"] == "request.unsupported_media_type"


def test_a_form_without_a_file_is_refused(api: Any) -> None:
    response = api.post("/api/v1/checks", {"url": URL})
    assert response.json()["code"] == "request.invalid"


def test_a_form_that_breaks_off_is_refused(api: Any) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'
    response = api.post("/api/v1/checks", body, "multipart/form-data; boundary=x")
    assert response.status_code in (202, 400)
    response = api.post("/api/v1/checks", b"rubbish", "multipart/form-data")
    assert response.json()["code"] == "request.invalid"


class Unread(BytesIO):
    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")


def announce(api: Any, length_bytes: str) -> Any:
    return api.generic(
        "POST",
        "/api/v1/checks",
        b"x",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH=length_bytes,
        **{"wsgi.input": Unread()},
    )


def test_a_file_that_announces_too_much_is_refused_unread(api: Any, settings: Any) -> None:
    settings.MAX_VIDEO_BYTES = 1000
    response = announce(api, "5000000")
    assert (response.status_code, response.json()["code"]) == (413, "content.too_large")


def test_a_file_over_the_budget_or_for_a_full_disk_is_refused_unread(
    api: Any, settings: Any
) -> None:
    settings.MIN_FREE_DISK_BYTES = 2**63
    response = announce(api, "5000")
    assert (response.status_code, response.json()["code"]) == (503, "service.busy")
    settings.ASKS_PER_MINUTE = 0
    response = announce(api, "5000")
    assert (response.status_code, response.json()["code"]) == (429, "service.rate_limited")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({f"field{n}": "x" for n in range(1500)}, "request.invalid"),
        ({f"file{n}": SimpleUploadedFile("a", b"x") for n in range(150)}, "request.invalid"),
        ({"file": "x" * 3_000_000}, "request.too_large"),
        ({"file": SimpleUploadedFile("a", b"x"), "more": "x"}, "request.invalid"),
        (
            {"file": [SimpleUploadedFile("a", b"x"), SimpleUploadedFile("b", b"y")]},
            "request.invalid",
        ),
    ],
    ids=["many fields", "many files", "a large field", "another field", "two files"],
)
def test_a_form_that_is_no_upload_is_refused(api: Any, fields: Any, code: str) -> None:
    response = api.post("/api/v1/checks", fields)
    assert response.json()["code"] == code
    assert Check.objects.count() == 0


@pytest.mark.parametrize("sent", [{"url": URL}, {"file": SimpleUploadedFile("a.mp4", b"bytes")}])
def test_a_body_in_chunks_is_not_taken_for_an_empty_one(api: Any, sent: Any) -> None:
    kind = ("application/json",) if "url" in sent else ()
    response = api.post("/api/v1/checks", sent, *kind, headers={"Transfer-Encoding": "chunked"})
    assert response.status_code == 400
    assert "Content-Length" in response.json()["detail"]


def test_a_file_over_the_limit_leaves_nothing(api: Any, settings: Any, tmp_path: Any) -> None:
    settings.MAX_VIDEO_BYTES = 1000
    response = api.post("/api/v1/checks", {"file": SimpleUploadedFile("a.mp4", b"x" * 2000)})
    assert response.json()["code"] == "content.too_large"
    assert not [path for path in tmp_path.rglob("work/*") if path.is_file()]


def test_an_empty_file_is_refused(api: Any) -> None:
    response = api.post("/api/v1/checks", {"file": SimpleUploadedFile("a.mp4", b"")})
    assert response.json()["code"] == "content.corrupt"


def test_no_answer_shows_what_broke(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(**_: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("detector_service.api.views.submit_address", breaks)
    response = ask(api)
    assert response.status_code == 500
    assert response.json()["code"] == "service.internal"
    assert b"secret" not in response.content
    assert b"Traceback" not in response.content


def test_the_body_is_utf8_json_whatever_the_client_would_rather_have(api: Any) -> None:
    response = ask(api, Accept="text/html")
    assert response.status_code == 202
    assert response["Content-Type"] == "application/json"
    json.loads(response.content.decode())
