"""Refuses a body that is too large, or that the disk has no room for, before anything reads it.

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
from detector_service.pages.problems import problem_view

_FORM_BYTES = 1_000_000  # everything in a form that is not its file


class BodyLimit:
    """The API has limits of its own, told in its own words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/api/"):
            return self.get_response(request)
        takes_a_file = request.path == reverse("pages:start")
        allowed = _FORM_BYTES + (settings.MAX_VIDEO_BYTES if takes_a_file else 0)
        if _body_bytes(request) > allowed:
            return _refuse(
                request, "content.too_large" if takes_a_file else "request.too_large", 413
            )
        try:
            if takes_a_file:
                store.refuse_when_full(incoming_bytes=_body_bytes(request))
        except VideoProblem as problem:
            return _refuse(request, problem.code, 503)
        return self.get_response(request)


def _refuse(request: HttpRequest, code: str, status: int) -> HttpResponseBase:
    context = {"problem": problem_view(code)}
    return render(request, "pages/too_large.html", context, status=status)


def _body_bytes(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
