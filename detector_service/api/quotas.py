"""How much one key or address may ask for, told in RateLimit headers.

Two budgets: asking makes work for the workers and is counted for all processes where they share a
cache; reading is cheap and counted in each process alone, so that a read costs no round trip.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponseBase
from rest_framework.request import Request

from detector_service.checks.client_address import client_address
from detector_service.checks.problems import Refused

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Spent:
    policy: str
    limit: int
    left: int
    resets_in_s: int


def spend_read(request: Request) -> None:
    _spend(request, policy="read", limit=settings.READS_PER_MINUTE, cache_name="process")


def spend_ask(request: Request) -> None:
    shared = "default" if settings.REDIS_URL else "process"
    _spend(request, policy="ask", limit=settings.ASKS_PER_MINUTE, cache_name=shared)


def tell_quota(request: Request, response: HttpResponseBase) -> None:
    """draft-ietf-httpapi-ratelimit-headers: what was spent last, which is what ends first."""
    spent: Spent | None = getattr(request._request, "quota_spent", None)
    if spent is not None:
        response["RateLimit-Policy"] = f'"{spent.policy}";q={spent.limit};w={WINDOW_S}'
        response["RateLimit"] = f'"{spent.policy}";r={spent.left};t={spent.resets_in_s}'


def _spend(request: Request, *, policy: str, limit: int, cache_name: str) -> None:
    now = time.time()
    window, into_it_s = divmod(now, WINDOW_S)
    who = client_address(request._request) if request.auth is None else f"key{request.auth.pk}"
    used = _count(cache_name, f"quota:{policy}:{who}:{int(window)}")
    spent = Spent(
        policy=policy,
        limit=limit,
        left=max(0, limit - used),
        resets_in_s=max(1, round(WINDOW_S - into_it_s)),
    )
    request._request.quota_spent = spent  # type: ignore[attr-defined]
    if used > limit:
        raise Refused("service.rate_limited", retry_after_s=spent.resets_in_s)


def _count(cache_name: str, key: str) -> int:
    cache = caches[cache_name]
    cache.add(key, 0, WINDOW_S)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended between the two
        return 1
