"""The front page, and what becomes of the link or file that is sent from it."""

from __future__ import annotations

import hashlib
import re
import shutil
from io import BytesIO
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from analysis.fetch.address import parse_address
from detector_service.checks.models import Address, Check
from detector_service.pages.samples import Sample, samples
from tests.pages.checks import finished_check

pytestmark = pytest.mark.django_db

LINK = "https://video.example/watch?v=77"


def test_the_front_page_asks_for_one_link_or_one_file_and_tells_the_measured_rates(
    client: Client,
) -> None:
    page = client.get("/").content.decode()
    assert 'name="url"' in page
    assert 'name="file"' in page
    assert "82<small> of 100" in page  # found, of the manipulated
    assert "1<small> of 100" in page  # wrongly accused, of the genuine


def test_without_a_bundle_the_front_page_promises_no_accuracy(
    client: Client, settings: Any
) -> None:
    settings.BUNDLE = "/nowhere/none"
    page = client.get("/")
    assert page.status_code == 200
    assert "of 100" not in page.content.decode()


def test_a_link_in_the_address_fills_the_field_and_starts_nothing(client: Client) -> None:
    page = client.get("/", {"url": LINK}).content.decode()
    assert f'value="{LINK}"' in page
    assert not Check.objects.exists()


def test_a_link_becomes_a_check_and_leads_to_its_page(client: Client, rung: list[int]) -> None:
    answer = client.post("/checks", {"url": LINK})
    check = Check.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/checks/{check.public_id}"


def test_asking_twice_leads_to_the_same_check(client: Client, rung: list[int]) -> None:
    assert (
        client.post("/checks", {"url": LINK})["Location"]
        == Client().post("/checks", {"url": LINK})["Location"]
    )
    assert Check.objects.count() == 1


def test_a_link_that_was_checked_already_leads_to_its_report(client: Client) -> None:
    key = parse_address(LINK).key
    done = finished_check(url=LINK)
    Address.objects.update(key=key, key_sha256=hashlib.sha256(key.encode()).hexdigest())
    assert client.post("/checks", {"url": LINK})["Location"] == f"/checks/{done.public_id}"


@pytest.mark.parametrize("text", ["", "hello", "javascript:alert(1)", "ftp://x.example/a.mp4"])
def test_what_is_no_link_is_given_back_with_what_to_do(client: Client, text: str) -> None:
    answer = client.post("/checks", {"url": text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "beginning with https://" in page
    assert f'value="{text}"' in page
    assert not Check.objects.exists()


def test_a_link_that_is_too_long_is_never_cut_to_another(client: Client) -> None:
    link = f"https://video.example/{'a' * 2100}"
    refused = client.post("/checks", {"url": link})
    assert refused.status_code == 422
    for page in (refused, client.get("/", {"url": link})):
        field = re.search(r'<input [^>]*id="url"[^>]*>', page.content.decode())
        assert field is not None
        assert f'value="{link}"' in field[0] and "maxlength" not in field[0]


def test_a_file_becomes_a_check_of_its_own(client: Client, rung: list[int]) -> None:
    clip = SimpleUploadedFile("holiday.mp4", b"some bytes", content_type="video/mp4")
    answer = client.post("/checks", {"file": clip})
    check = Check.objects.get()
    assert answer["Location"] == f"/checks/{check.public_id}"
    assert check.upload_name == "holiday.mp4"
    assert "holiday.mp4" in client.get(answer["Location"]).content.decode()


def test_a_file_that_is_too_large_is_refused_and_not_kept(client: Client, settings: Any) -> None:
    settings.MAX_VIDEO_BYTES = 10
    answer = client.post("/checks", {"file": SimpleUploadedFile("long.mp4", b"12345678901")})
    assert answer.status_code == 413
    assert "larger than the service accepts" in answer.content.decode()
    assert not Check.objects.exists()
    assert not [path for path in settings.STORE_DIR.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("address", "told"),
    [("/checks", "larger than the service accepts"), ("/language", "The request is larger")],
)
def test_a_body_that_is_too_large_is_refused_unread(settings: Any, address: str, told: str) -> None:
    settings.MAX_VIDEO_BYTES = 10
    body = BytesIO(b"x" * 1_000_011)
    answer = Client(enforce_csrf_checks=True).post(
        address, CONTENT_LENGTH="1000011", **{"wsgi.input": body}
    )
    assert answer.status_code == 413
    assert told in answer.content.decode()
    assert body.tell() == 0


def test_a_file_that_the_disk_has_no_room_for_is_refused_unread(settings: Any) -> None:
    free_bytes = shutil.disk_usage(settings.SCRATCH_DIR.parent).free
    settings.MIN_FREE_DISK_BYTES = free_bytes - 200_000_000
    body = BytesIO(b"x" * 1000)
    answer = Client(enforce_csrf_checks=True).post(
        "/checks", CONTENT_LENGTH="400000000", **{"wsgi.input": body}
    )
    assert answer.status_code == 503
    assert "more to do than it can take" in answer.content.decode()
    assert body.tell() == 0


def test_the_address_of_a_refused_form_leads_to_the_front_page(client: Client) -> None:
    assert client.get("/checks")["Location"] == "/"


def test_our_script_is_answered_with_where_to_go_or_why_not(
    client: Client, rung: list[int]
) -> None:
    clip = SimpleUploadedFile("holiday.mp4", b"some bytes")
    good = client.post("/checks", {"file": clip}, headers={"accept": "application/json"})
    assert good.json() == {"location": f"/checks/{Check.objects.get().public_id}"}
    bad = client.post("/checks", {"url": "hello"}, headers={"accept": "application/json"})
    assert bad.status_code == 422
    assert "https://" in bad.json()["problem"]


def test_where_strangers_may_not_ask_the_page_says_so(client: Client, settings: Any) -> None:
    settings.ALLOW_ANONYMOUS = False
    assert 'name="url"' not in client.get("/").content.decode()
    assert client.post("/checks", {"url": LINK}).status_code == 403
    assert not Check.objects.exists()


def test_where_strangers_may_not_ask_the_signed_in_may(
    client: Client, settings: Any, django_user_model: Any, rung: list[int]
) -> None:
    settings.ALLOW_ANONYMOUS = False
    client.force_login(django_user_model.objects.create_user("ana"))
    assert 'name="url"' in client.get("/").content.decode()
    assert client.post("/checks", {"url": LINK}).status_code == 302


def test_who_asks_too_often_is_told_to_wait(
    client: Client, settings: Any, rung: list[int], still_minute: None
) -> None:
    settings.ASKS_PER_MINUTE = 2
    answers = [client.post("/checks", {"url": f"{LINK}{at}"}).status_code for at in range(3)]
    assert answers == [302, 302, 429]
    assert Check.objects.count() == 2


@pytest.mark.parametrize(
    "address",
    ["/checks", f"/checks/{'x' * 22}/cancel", f"/checks/{'x' * 22}/contest", "/connect/keys",
     "/connect/pair", "/connect/keys/1/revoke", "/sign-in", "/sign-out", "/language"],
)  # fmt: skip
def test_no_other_site_can_post_in_somebodys_name(address: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(address, {"url": LINK})
    assert answer.status_code == 403
    assert "This is not allowed" in answer.content.decode()


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_a_sample_is_checked_like_any_upload(
    client: Client, rung: list[int], sample: Sample
) -> None:
    assert sample.title in client.get("/").content.decode()
    answer = client.post("/checks", {"sample": sample.name})
    check = Check.objects.get()
    assert answer["Location"] == f"/checks/{check.public_id}"
    assert check.upload_name == sample.name
    assert finders.find(sample.poster.removeprefix("/static/"))


def test_a_name_that_is_no_sample_opens_no_file(client: Client) -> None:
    answer = client.post("/checks", {"sample": "../errors.py"})
    assert answer.status_code == 422
    assert not Check.objects.exists()
