"""``settings.CHECKED_UPLOADS``, read where it is used so that a test can change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

OPEN = "open"
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SiteSettings:
    service: str  # its address, as browsers reach it
    key: str  # of the site account; never leaves the server
    #: ``src`` and ``integrity``, as ``manage.py poster_script_tag`` of the service prints them.
    script: Mapping[str, str] = field(default_factory=dict)
    #: Where the service is away or cannot check: open lets a form through, marked as unchecked.
    when_away: str = OPEN
    #: Somebody who has not signed in gets no token, so that no stranger spends the site's quota.
    signed_in_only: bool = True
    #: As browsers see the site; empty: as the request says.
    origin: str = ""
    #: After how long without news a page offers to post without waiting, where it is open.
    patience_s: int = 20
    answer_within_s: float = 5.0
    #: How long the server itself waits for an answer on bytes that no page has had checked.
    wait_s: int = 10


def site_settings() -> SiteSettings:
    given: dict[str, Any] = {
        name.lower(): value for name, value in getattr(settings, "CHECKED_UPLOADS", {}).items()
    }
    try:
        made = SiteSettings(**given)
    except TypeError as error:
        raise ImproperlyConfigured(f"CHECKED_UPLOADS: {error}") from error
    if made.when_away not in {OPEN, CLOSED}:
        raise ImproperlyConfigured("CHECKED_UPLOADS: WHEN_AWAY is open or closed.")
    if not made.service.startswith(("https://", "http://")):
        raise ImproperlyConfigured("CHECKED_UPLOADS: SERVICE is the address of the service.")
    return made
