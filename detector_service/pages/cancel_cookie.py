"""Who may cancel a check from its page: the browser that asked for it.

The token travels in a cookie that is sent to that one check's addresses alone and that no script
can read, so cancelling needs no session and tells the server nothing about other checks.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

_NAME = "cancel_token"
_KEPT_FOR_S = 24 * 3600


def give(response: HttpResponseBase, public_id: str, token: str) -> None:
    response.set_cookie(
        _NAME,
        token,
        max_age=_KEPT_FOR_S,
        path=reverse("pages:check", args=[public_id]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def token_of(request: HttpRequest) -> str:
    return request.COOKIES.get(_NAME, "")
