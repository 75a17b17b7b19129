"""The page asks its own site for a token, so that the site's key stays on the server."""

from __future__ import annotations

import json
import re

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from . import service
from .site_settings import site_settings

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LANGUAGE = re.compile(r"[A-Za-z-]{0,20}")
LONGEST_BODY_BYTES = 1000


@require_POST
@never_cache
def page_token(request: HttpRequest) -> JsonResponse:
    """Good for one posting, for ten minutes, from this origin, for the file of this hash."""
    site = site_settings()
    if site.signed_in_only and not request.user.is_authenticated:
        return JsonResponse({"error": "sign in first"}, status=403)
    try:
        asked = json.loads(request.body[:LONGEST_BODY_BYTES])
        sha256, language = asked["sha256"], str(asked.get("language") or "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return JsonResponse({"error": "not understood"}, status=400)
    is_hash = sha256 is None or (isinstance(sha256, str) and _SHA256.fullmatch(sha256))
    if not is_hash or not _LANGUAGE.fullmatch(language):
        return JsonResponse({"error": "not understood"}, status=400)
    origin = site.origin or f"{request.scheme}://{request.get_host()}"
    try:
        token = service.new_page_token(origin=origin, sha256=sha256, language=language)
    except service.Away:
        return JsonResponse({"error": "the check does not answer"}, status=503)
    except service.Refused as refused:
        # Its key or its origin is wrong, or its quota is spent: the site's own affair.
        return JsonResponse({"error": str(refused)}, status=502)
    return JsonResponse({"token": token["token"], "expires_in_s": token["expires_in_s"]})
