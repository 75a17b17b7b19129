"""How much may be asked for, and by whom it is counted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from detector_service.checks.client_address import client_address
from detector_service.checks.quota import _Window
from tests.api.conftest import URL


def ask(api: Any, number: int, **options: Any) -> Any:
    body = {"url": f"https://videos.example.org/watch/{number}"}
    return api.post("/api/v1/checks", body, "application/json", **options)


@pytest.fixture(autouse=True)
def _standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector_service.checks.quota.time.time", lambda: 1_800_000_010.0)


def test_asking_too_much_is_refused_with_the_time_to_wait(api: Any, settings: Any) -> None:
    settings.ASKS_PER_MINUTE = 2
    first = ask(api, 1)
    assert first["RateLimit-Policy"] == '"ask";q=2;w=60'
    assert first["RateLimit"] == '"ask";r=1;t=50'
    assert ask(api, 2).status_code == 202
    refused = ask(api, 3)
    assert (refused.status_code, refused.json()["code"]) == (429, "service.rate_limited")
    assert refused["Retry-After"] == "50"
    assert refused["RateLimit"] == '"ask";r=0;t=50'


def test_what_is_known_already_costs_nothing_of_it(api: Any, settings: Any, finished: Any) -> None:
    finished()
    settings.ASKS_PER_MINUTE = 1
    for _ in range(3):
        response = api.post("/api/v1/checks", {"url": URL}, "application/json")
        assert response.status_code == 200
        assert response["RateLimit"].startswith('"read"')


def test_reading_too_much_is_refused(api: Any, settings: Any) -> None:
    settings.READS_PER_MINUTE = 3
    statuses = [api.get("/api/v1/health/live").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


def test_a_key_has_a_budget_of_its_own(api: Any, settings: Any, bearer: Any) -> None:
    settings.ASKS_PER_MINUTE = 1
    key = bearer("check:write")
    assert ask(api, 1).status_code == 202
    assert ask(api, 2, headers=key).status_code == 202
    assert ask(api, 3, headers=key).status_code == 429


def test_trying_keys_is_counted_against_the_address(api: Any, settings: Any) -> None:
    settings.READS_PER_MINUTE = 3
    codes = [
        api.get("/api/v1/health/live", headers={"Authorization": f"Bearer dfc_{n}"}).status_code
        for n in range(4)
    ]
    assert codes == [401, 401, 401, 429]


def test_a_made_up_forwarding_header_buys_nothing(api: Any, settings: Any) -> None:
    settings.ASKS_PER_MINUTE = 1
    assert ask(api, 1, headers={"X-Forwarded-For": "9.9.9.1"}).status_code == 202
    assert ask(api, 2, headers={"X-Forwarded-For": "9.9.9.2"}).status_code == 429


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "9.9.9.9", "10.0.0.1"),
        (1, "9.9.9.9", "9.9.9.9"),
        (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        (2, "6.6.6.6, 9.9.9.9, 10.0.0.2", "9.9.9.9"),
        (2, "9.9.9.9", "10.0.0.1"),
        (1, "", ""),
        (1, "not an address", ""),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:9.9.9.9", "9.9.9.9"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxy_saw(
    settings: Any, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected


def test_processes_that_share_a_cache_share_the_budget_of_asking(
    api: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ASKS_PER_MINUTE = 1
    settings.REDIS_URL = "redis://said-to-be-there"
    assert ask(api, 1).status_code == 202
    monkeypatch.setattr("detector_service.checks.quota._here", _Window())  # another process
    assert ask(api, 2).status_code == 429
