"""What it can tell, how well it works, whether it works now; and what these pages keep quiet."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from detector_service.celery import app
from detector_service.checks.models import Canary
from tests.pages.checks import BUNDLE, CARD, finished_check, waiting_check

pytestmark = pytest.mark.django_db


def test_the_model_card_is_shown_whole(client: Client) -> None:
    page = client.get("/model").content.decode()
    assert BUNDLE in page
    assert "82<small> of 100" in page
    assert "likely manipulated at" in page  # a threshold
    assert "0.35" in page
    assert ">any change of sound alone</li>" in page
    assert "<dt>Drawn faces</dt>" in page
    assert "used for: training; licence: CC0" in page
    assert "None" not in page


def test_without_a_bundle_the_card_page_says_so(client: Client, settings: Any) -> None:
    settings.BUNDLE = "/nowhere/none"
    answer = client.get("/model")
    assert answer.status_code == 503
    assert "No model is installed" in answer.content.decode()


def test_the_limits_are_told_with_all_three_verdicts(client: Client) -> None:
    page = client.get("/about").content.decode()
    for words in ("Likely manipulated", "No manipulation found", "Inconclusive", "not a proof"):
        assert words in page


@pytest.mark.parametrize("address", ["/", "/about"])
@pytest.mark.parametrize(
    ("keep", "told"),
    [
        ("never", {"is deleted once"}),
        ("reviewed", {"is kept for a while"}),
        ("decided", {"is kept for a while", "may be kept longer"}),
    ],
)
def test_what_becomes_of_the_video_is_told_as_it_is_set(
    client: Client, settings: Any, address: str, keep: str, told: set[str]
) -> None:
    settings.KEEP_VIDEOS, settings.ALLOW_ANONYMOUS = keep, True
    page = client.get(address).content.decode()
    words = {"is deleted once", "is kept for a while", "may be kept longer"}
    assert {each for each in words if each in page} == told


def test_the_status_counts_what_waits_and_who_is_silent(client: Client) -> None:
    waiting_check()
    page = client.get("/status").content.decode()
    assert "<dd>1 · the oldest for" in page
    assert "Something is not running" in page
    caches["process"].clear()
    all_workers_answer()
    assert "Everything is running" in client.get("/status").content.decode()


def all_workers_answer() -> None:
    for queue in ("fetch", "analyse", "housekeeping"):
        Canary.objects.create(queue=queue, seen_at=timezone.now())


def test_the_status_says_no_better_than_the_probes_are_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers were heard a moment ago, and the broker has gone since."""
    all_workers_answer()
    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    page = client.get("/status").content.decode()
    assert client.get("/api/v1/health/ready").status_code == 503
    assert "Something is not running" in page
    assert "<code>broker</code>" in page


@pytest.mark.parametrize("who", ["anybody", "signed in"])
def test_the_status_says_that_the_database_is_gone(
    client: Client, settings: Any, django_user_model: Any, who: str
) -> None:
    settings.BUNDLE = ""  # which one answers stands in the database
    if who == "signed in":
        client.force_login(django_user_model.objects.create_user("ada"))
    all_workers_answer()

    def gone(*_: Any) -> None:
        raise OperationalError("connection refused")

    caches["process"].clear()
    with connection.execute_wrapper(gone):
        answer = client.get("/status")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Something is not running" in page
    assert "<code>database</code>" in page
    assert "Checks that wait" not in page  # which nobody can count
    caches["process"].clear()


def test_the_status_tells_the_age_of_yt_dlp(client: Client) -> None:
    assert "old</dd>" in client.get("/status").content.decode()


def test_the_status_names_the_model_that_answers_and_how_far_it_has_come(client: Client) -> None:
    page = client.get("/status").content.decode()
    assert CARD["version"] in page
    assert CARD["status"] in page


@pytest.mark.parametrize("address", ["/", "/about", "/model", "/status", "/connect", "/sign-in"])
def test_no_page_tells_of_a_check_of_somebody_else(client: Client, address: str) -> None:
    check = finished_check(title="A title to be kept quiet")
    page = client.get(address).content.decode()
    assert check.public_id not in page
    assert "kept quiet" not in page
    assert "video.example" not in page


@pytest.mark.parametrize("address", ["/", "/about", "/model", "/connect", "/sign-in", "/status"])
def test_every_page_runs_our_own_scripts_alone(client: Client, address: str) -> None:
    policy = client.get(address)["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
