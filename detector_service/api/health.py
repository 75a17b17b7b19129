"""Is the process alive; is the whole ready to take a check from end to end."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex

from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection
from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from analysis.errors import AnalysisFault
from detector_service.api.endpoint import Endpoint
from detector_service.api.schema import answers
from detector_service.api.serializers import AliveSerializer, HealthSerializer
from detector_service.celery import app
from detector_service.checks import store
from detector_service.checks.bundle import current_bundle
from detector_service.checks.canary import QUEUES, silent_queues

_KEPT_FOR_S = 2


class LiveEndpoint(Endpoint):
    """Touches nothing: a restart would not mend a database that is away."""

    open_to_all = True

    @extend_schema(
        operation_id="live",
        summary="Is this process alive",
        responses=answers({200: AliveSerializer}),
    )
    def get(self, request: Request) -> HttpResponse:
        return JsonResponse({"alive": True})


class ReadyEndpoint(Endpoint):
    open_to_all = True

    @extend_schema(
        operation_id="ready",
        summary="Can a check be taken and carried out",
        responses={
            **answers({200: HealthSerializer}),
            (503, "application/json"): OpenApiResponse(
                HealthSerializer, "Something is missing; the parts say what."
            ),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        parts = _parts()
        ready = all(part["ready"] for part in parts)
        answer = JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)
        answer["Cache-Control"] = "no-store"
        return answer


def _parts() -> list[dict[str, object]]:
    """Looked at once in two seconds at most, however often it is asked."""
    kept: list[dict[str, object]] | None = caches["process"].get("health:parts")
    if kept is not None:
        return kept
    looks: dict[str, Callable[[], str]] = {
        "database": _database,
        "cache": _cache,
        "broker": _broker,
        "disk": _disk,
        "model": _model,
    }
    parts = [_part(name, look) for name, look in looks.items()]
    parts += _queues()
    caches["process"].set("health:parts", parts, _KEPT_FOR_S)
    return parts


def _part(name: str, look: Callable[[], str]) -> dict[str, object]:
    """``look`` answers what is wrong, or nothing. What an error says is for the log alone."""
    try:
        detail = look()
    except Exception as error:
        detail = f"does not answer ({type(error).__name__})"
    return {"name": name, "ready": not detail, "detail": detail}


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


def _model() -> str:
    try:
        current_bundle()
    except AnalysisFault:
        return "the bundle is not there"
    return ""


def _queues() -> list[dict[str, object]]:
    try:
        silent = silent_queues()
    except Exception:
        silent = list(QUEUES)
    return [
        {
            "name": f"queue {queue}",
            "ready": queue not in silent,
            "detail": "no worker answers" if queue in silent else "",
        }
        for queue in QUEUES
    ]
