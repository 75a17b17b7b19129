"""Alive, and ready from end to end."""

from __future__ import annotations

import shutil
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import caches
from django.db import OperationalError

from detector_service.checks import canary, health


def parts_of(response: Any) -> dict[str, bool]:
    return {part["name"]: part["ready"] for part in response.json()["parts"]}


def test_alive_touches_nothing(api: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert api.get("/api/v1/health/live").json() == {"alive": True}


def test_ready_when_a_canary_came_through_every_queue(api: Any) -> None:
    for queue in canary.QUEUES:
        canary.sing(queue)
    response = api.get("/api/v1/health/ready")
    assert response.status_code == 200, response.json()
    assert response.json()["ready"] is True


def test_not_ready_while_a_queue_has_no_worker(api: Any) -> None:
    for queue in canary.QUEUES[1:]:
        canary.sing(queue)
    response = api.get("/api/v1/health/ready")
    assert response.status_code == 503
    parts = parts_of(response)
    assert parts.pop(f"queue {canary.QUEUES[0]}") is False
    assert all(parts.values())


@pytest.mark.parametrize("name", ["database", "cache", "broker", "disk", "store"])
def test_a_part_that_fails_is_named_and_its_error_is_not(
    api: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> str:
        raise OperationalError("password authentication failed for user ada at 10.0.0.5")

    monkeypatch.setattr(health, f"_{name}", fails)
    response = api.get("/api/v1/health/ready")
    assert response.status_code == 503
    assert parts_of(response)[name] is False
    assert b"10.0.0.5" not in response.content


@pytest.mark.parametrize("full", ["STORE_DIR", "SCRATCH_DIR"])
def test_a_full_disk_is_told_and_takes_nothing_more_whichever_it_is(
    api: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    """The store may lie on a disk of its own."""
    there = getattr(settings, full)
    usage = type("usage", (), {"free": 50_000})
    none_left = type("usage", (), {"free": 0})
    monkeypatch.setattr(
        shutil, "disk_usage", lambda folder: none_left if folder == there else usage
    )
    settings.MIN_FREE_DISK_BYTES = 5_000
    assert parts_of(api.get("/api/v1/health/ready"))["disk"] is False
    refused = api.post("/api/v1/checks", {"file": BytesIO(b"a video")})
    assert (refused.status_code, refused.json()["code"]) == (503, "service.busy")


def test_without_a_bundle_it_is_not_ready(api: Any, settings: Any) -> None:
    settings.BUNDLE = "no_such_bundle"
    assert parts_of(api.get("/api/v1/health/ready"))["model"] is False


def test_many_probes_look_once(api: Any, django_assert_num_queries: Any) -> None:
    caches["process"].clear()
    api.get("/api/v1/health/ready")
    with django_assert_num_queries(0):
        api.get("/api/v1/health/ready")
