"""Who is behind a request, for the audit: signals of Django's own do not say."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from detector_service.review.audit import acting


class Acting:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        tag = acting.set(request.user.get_username())
        try:
            return self.get_response(request)
        finally:
            acting.reset(tag)
