"""What it can tell, how well it works, and whether it works right now."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analysis.errors import AnalysisFault
from analysis.fetch.tool import tool_age
from detector_service.checks import canary, health
from detector_service.checks.bundle import current_card
from detector_service.checks.models import Canary, Check
from detector_service.pages.accuracy import measured_accuracy
from detector_service.pages.card_table import card_table


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    context = {"measured": measured_accuracy(), "keep_videos": settings.KEEP_VIDEOS}
    return render(request, "pages/about.html", context)


@require_safe
def model_card(request: HttpRequest) -> HttpResponse:
    card = _card()
    if card is None:
        return render(request, "pages/model_card.html", {"card": None}, status=503)
    context = {"card": card, "measured": measured_accuracy(), "table": card_table(card)}
    return render(request, "pages/model_card.html", context)


@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Counts alone: nothing here tells one person of another's check."""
    missing = [part.name for part in health.parts() if not part.ready]
    context = {"missing": missing, "fetcher": tool_age()}
    try:
        context |= _counts(missing)
    except OperationalError:  # one of those that are missing
        request.user = AnonymousUser()  # nobody can be looked up, and everybody is to be told
    return render(request, "pages/status.html", context)


def _counts(missing: list[str]) -> dict[str, Any]:
    """What only the database knows."""
    waiting = Check.objects.filter(state=Check.State.QUEUED)
    seen = dict(Canary.objects.values_list("queue", "seen_at"))
    return {
        "waiting": waiting.count(),
        "running": Check.objects.filter(state__in=Check.RUNNING).count(),
        "oldest": waiting.order_by("created_at").values_list("created_at", flat=True).first(),
        "queues": [
            {
                "name": name,
                "alive": health.part_of_queue(name) not in missing,
                "seen_at": seen.get(name),
            }
            for name in canary.QUEUES
        ],
        "card": _card(),
    }


def _card() -> dict[str, Any] | None:
    try:
        return current_card()
    except AnalysisFault:
        return None
