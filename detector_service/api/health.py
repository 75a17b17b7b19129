"""Is the process alive; is the whole ready to take a check from end to end."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from detector_service.api.endpoint import Endpoint
from detector_service.api.schema import answers
from detector_service.api.serializers import AliveSerializer, HealthSerializer
from detector_service.checks import health


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
        parts = [
            {"name": part.name, "ready": part.ready, "detail": part.detail}
            for part in health.parts()
        ]
        ready = all(part["ready"] for part in parts)
        answer = JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)
        answer["Cache-Control"] = "no-store"
        return answer
