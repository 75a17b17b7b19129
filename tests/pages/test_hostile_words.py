"""Everything that a person can paste, and every word of a fetched page, is shown as text."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from analysis.finding import Outcome
from detector_service.checks.keys import issue_key
from detector_service.checks.models import Check
from detector_service.checks.overrides import set_override
from tests.pages.checks import HOSTILE, finished_check

pytestmark = pytest.mark.django_db


class Seen(HTMLParser):
    """What a browser would run: scripts, handlers, styles, and links with a scheme of their own."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and not (
            given.get("src", "").startswith("/static/") or given.get("type") == "application/json"
        ):
            self.dangers.append(self.get_starttag_text() or tag)
        if tag in ("iframe", "object", "embed", "base"):
            self.dangers.append(tag)
        for name, value in given.items():
            address = value.strip().lower()
            if name.startswith("on") or name == "style":
                self.dangers.append(f"{tag} {name}")
            if name in ("href", "src", "action") and address.startswith(("javascript:", "data:")):
                self.dangers.append(f"{tag} {name}={value}")


def assert_harmless(page: str) -> None:
    assert Seen(page).dangers == []
    assert "<script>alert" not in page


def test_titles_of_fetched_pages(client: Client) -> None:
    check = finished_check(title=HOSTILE, signer=HOSTILE)
    page = client.get(f"/checks/{check.public_id}").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert_harmless(page)


def test_the_saved_report(client: Client) -> None:
    check = finished_check(title=HOSTILE, signer=HOSTILE, url="https://x.example/</style><script>")
    page = client.get(f"/checks/{check.public_id}/report.html").content.decode()
    assert page.count("</style>") == 1
    assert [danger for danger in Seen(page).dangers if "data:image/webp" not in danger] == []


def test_the_saved_data_stays_data(client: Client) -> None:
    check = finished_check(title=HOSTILE)
    answer = client.get(f"/checks/{check.public_id}/report.json")
    assert json.loads(answer.content)["source"]["title"] == HOSTILE
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_address_with_a_scheme_of_its_own_is_never_a_link(client: Client) -> None:
    check = finished_check(url="javascript:alert(1)//https://video.example")
    page = client.get(f"/checks/{check.public_id}").content.decode()
    assert 'href=""' in page
    assert_harmless(page)


@pytest.mark.parametrize("text", [HOSTILE, "javascript:alert(1)", "https://x.example/" + HOSTILE])
def test_what_is_typed_into_the_field(client: Client, text: str, rung: Any) -> None:
    assert_harmless(client.get("/", {"url": text}).content.decode())
    answer = client.post("/checks", {"url": text}, follow=True)
    assert_harmless(answer.content.decode())


def test_names_of_files(client: Client, rung: Any) -> None:
    clip = SimpleUploadedFile("x.mp4", b"bytes")
    address = client.post("/checks", {"file": clip})["Location"]
    Check.objects.update(upload_name=HOSTILE)
    assert_harmless(client.get(address).content.decode())


def test_what_is_written_in_a_contest(client: Client) -> None:
    address = f"/checks/{finished_check().public_id}/contest"
    fields = dict.fromkeys(("words", "start", "end", "contact", "reason"), HOSTILE)
    page = client.post(address, fields).content.decode()
    assert "&lt;script&gt;" in page
    assert_harmless(page)


def test_what_a_moderator_writes(client: Client) -> None:
    check = finished_check()
    assert check.video is not None
    set_override(check.video, outcome=Outcome.INCONCLUSIVE, public_reason=HOSTILE)
    assert_harmless(client.get(f"/checks/{check.public_id}").content.decode())


def test_names_of_keys_and_of_people_who_sign_in(client: Client) -> None:
    ana = User.objects.create_user("ana")
    client.force_login(ana)
    issue_key(owner=ana, name=HOSTILE[:100])
    assert_harmless(client.get("/connect").content.decode())
    assert_harmless(client.post("/connect/keys", {"name": HOSTILE}).content.decode())
    signing_in = Client().post("/sign-in", {"username": HOSTILE, "password": "x", "next": HOSTILE})
    assert_harmless(signing_in.content.decode())


def test_addresses_that_do_not_exist(client: Client) -> None:
    answer = client.get("/<script>alert(1)</script>")
    assert answer.status_code == 404
    assert_harmless(answer.content.decode())


def test_a_name_of_a_language_is_no_way_out(client: Client) -> None:
    answer = client.post("/language", {"language": HOSTILE, "next": "https://evil.example/"})
    assert "evil.example" not in answer["Location"]
