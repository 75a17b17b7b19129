"""Saying that a verdict is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from detector_service.checks.contests import ContestReason
from detector_service.checks.models import Contest
from detector_service.pages.contesting import REASONS
from tests.pages.checks import failed_check, finished_check

pytestmark = pytest.mark.django_db


@pytest.fixture
def address() -> str:
    return f"/checks/{finished_check().public_id}/contest"


def test_every_reason_has_its_words(client: Client, address: str) -> None:
    assert set(REASONS) == set(ContestReason)
    page = client.get(address).content.decode()
    for reason in ContestReason:
        assert f'name="reason" value="{reason}"' in page


def test_of_a_picture_no_time_is_asked_for(client: Client) -> None:
    check = finished_check()
    assert check.finding is not None
    address = f"/checks/{check.public_id}/contest"
    assert 'name="start"' in client.get(address).content.decode()

    check.finding.document["media"] |= {"kind": "picture", "duration_s": None}
    check.finding.save()
    page = client.get(address).content.decode()
    assert "What is wrong?" in page
    assert 'name="start"' not in page
    assert "the video" not in page and "This video" not in page


def test_it_is_kept_as_it_was_said_and_answered_with_a_number(client: Client, address: str) -> None:
    answer = client.post(
        address,
        {
            "reason": "not_manipulated",
            "words": "I filmed it.",
            "start": "0:03.5",
            "end": "1:05",
            "contact": "ana@mail.example",
        },
    )
    contest = Contest.objects.get()
    assert answer.status_code == 201
    assert contest.public_id in answer.content.decode()
    assert (contest.reason, contest.words, contest.contact) == (
        "not_manipulated",
        "I filmed it.",
        "ana@mail.example",
    )
    assert (contest.start_s, contest.end_s) == (3.5, 65.0)
    assert contest.told_outcome == "likely_manipulated"


def test_words_cannot_turn_the_line_of_whoever_reads_them(client: Client, address: str) -> None:
    said = "It is \u202egenuine\u202c.\r\nمن\u200cالعربية \u2066x\u2069"
    client.post(address, {"reason": "not_manipulated", "words": said})
    assert Contest.objects.get().words == "It is genuine.\nمن\u200cالعربية x"


def test_one_for_each_person_and_video(client: Client, address: str) -> None:
    client.post(address, {"reason": "other"})
    again = client.post(address, {"reason": "other"})
    assert again.status_code == 409
    assert "already contested" in again.content.decode()
    other = Client(REMOTE_ADDR="203.0.113.9").post(address, {"reason": "other"})
    assert other.status_code == 201
    assert Contest.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choose what is wrong."),
        ({"reason": "because"}, "because"),
        ({"reason": "other", "start": "soon"}, "Write a time as minutes and seconds"),
        ({"reason": "other", "start": "0:09", "end": "0:01"}, "The end lies before the beginning"),
        ({"reason": "other", "words": "w" * 2001}, "2000"),
        ({"reason": "other", "contact": "c" * 255}, "254"),
    ],
)
def test_what_is_missing_or_wrong_is_told_and_nothing_is_lost(
    client: Client, address: str, fields: dict[str, Any], told: str
) -> None:
    answer = client.post(address, {"words": "My words.", **fields})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert 'role="alert"' in page
    assert fields.get("words", "My words.")[:20] in page
    assert not Contest.objects.exists()


def test_it_spends_what_asking_spends_and_nothing_written_is_lost(
    client: Client, address: str, settings: Any, still_minute: None
) -> None:
    settings.ASKS_PER_MINUTE = 1
    other = finished_check(sha256="6" * 64, url="https://video.example/watch?v=6")
    assert client.post(address, {"reason": "other"}).status_code == 201
    answer = client.post(
        f"/checks/{other.public_id}/contest", {"reason": "other", "words": "My words."}
    )
    page = answer.content.decode()
    assert answer.status_code == 429
    assert "My words." in page and 'role="alert"' in page
    assert Contest.objects.count() == 1


def test_without_a_verdict_there_is_nothing_to_contest(client: Client) -> None:
    check = failed_check("content.private")
    address = f"/checks/{check.public_id}/contest"
    assert client.get(address).status_code == 404
    assert client.post(address, {"reason": "other"}).status_code == 404
