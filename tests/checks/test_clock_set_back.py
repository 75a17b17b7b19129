"""A machine that started with a wrong clock sets it right: an hour comes twice."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.beat import ScheduleEntry
from celery.schedules import schedule
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from detector_service.checks import canary
from detector_service.checks.models import Canary

HOUR = timedelta(hours=1)


def test_the_timetable_goes_on() -> None:
    clock = [datetime(2026, 1, 1, 12, tzinfo=UTC)]
    sent: list[datetime] = []

    class Noted(import_string(settings.CELERY_BEAT_SCHEDULER.replace(":", "."))):  # type: ignore[misc]
        def apply_async(self, entry: ScheduleEntry, **_: Any) -> None:
            sent.append(clock[0])

    every_5_s = schedule(5, nowfun=lambda: clock[0])
    app = Celery(broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {"task": {"task": "task", "schedule": every_5_s}}
    timetable = Noted(app=app)

    def a_minute_passes() -> int:
        before = len(sent)
        for _ in range(60):
            clock[0] += timedelta(seconds=1)
            timetable.tick()
        return len(sent) - before

    usual = a_minute_passes()
    clock[0] -= HOUR
    assert usual > 8
    assert a_minute_passes() == pytest.approx(usual, abs=1)


@pytest.mark.django_db
def test_a_queue_that_was_heard_before_that_is_not_heard_until_it_is_heard_again() -> None:
    Canary.objects.bulk_create(
        Canary(queue=queue, seen_at=timezone.now() + HOUR) for queue in canary.QUEUES
    )
    assert canary.silent_queues() == list(canary.QUEUES)
    canary.sing("fetch")
    assert "fetch" not in canary.silent_queues()


def test_what_a_process_remembers_for_a_moment_is_not_remembered_for_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend = _backend_of_the_process()
    remembered = backend("set back", {})
    remembered.set("health", "all is well", 60)
    assert remembered.get("health")
    now, passed = time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: now() - HOUR.total_seconds())
    monkeypatch.setattr(time, "monotonic", lambda: passed() + 61)
    assert remembered.get("health") is None


def _backend_of_the_process() -> Any:
    """As it is deployed: the tests' own settings have another."""
    from detector_service import settings as deployed

    return import_string(deployed.CACHES["process"]["BACKEND"])
