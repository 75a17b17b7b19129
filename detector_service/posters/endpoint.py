"""What every endpoint for sites does before its own work."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.request import Request

from detector_service.api.endpoint import Endpoint
from detector_service.checks import quota
from detector_service.posters.access import KeyOrPageToken, SitesAlone, caller_of
from detector_service.posters.answering import look
from detector_service.posters.documents import posting_document
from detector_service.posters.models import Posting
from detector_service.posters.postings import Wishes

#: What can be wrong with the token of a page, wherever one is taken.
TOKEN_CODES = ("token.invalid", "token.mismatch")


class SiteEndpoint(Endpoint):
    # Docstrings of endpoints are part of the schema, so this one has none.
    authentication_classes = (KeyOrPageToken,)
    permission_classes = (SitesAlone,)


class SiteScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "detector_service.posters.access.KeyOrPageToken"
    name = "site"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "dfc_… or dfp_…",
            "description": "A site's key, from its server; or a page token, from its page.",
        }


def charge_site(request: Request) -> None:
    """A posting makes work, and its site pays. What visitors spend is not its own server's."""
    caller = caller_of(request)
    who = f"site{caller.site.pk}" if caller.token is None else f"pages of site{caller.site.pk}"
    spent = quota.spend_for_site(who, per_minute=caller.site.asks_per_minute)
    request._request.quota_spent = spent  # type: ignore[attr-defined]
    spent.refuse_if_exceeded()


def wishes_of(fields: dict[str, Any]) -> Wishes:
    return Wishes(
        reference=fields["reference"],
        callback_url=fields["callback_url"] or "",
        language=get_language() or "en",
    )


def told(posting: Posting, *, status: int = 200) -> HttpResponse:
    posting, standing = look(posting)
    body = json.dumps(posting_document(posting, standing), ensure_ascii=False)
    answer = HttpResponse(body, status=status, content_type="application/json")
    answer["Cache-Control"] = "private, no-store"
    if not posting.has_ended and posting.state != Posting.State.UPLOADING:
        answer["Retry-After"] = "2"
    return answer
