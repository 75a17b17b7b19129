"""Refuses a body that is too large, that the disk has no room for, or that nobody may send, before
anything reads it; and hangs up on whoever sends too slowly.

Looking for the CSRF token makes Django read a whole form, files and all, before any view is asked:
without this, a form of any size would be written to the disk first and refused afterwards.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from analysis.errors import VideoProblem
from detector_service.checks import store
from detector_service.pages.asking import may_ask
from detector_service.pages.problems import problem_for_script, problem_view, wants_json
from detector_service.receiving import SMALL_BYTES, body_bytes, hang_up_if_unread, receiving


class BodyLimit:
    """The API has limits of its own, told in its own words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_ours = request.method == "POST" and not request.path.startswith("/api/")
        response = self._receive(request) if is_ours else self.get_response(request)
        hang_up_if_unread(request)
        return response

    def _receive(self, request: HttpRequest) -> HttpResponseBase:
        takes_a_file = request.path == reverse("pages:start")
        if takes_a_file and not may_ask(request):
            return _refuse(request, "auth.required", 403)
        if body_bytes(request) > SMALL_BYTES + (settings.MAX_VIDEO_BYTES if takes_a_file else 0):
            return _refuse(
                request, "content.too_large" if takes_a_file else "request.too_large", 413
            )
        try:
            if takes_a_file:
                store.refuse_when_full(incoming_bytes=body_bytes(request))
            with receiving(request) as body:
                response = self.get_response(request)
        except VideoProblem as problem:
            return _refuse(request, problem.code, 503)
        return _refuse(request, "request.invalid", 400) if body.is_broken else response


def _refuse(request: HttpRequest, code: str, status: int) -> HttpResponseBase:
    problem = problem_view(code)
    if wants_json(request):
        return problem_for_script(problem, status)
    return render(request, "pages/refused.html", {"problem": problem}, status=status)
