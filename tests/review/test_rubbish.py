"""What no page of ours would send is refused, changes nothing, and never crashes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from detector_service.review import queue
from detector_service.review.case_page import ACTIONS
from detector_service.review.models import BankEntry, Case, Decision, Note
from tests.review.conftest import opened, picked, someone

pytestmark = pytest.mark.django_db

HUGE = "9" * 5000
RUBBISH = ("", " ", "\x00", "a\x00b", "-1", "1.5", "٣", HUGE, "x" * 100_000, "<script>", "\u202e")
FIELDS = ("version", "finding", "text", "match", "notice", "bank", "reason", "choice", "policy")


@pytest.fixture
def client() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(someone("administrator"))
    return client


@pytest.fixture
def case(client: Client) -> Case:
    return opened()


@pytest.mark.parametrize("name", [*ACTIONS, "decide"])
def test_no_button_crashes_at_what_it_is_sent(client: Client, case: Case, name: str) -> None:
    where = reverse(f"admin:review_{name}", args=[case.pk])
    asked: list[dict[str, str]] = [{}, *(dict.fromkeys(FIELDS, value) for value in RUBBISH)]
    asked += [{"version": str(case.version), "match": HUGE, "notice": HUGE}]
    for data in asked:
        if name == "erase" and data.get("reason", "").strip("\x00 "):
            continue  # any words are a reason
        assert client.post(where, data).status_code < 500, data
    assert not Decision.objects.exists()
    assert not BankEntry.objects.exists()


def test_what_no_database_keeps_is_refused_before_it_is_asked(client: Client, case: Case) -> None:
    note = reverse("admin:review_note", args=[case.pk])
    assert client.post(note, {"text": "seen\x00 twice"}).status_code == 400
    queue = reverse("admin:review_case_changelist")
    assert client.get(queue, {"outcome": "\x00"}).status_code == 400
    assert (
        client.get(reverse("admin:review_auditrow_changelist"), {"kind": "\x00"}).status_code == 400
    )
    assert not Note.objects.exists()


def test_many_at_once_are_chosen_by_numbers_alone(client: Client, case: Case) -> None:
    for pick in (*RUBBISH, f"{HUGE}:0", f"1:{HUGE}", "1:2", "1:2:3:4", ":", "1:", f"{10**18}:0"):
        data = {"action": "keep", "case": pick, "confirmed": "yes", "public_reason": "x"}
        assert client.post(reverse("admin:review_bulk"), data).status_code < 500, pick
    data = {"action": "keep", "case": picked(case), "confirmed": "yes"}
    told = client.post(reverse("admin:review_bulk"), data | {"public_reason": "\x00"})
    assert told.status_code == 400
    assert not Decision.objects.exists()


def addresses(case: Case) -> Iterator[tuple[str, dict[str, str]]]:
    queue = reverse("admin:review_case_changelist")
    for value in (text for text in RUBBISH if len(text) < 6000):
        for name in ("state", "reason", "outcome", "claimed", "page"):
            yield queue, {name: value}
        yield reverse("admin:review_bundles"), {"with": value}
        yield reverse("admin:review_figures"), {"bundle": value, "weeks": value}
    yield f"{queue}{HUGE[:30]}/", {}
    yield reverse("admin:review_picture", args=[int(HUGE[:30]), "a.webp"]), {}
    yield reverse("admin:review_video", args=[int(HUGE[:30])]), {}


def test_no_page_crashes_at_its_address(client: Client, case: Case) -> None:
    for where, query in addresses(case):
        assert client.get(where, query).status_code < 500, (where, query)


def test_behind_the_last_page_of_the_queue_there_is_no_other(
    client: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE_SIZE", 1)
    monkeypatch.setattr(queue, "LAST_PAGE", 2)
    for number in (2, 3):
        opened(number)
    where = reverse("admin:review_case_changelist")
    assert b">After</a>" in client.get(where, {"state": "open"}).content
    assert b">After</a>" not in client.get(where, {"state": "open", "page": "2"}).content


def test_look_again_and_promote_take_names_that_are_shipped(client: Client, case: Case) -> None:
    for value in RUBBISH:
        for name in ("promote", "look_again"):
            data: dict[str, Any] = {"name": value, "reason": value, "state": value}
            assert client.post(reverse(f"admin:review_{name}"), data).status_code < 500, value
