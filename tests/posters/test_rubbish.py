"""What no program of ours would send is refused with a code and words that help."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from detector_service.posters.models import Posting
from tests.posters.conftest import TUS, Asking
from tests.posters.contents import a_video

VIDEO = a_video()


def detail_of(refused: Any) -> str:
    assert (refused.status_code, refused.json()["code"]) == (400, "request.invalid")
    return str(refused.json()["detail"])


@pytest.mark.parametrize("value", ["sha256 ÿ", "sha256 AÄ==", "sha1 é"])
def test_a_checksum_in_no_alphabet_is_refused(server: Asking, value: str) -> None:
    where = server.announce(VIDEO)["Location"]
    refused = server.patch(where, 0, VIDEO, **{"Upload-Checksum": value})
    assert "Upload-Checksum" in detail_of(refused)
    assert server.head(where)["Upload-Offset"] == "0"


@pytest.mark.parametrize("value", ["sha256 ???", "sha256 ÿÿÿÿ", "filename /w=="])
def test_metadata_that_cannot_be_read_says_which(server: Asking, value: str) -> None:
    headers = server.headers | TUS | {"Upload-Length": "20000", "Upload-Metadata": value}
    refused = server.client.post("/api/v1/uploads", headers=headers)
    assert (
        detail_of(refused) == f"Upload-Metadata: {value.partition(' ')[0]} is not UTF-8 in base64"
    )


@pytest.mark.parametrize("length", ["-1", "0", "", "1e3", "0x10", str(2**63), "9" * 400])
def test_a_length_that_is_none_is_refused(server: Asking, length: str) -> None:
    metadata = f"sha256 {base64.b64encode(b'a' * 64).decode()},filetype dmlkZW8vbXA0"
    headers = server.headers | TUS | {"Upload-Length": length, "Upload-Metadata": metadata}
    detail_of(server.client.post("/api/v1/uploads", headers=headers))
    assert not Posting.objects.exists()


@pytest.mark.parametrize("value", ["", "a" * 63, "A" * 64, "g" * 64, 5, [], None])
def test_a_hash_that_is_none_says_what_one_is(server: Asking, value: Any) -> None:
    detail = detail_of(server.announce(VIDEO, sha256=value))
    assert detail.startswith("sha256: ")
    assert "pattern" not in detail


def test_a_choice_that_is_none_says_which_there_are(server: Asking) -> None:
    number = server.announce(VIDEO).json()["id"]
    for value in ("x" * 5000, "", 5, [], None):
        detail = detail_of(server.post(f"postings/{number}/choice", {"choice": value}))
        assert len(detail) < 200
    assert "published_with_label" in detail_of(
        server.post(f"postings/{number}/choice", {"choice": "real"})
    )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/", "https"),
        ("https://user:secret@hooks.example/", "password"),
        ("https://hooks.example:22/", "port"),
        ("https://hooks.example:0/", "port"),
        ("https://10.0.0.1/", "public"),
        ("https://127.0.0.1:8443/", "public"),
        ("https://[::1]/", "public"),
        ("https://[::ffff:10.0.0.1]/", "public"),
        ("https://169.254.169.254/latest", "public"),
        ("https://2130706433/", "public"),
        ("https://0x7f.1/", "public"),
        ("https://localhost/", "public"),
        ("https://hooks.LOCALHOST./", "public"),
        ("https://database/", "public"),
    ],
)
def test_an_address_that_would_never_be_called_says_why(server: Asking, url: str, why: str) -> None:
    detail = detail_of(server.announce(VIDEO, callback_url=url))
    assert why in detail
    assert "secret" not in detail
    assert not Posting.objects.exists()


def test_an_ordinary_address_is_taken(server: Asking) -> None:
    for at, url in enumerate(
        ("https://hooks.example/", "https://hooks.example:8443/x?y=1", "https://8.8.8.8/")
    ):
        made = server.announce(a_video(fill=bytes([65 + at])), callback_url=url)
        assert made.status_code == 201, made.content


@pytest.mark.parametrize("number", ["x", "%00", "a" * 21 + "%00", "a" * 5000])
def test_a_number_that_was_never_given_is_not_there(server: Asking, number: str) -> None:
    assert server.head(f"/api/v1/uploads/{number}").status_code == 404
    assert server.get(f"postings/{number}").json()["code"] == "posting.not_found"
