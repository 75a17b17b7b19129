"""The page of a check that is under way, and stopping it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from detector_service.checks.models import Check
from tests.pages.checks import waiting_check

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "stage", "told", "step"),
    [
        ("queued", "", "Waiting for a free worker", "Waiting"),
        ("queued", "waiting_to_retry", "Waiting to try again", "Waiting"),
        ("fetching", "downloading", "Fetching the video", "Fetching"),
        ("analysing", "faces", "Looking at the faces", "Looking"),
    ],
)
def test_it_says_in_words_how_far_it_has_come(
    client: Client, state: str, stage: str, told: str, step: str
) -> None:
    check = waiting_check(state=state, stage=stage, progress=0.4)
    page = client.get(f"/checks/{check.public_id}").content.decode()
    assert f'<h1 id="stage">{told}</h1>' in page
    assert f'<li data-step="now" aria-current="step">{step}</li>' in page
    assert 'value="0.4"' in page
    news = client.get(f"/checks/{check.public_id}/progress").json()
    assert (news["stage"], news["progress"], news["ended"]) == (told, 0.4, False)


def test_it_tells_the_place_in_the_queue(client: Client) -> None:
    check = waiting_check()
    assert "Place 1 in the queue" in client.get(f"/checks/{check.public_id}").content.decode()


def test_without_javascript_it_still_refreshes_itself(client: Client) -> None:
    page = client.get(f"/checks/{waiting_check().public_id}").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page


def test_its_address_can_be_shared(client: Client) -> None:
    check = waiting_check()
    page = Client().get(f"/checks/{check.public_id}").content.decode()
    assert f'value="http://localhost:8000/checks/{check.public_id}"' in page


def test_only_the_browser_that_asked_can_cancel(client: Client, rung: list[int]) -> None:
    address = client.post("/checks", {"url": "https://video.example/9"})["Location"]
    stranger = Client()
    assert "Cancel this check" in client.get(address).content.decode()
    assert "Cancel this check" not in stranger.get(address).content.decode()
    refused = stranger.post(f"{address}/cancel")
    assert refused.status_code == 403
    assert "Only the one who asked for a check can cancel it" in refused.content.decode()
    assert Check.objects.get().state == Check.State.QUEUED

    assert client.post(f"{address}/cancel")["Location"] == address
    assert "This check was cancelled" in client.get(address).content.decode()


def test_the_right_to_cancel_is_kept_for_one_check_and_from_scripts(
    client: Client, rung: list[int]
) -> None:
    answer = client.post("/checks", {"url": "https://video.example/9"})
    cookie = answer.cookies["cancel_token"]
    assert cookie["path"] == answer["Location"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_check_that_others_wait_for_too_cannot_be_cancelled(
    client: Client, rung: list[int]
) -> None:
    address = client.post("/checks", {"url": "https://video.example/9"})["Location"]
    Check.objects.update(shared=True)
    assert "Cancel this check" not in client.get(address).content.decode()
    refused = client.post(f"{address}/cancel")
    assert refused.status_code == 409
    assert "Others wait for this check too" in refused.content.decode()


def test_who_cancels_too_late_is_led_to_what_it_has_become(client: Client, rung: list[int]) -> None:
    address = client.post("/checks", {"url": "https://video.example/9"})["Location"]
    for _ in range(2):
        assert client.post(f"{address}/cancel")["Location"] == address


def test_a_check_that_ended_is_told_to_the_script_that_watches(client: Client) -> None:
    check = waiting_check()
    Check.objects.update(state="failed", problem_code="content.private")
    assert client.get(f"/checks/{check.public_id}/progress").json()["ended"] is True


@pytest.mark.parametrize(
    "number", ["\0" * 22, "a\0b", "a" * 21, "a" * 23, "a" * 21 + ".", "é" * 22]
)
def test_what_can_be_no_number_is_not_looked_up(
    client: Client, number: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        for rest in ("", "/progress", "/contest", "/report.json", "/report.html", "/video"):
            assert client.get(f"/checks/{quote(number)}{rest}").status_code == 404


@pytest.mark.parametrize("rest", ["", "/progress", "/contest", "/report.json", "/report.html"])
def test_an_unknown_number_finds_nothing(client: Client, rest: str) -> None:
    answer = client.get(f"/checks/{'a' * 22}{rest}")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
