"""How much one address may ask for from the pages: the same budget as the API's."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

from detector_service.checks.client_address import client_address
from detector_service.checks.problems import Refused

_WINDOW_S = 60


def spend(request: HttpRequest, *, policy: str, limit: int) -> None:
    """``Refused`` once the budget of this minute is used up."""
    cache = caches["default" if settings.REDIS_URL else "process"]
    window = int(time.time() // _WINDOW_S)
    key = f"quota:{policy}:{client_address(request)}:{window}"
    cache.add(key, 0, _WINDOW_S)
    try:
        used = cache.incr(key)
    except ValueError:  # it ended between the two
        return
    if used > limit:
        raise Refused("service.rate_limited")
