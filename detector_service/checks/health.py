"""Is the whole ready to take a check from end to end? Probes and people are told the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection

from analysis.errors import AnalysisFault
from detector_service.celery import app
from detector_service.checks import store
from detector_service.checks.bundle import current_bundle
from detector_service.checks.canary import QUEUES, silent_queues

_KEPT_FOR_S = 2


@dataclass(frozen=True, slots=True)
class Part:
    """``detail`` says what is wrong; it is empty when all is well."""

    name: str
    detail: str

    @property
    def ready(self) -> bool:
        return not self.detail


def parts() -> list[Part]:
    """Looked at once in two seconds at most, however often it is asked."""
    kept: list[Part] | None = caches["process"].get("health:parts")
    if kept is not None:
        return kept
    looks: dict[str, Callable[[], str]] = {
        "database": _database,
        "cache": _cache,
        "broker": _broker,
        "disk": _disk,
        "store": _store,
        "model": _model,
    }
    found = [_part(name, look) for name, look in looks.items()] + _queues()
    caches["process"].set("health:parts", found, _KEPT_FOR_S)
    return found


def _part(name: str, look: Callable[[], str]) -> Part:
    """``look`` answers what is wrong, or nothing. What an error says is for the log alone."""
    try:
        detail = look()
    except Exception as error:
        detail = f"does not answer ({type(error).__name__})"
    return Part(name, detail)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _cache() -> str:
    written = token_hex(8)
    cache.set("health:written", written, 10)
    return "" if cache.get("health:written") else "does not keep what is written"


def _broker() -> str:
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    return ""


def _disk() -> str:
    return "" if store.free_bytes() >= settings.MIN_FREE_DISK_BYTES else "is almost full"


def _store() -> str:
    store.ask()
    return ""


def _model() -> str:
    try:
        current_bundle()
    except AnalysisFault:
        return "the bundle is not there"
    return ""


def _queues() -> list[Part]:
    try:
        silent = silent_queues()
    except Exception:
        silent = list(QUEUES)
    return [
        Part(part_of_queue(queue), "no worker answers" if queue in silent else "")
        for queue in QUEUES
    ]


def part_of_queue(queue: str) -> str:
    return f"queue {queue}"
