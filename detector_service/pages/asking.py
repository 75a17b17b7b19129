"""The front page, and what becomes of the link or file that is sent from it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from analysis.errors import VideoProblem
from detector_service.checks.asker import Asker, hash_of_address
from detector_service.checks.client_address import client_address
from detector_service.checks.problems import Refused
from detector_service.checks.quota import spend_ask
from detector_service.checks.submit import Submission, submit_address, submit_upload
from detector_service.pages import cancel_cookie
from detector_service.pages.accuracy import measured_accuracy
from detector_service.pages.problems import (
    ProblemView,
    problem_for_script,
    problem_view,
    wants_json,
)
from detector_service.pages.samples import open_sample, samples

_STATUS = {
    "content.too_large": 413,
    "service.busy": 503,
    "service.rate_limited": 429,
}


@require_safe
@never_cache
def front(request: HttpRequest) -> HttpResponse:
    """``?url=`` fills the field, so that a link elsewhere can lead here; it starts nothing."""
    return _front(request, url=request.GET.get("url", ""))


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":  # the address of a refused form, opened anew
        return redirect("pages:front")
    try:
        submission = _submit(request)
    except (VideoProblem, Refused) as refusal:
        return _refuse(request, refusal.code)
    address = reverse("pages:check", args=[submission.check.public_id])
    response: HttpResponseBase = (
        JsonResponse({"location": address}) if wants_json(request) else redirect(address)
    )
    if submission.cancel_token is not None:
        cancel_cookie.give(response, submission.check.public_id, submission.cancel_token)
    return response


def may_ask(request: HttpRequest) -> bool:
    return settings.ALLOW_ANONYMOUS or request.user.is_authenticated


def asker_of(request: HttpRequest) -> Asker:
    return Asker(address_sha256=hash_of_address(client_address(request)))


def _submit(request: HttpRequest) -> Submission:
    spend_ask(client_address(request)).refuse_if_exceeded()
    asker = asker_of(request)
    upload = request.FILES.get("file")
    # A browser brings back a file that was chosen before: the button says what is meant.
    if upload is not None and request.POST.get("send") != "link":
        return submit_upload(file=upload, name=upload.name or "", asker=asker)
    if "sample" in request.POST:
        with open_sample(request.POST["sample"]) as file:
            return submit_upload(file=file, name=file.name or "", asker=asker)
    return submit_address(url=request.POST.get("url", ""), asker=asker)


def _refuse(request: HttpRequest, code: str) -> HttpResponseBase:
    problem = problem_view(code)
    status = _STATUS.get(code, 422)
    if wants_json(request):
        return problem_for_script(problem, status)
    return _front(request, url=request.POST.get("url", ""), problem=problem, status=status)


def _front(
    request: HttpRequest, *, url: str, problem: ProblemView | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "url": url,
        "problem": problem,
        "may_ask": may_ask(request),
        "samples": samples(),
        "measured": measured_accuracy(),
        "too_large": problem_view("content.too_large"),
        "largest_bytes": settings.MAX_VIDEO_BYTES,
        "largest_mb": settings.MAX_VIDEO_BYTES // 1_000_000,
        "longest_minutes": settings.MAX_VIDEO_DURATION_S // 60,
        "keep_videos": settings.KEEP_VIDEOS,
    }
    return render(request, "pages/front.html", context, status=status)
