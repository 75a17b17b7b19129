"""Keys and the pairing link, for people who are signed in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from detector_service.checks.keys import PAIRING_VALID_FOR_S, claim_pairing, find_key, issue_key
from detector_service.checks.models import ApiKey
from detector_service.checks.problems import PROBLEMS

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client: Client) -> User:
    user = User.objects.create_user("ana", password="a long password")
    client.force_login(user)
    return user


def test_who_is_not_signed_in_is_told_that_no_key_is_needed(client: Client) -> None:
    page = client.get("/connect").content.decode()
    assert "works without a key" in page
    assert "http://localhost:8000" in page
    assert 'action="/connect/pair"' not in page


@pytest.mark.parametrize("address", ["/connect/keys", "/connect/pair", "/connect/keys/1/revoke"])
def test_who_is_not_signed_in_makes_no_key(client: Client, address: str) -> None:
    User.objects.create_user("ana", password="a long password")
    sign_in = client.post(address, {"name": "x"})["Location"]
    assert "/sign-in" in sign_in
    words = {"username": "ana", "password": "a long password"}
    assert client.post(sign_in, words, follow=True).wsgi_request.path == "/connect"
    assert not ApiKey.objects.exists()


def test_a_key_is_shown_once_and_works(client: Client, ana: User) -> None:
    answer = client.post("/connect/keys", {"name": "My script"})
    shown = re.search(r'id="new-key" value="(dfc_[^"]+)"', answer.content.decode())
    assert shown is not None
    key = find_key(shown[1])
    assert key is not None
    assert (key.owner, key.name) == (ana, "My script")
    assert "no-store" in answer["Cache-Control"]
    later = client.get("/connect").content.decode()
    assert shown[1] not in later
    assert "My script" in later


def test_a_name_is_one_that_every_database_keeps(client: Client, ana: User) -> None:
    for address in ("/connect/keys", "/connect/pair"):
        answer = client.post(address, {"name": "My\0 script"})
    _, _, code = answer["Location"].partition("#code=")
    claim_pairing(code)
    assert [key.name for key in ApiKey.objects.all()] == ["My script"] * 2


def test_a_key_can_be_revoked_by_its_owner_alone(client: Client, ana: User) -> None:
    mine, plain = issue_key(owner=ana, name="mine")
    theirs, other_plain = issue_key(owner=User.objects.create_user("eve"), name="theirs")
    assert "theirs" not in client.get("/connect").content.decode()
    assert client.post(f"/connect/keys/{theirs.pk}/revoke").status_code == 404
    assert find_key(other_plain) is not None
    client.post(f"/connect/keys/{mine.pk}/revoke")
    assert find_key(plain) is None
    assert "mine" not in client.get("/connect").content.decode()


def test_the_pairing_link_carries_a_code_in_its_fragment_that_works_once(
    client: Client, ana: User
) -> None:
    link = client.post("/connect/pair", {"name": "Ana's laptop"})["Location"]
    match = re.fullmatch(r"/connect#code=([A-Za-z0-9_-]{22,128})", link)
    assert match is not None
    key, plain = claim_pairing(match[1])
    assert (key.owner, key.name) == (ana, "Ana's laptop")
    assert find_key(plain) == key
    with pytest.raises(Exception, match=r"pairing\."):
        claim_pairing(match[1])


def test_how_long_it_works_is_said_as_it_is(client: Client, ana: User, settings: Any) -> None:
    assert PAIRING_VALID_FOR_S == 5 * 60
    assert "within five minutes" in PROBLEMS["pairing.invalid"].what_to_do
    for language, _ in settings.LANGUAGES:
        page = client.get("/connect", headers={"Accept-Language": language}).content.decode()
        assert len(re.findall(r"\b5 (minut|Minut|دقائق)", page)) == 2, language


def test_signing_in_and_out(client: Client) -> None:
    User.objects.create_user("ana", password="a long password")
    wrong = client.post("/sign-in", {"username": "ana", "password": "no", "next": "/connect"})
    assert wrong.status_code == 200
    assert 'class="wrong"' in wrong.content.decode()
    right = client.post(
        "/sign-in", {"username": "ana", "password": "a long password", "next": "/connect"}
    )
    assert right["Location"] == "/connect"
    assert "Sign out" in client.get("/").content.decode()
    assert client.post("/sign-out")["Location"] == "/"


def test_signing_in_leads_to_no_other_site(client: Client) -> None:
    User.objects.create_user("ana", password="a long password")
    answer = client.post(
        "/sign-in",
        {"username": "ana", "password": "a long password", "next": "https://evil.example/"},
    )
    assert answer["Location"] == "/"


def test_passwords_cannot_be_tried_without_end(client: Client, still_minute: None) -> None:
    User.objects.create_user("ana", password="a long password")
    for _ in range(10):
        client.post("/sign-in", {"username": "ana", "password": "no"})
    right = client.post("/sign-in", {"username": "ana", "password": "a long password"})
    assert right.status_code == 200
    assert "Wait a moment" in right.content.decode()


def test_where_keys_are_needed_the_page_says_nothing_of_open_doors(
    client: Client, settings: Any
) -> None:
    settings.ALLOW_ANONYMOUS = False
    assert "works without a key" not in client.get("/connect").content.decode()
