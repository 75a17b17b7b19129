"""The page of one check: it waits, tells the verdict, or says why there is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from detector_service.checks import lifecycle
from detector_service.checks.models import Check
from detector_service.checks.queries import CheckView, check_view, get_check, stamp_of
from detector_service.pages import cancel_cookie
from detector_service.pages.asking import asker_of, may_ask
from detector_service.pages.problems import problem_view
from detector_service.pages.report import kept_report


@require_safe
@never_cache
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    stamp = stamp_of(public_id)
    report = None if stamp is None else kept_report(stamp)
    if report is not None:
        return render(request, "pages/report.html", {"report": report.body, "card": report.card})
    row = _check_or_404(public_id)
    view = check_view(row)
    context: dict[str, Any] = {"check": view, "may_ask": may_ask(request)}
    if view.problem_code is not None:
        problem = problem_view(view.problem_code)
        context |= {
            "problem": problem,
            "cancelled": view.problem_code == "service.cancelled",
            "erased": view.problem_code == "video.erased",
            "withheld": view.problem_code == "verdict.withheld",
            "again": view.state == Check.State.FAILED
            and (problem.transient or view.problem_code == "service.cancelled"),
        }
        return render(request, "pages/no_verdict.html", context)
    context |= {
        "now": _now(view),
        "address": settings.PUBLIC_URL + reverse("pages:check", args=[view.id]),
        "may_cancel": _may_cancel(request, row),
    }
    return render(request, "pages/progress.html", context)


@require_safe
@never_cache
def progress(request: HttpRequest, public_id: str) -> JsonResponse:
    """What the progress page needs to bring itself up to date, in the reader's language."""
    view = check_view(_check_or_404(public_id))
    return JsonResponse({"ended": view.ended, **asdict(_now(view))})


@require_POST
def cancel(request: HttpRequest, public_id: str) -> HttpResponseBase:
    row = _check_or_404(public_id)
    if not _is_owner(request, row):
        return _refused(request, "check.not_yours", 403)
    if not lifecycle.cancel(row):
        row.refresh_from_db(fields=["state"])
        if row.state in Check.ACTIVE:
            return _refused(request, "check.shared", 409)
    return redirect("pages:check", public_id=public_id)  # which says how it has ended


@dataclass(frozen=True, slots=True)
class StepView:
    name: str
    when: str  # "past", "now" or "next"


@dataclass(frozen=True, slots=True)
class Now:
    stage: str
    place: str
    progress: float
    steps: tuple[StepView, ...]


def _now(view: CheckView) -> Now:
    names = (gettext("Waiting"), gettext("Fetching"), gettext("Looking"), gettext("Report"))
    reached = _step_reached(view)
    return Now(
        stage=_stage_words(view),
        place=_place_words(view),
        progress=round(view.progress, 3),
        steps=tuple(
            StepView(name, "past" if at < reached else "now" if at == reached else "next")
            for at, name in enumerate(names)
        ),
    )


def _step_reached(view: CheckView) -> int:
    if view.state == Check.State.QUEUED:
        # Fetched and waiting to be looked at is further than not fetched.
        return 2 if view.stage == "fetched" else 0
    return {"fetching": 1, "analysing": 2}.get(view.state, 3)


def _stage_words(view: CheckView) -> str:
    if view.state == Check.State.QUEUED:
        if view.stage == "waiting_to_retry":
            return gettext("Waiting to try again")
        return gettext("Waiting for a free worker")
    return {
        "fetching": gettext("Fetching the video"),
        "analysing": gettext("Looking at the faces"),
    }.get(view.state, gettext("Writing the report"))


def _place_words(view: CheckView) -> str:
    parts = []
    if view.queue_position is not None:
        parts.append(gettext("Place %(place)s in the queue") % {"place": view.queue_position})
    if view.expected_wait_s is not None:
        parts.append(_wait_words(view.expected_wait_s))
    return " · ".join(parts)


def _wait_words(wait_s: int) -> str:
    if wait_s < 10:
        return gettext("a few seconds left")
    if wait_s < 90:
        return gettext("about %(seconds)s seconds left") % {"seconds": round(wait_s, -1)}
    minutes = round(wait_s / 60)
    return ngettext("about %(minutes)s minute left", "about %(minutes)s minutes left", minutes) % {
        "minutes": minutes
    }


def _may_cancel(request: HttpRequest, row: Check) -> bool:
    return _is_owner(request, row) and not row.shared and row.state in Check.ACTIVE


def _is_owner(request: HttpRequest, row: Check) -> bool:
    return asker_of(request).is_owner_of(row, cancel_token=cancel_cookie.token_of(request))


def _refused(request: HttpRequest, code: str, status: int) -> HttpResponse:
    return render(request, "pages/refused.html", {"problem": problem_view(code)}, status=status)


def _check_or_404(public_id: str) -> Check:
    row = get_check(public_id)
    if row is None:
        raise Http404
    return row
