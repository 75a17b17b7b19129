"""Keys, scopes, pairing, and requests that another web site makes a browser send."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from detector_service.checks.keys import (
    PERSONAL,
    claim_pairing,
    find_key,
    issue_key,
    offer_pairing,
    revoke,
)
from detector_service.checks.models import ApiKey
from detector_service.checks.problems import Refused
from tests.api.conftest import URL

ASK = ("/api/v1/checks", {"url": URL}, "application/json")


def test_a_key_is_kept_as_a_hash_alone(owner: Any) -> None:
    key, plain = issue_key(owner=owner, name="laptop", scopes=PERSONAL)
    assert plain.startswith("dfc_")
    assert len(plain) > 40
    assert plain.startswith(key.prefix)
    stored = " ".join(str(value) for value in ApiKey.objects.values().get().values())
    assert plain not in stored
    assert find_key(plain) == key


def test_a_scope_that_does_not_exist_is_refused(owner: Any) -> None:
    with pytest.raises(ValueError, match="everything"):
        issue_key(owner=owner, name="laptop", scopes=["everything"])


@pytest.mark.parametrize("how", ["revoked", "closed account", "changed", "prefix", "hash"])
def test_a_key_that_is_not_good_is_not_found(owner: Any, how: str) -> None:
    key, plain = issue_key(owner=owner, name="laptop", scopes=PERSONAL)
    if how == "revoked":
        revoke(key)
        assert key.revoked_at is not None
    if how == "closed account":
        owner.is_active = False
        owner.save()
    wrong = {"changed": plain[:-1] + "~", "prefix": key.prefix, "hash": key.key_sha256}
    assert find_key(wrong.get(how, plain)) is None


def test_using_a_key_writes_at_most_once_in_ten_minutes(
    owner: Any, django_assert_num_queries: Any
) -> None:
    key, plain = issue_key(owner=owner, name="laptop", scopes=PERSONAL)
    with django_assert_num_queries(2):
        find_key(plain)
    with django_assert_num_queries(1):
        find_key(plain)
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=11))
    find_key(plain)
    key.refresh_from_db()
    assert timezone.now() - key.last_used_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer dfc_unknown", "Basic YTpi", "Bearer dfc_" + "x" * 9000,
     "Bearer dfc_\xe9", "Token dfc_a", "Bearer dfc_a dfc_b"],
)  # fmt: skip
def test_a_bad_key_is_refused_even_where_none_is_needed(
    api: Any, finished: Any, header: str
) -> None:
    path = f"/api/v1/checks/{finished().public_id}"
    response = api.get(path, headers={"Authorization": header})
    assert (response.status_code, response.json()["code"]) == (401, "auth.invalid_key")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_key_without_the_scope_is_refused(api: Any, bearer: Any) -> None:
    response = api.post(*ASK, headers=bearer("check:read"))
    assert (response.status_code, response.json()["code"]) == (403, "auth.missing_scope")
    assert response.json()["detail"] == "check:write"
    assert api.post(*ASK, headers=bearer("check:write")).status_code == 202


def test_without_anonymous_use_asking_needs_a_key(
    api: Any, settings: Any, bearer: Any, finished: Any
) -> None:
    settings.ALLOW_ANONYMOUS = False
    for response in (api.post(*ASK), api.get("/api/v1/verdicts/00ff")):
        assert (response.status_code, response.json()["code"]) == (401, "auth.required")
    assert api.post(*ASK, headers=bearer("check:write")).status_code == 202
    # Whoever was given the number of a check can read it: a report is there to be shown around.
    assert api.get(f"/api/v1/checks/{finished().public_id}").status_code == 200
    assert api.get("/api/v1/health/live").status_code == 200


def test_a_code_pairs_one_browser_once(api: Any, owner: Any) -> None:
    code = offer_pairing(owner=owner, name="Ada's browser")
    response = api.post("/api/v1/pairings", {"code": code}, "application/json")
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    key = find_key(response.json()["key"])
    assert key is not None
    assert (key.owner, key.name) == (owner, "Ada's browser")
    again = api.post("/api/v1/pairings", {"code": code}, "application/json")
    assert (again.status_code, again.json()["code"]) == (404, "pairing.invalid")


def test_a_code_of_a_closed_account_pairs_nothing(owner: Any) -> None:
    code = offer_pairing(owner=owner, name="Ada's browser")
    owner.is_active = False
    owner.save()
    with pytest.raises(Refused):
        claim_pairing(code)


# -- other origins ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("null", 403),
        ("http://testserver.evil.example", 403),
        ("https://testserver@evil.example", 403),
        ("http://[", 403),
        ("http://[testserver]", 403),
        ("", 403),
        ("chrome-extension://abcdefghijklmnopabcdefghijklmnop", 202),
        ("moz-extension://3b241101-e2bb-4255-8caf-4136c566a962", 202),
        ("chrome-extension://a.evil.example", 403),
        ("http://testserver", 202),
        ("https://partner.example", 202),
    ],
)
def test_a_page_elsewhere_cannot_ask_in_our_name(
    api: Any, settings: Any, origin: str, status: int
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://partner.example"]
    response = api.post(*ASK, headers={"Origin": origin})
    assert response.status_code == status
    assert status == 202 or response.json()["code"] == "request.foreign_origin"


def test_extensions_may_read_answers_and_never_with_cookies(api: Any, finished: Any) -> None:
    path = f"/api/v1/checks/{finished().public_id}"
    extension = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
    allowed = api.get(path, headers={"Origin": extension})
    assert allowed["Access-Control-Allow-Origin"] == extension
    assert "Access-Control-Allow-Credentials" not in allowed
    exposed = allowed["Access-Control-Expose-Headers"].lower()
    assert "etag" in exposed
    assert "retry-after" in exposed
    assert "Access-Control-Allow-Origin" not in api.get(
        path, headers={"Origin": "https://evil.example"}
    )


def test_a_browser_may_send_the_headers_that_the_extension_needs(api: Any) -> None:
    response = api.options(
        f"/api/v1/checks/{'A' * 22}",
        headers={
            "Origin": "moz-extension://3b241101-e2bb-4255-8caf-4136c566a962",
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": "authorization,x-cancel-token",
        },
    )
    assert response.status_code == 200
    allowed = response["Access-Control-Allow-Headers"]
    assert "authorization" in allowed
    assert "x-cancel-token" in allowed
    assert "DELETE" in response["Access-Control-Allow-Methods"]


def test_a_signed_in_browser_gains_nothing_here(api: Any, owner: Any, settings: Any) -> None:
    settings.ALLOW_ANONYMOUS = False
    api.force_login(owner)
    assert api.post(*ASK).status_code == 401
