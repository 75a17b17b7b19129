"""What a request has used of its budget, told in RateLimit headers."""

from __future__ import annotations

from django.http import HttpResponseBase
from rest_framework.request import Request

from detector_service.api.access import key_of
from detector_service.checks import quota
from detector_service.checks.client_address import client_address


def spend_read(request: Request) -> None:
    _note(request, quota.spend_read(_who(request)))


def spend_ask(request: Request) -> None:
    _note(request, quota.spend_ask(_who(request)))


def tell_quota(request: Request, response: HttpResponseBase) -> None:
    """draft-ietf-httpapi-ratelimit-headers: what was spent last, which is what ends first."""
    spent: quota.Spent | None = getattr(request._request, "quota_spent", None)
    if spent is not None:
        response["RateLimit-Policy"] = f'"{spent.policy}";q={spent.limit};w={quota.WINDOW_S}'
        response["RateLimit"] = f'"{spent.policy}";r={spent.left};t={spent.resets_in_s}'


def _who(request: Request) -> str:
    if getattr(request._request, "page_token", None) is not None:
        return client_address(request._request)  # a site's key stands behind all of its readers
    key = key_of(request)
    return client_address(request._request) if key is None else f"key{key.pk}"


def _note(request: Request, spent: quota.Spent) -> None:
    request._request.quota_spent = spent  # type: ignore[attr-defined]
    spent.refuse_if_exceeded()
