"""A page of a registered site may ask here, and nowhere else of the API."""

from __future__ import annotations

import re
from typing import Any

from corsheaders.signals import check_request_enabled
from django.http import HttpRequest

from detector_service.posters.models import SiteOrigin

_FOR_PAGES = re.compile(r"/api/v1/(uploads|postings)(/|$)")


def connect() -> None:
    check_request_enabled.connect(_is_for_a_site)


def _is_for_a_site(request: HttpRequest, **_: Any) -> bool:
    if not _FOR_PAGES.match(request.path):
        return False
    origin = request.META.get("HTTP_ORIGIN", "")
    return SiteOrigin.objects.filter(origin=origin, site__is_open=True).exists()
