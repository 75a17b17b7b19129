"""Who asks for a site: its server with a key, or one of its pages with a token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Q
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from detector_service.api.access import Allowed, BearerKey
from detector_service.api.serializers import CHECK_ID
from detector_service.checks.asker import Asker
from detector_service.checks.models import ApiKey
from detector_service.checks.problems import Refused
from detector_service.posters import page_tokens
from detector_service.posters.models import Posting, Site, SiteKey
from detector_service.posters.page_tokens import TOKEN_PREFIX, PageToken


@dataclass(frozen=True, slots=True)
class Caller:
    site_key: SiteKey
    token: PageToken | None = None

    @property
    def site(self) -> Site:
        return self.site_key.site

    @property
    def asker(self) -> Asker:
        return Asker(key=self.site_key.key)

    @property
    def own(self) -> Q:
        """The postings it may know of: its site's, or with a token the one that it made."""
        mine = Q(site=self.site, test=self.site_key.test)
        return mine if self.token is None else mine & Q(token_nonce=self.token.nonce)


class KeyOrPageToken(BaseAuthentication):
    """A key that belongs to a site, or a token that was made with one."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        kind, _, plain = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() == "bearer" and plain.strip().startswith(TOKEN_PREFIX):
            caller = _by_token(request, plain.strip())
        else:
            found = BearerKey().authenticate(request)
            if found is None:
                return None
            caller = _by_key(found[1])
        request._request.caller = caller  # type: ignore[attr-defined]
        return caller.site_key.key.owner, caller.site_key.key


class SitesAlone(BasePermission):
    """Nobody asks here without saying for which site."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.auth is None:
            raise Refused("auth.required")
        return Allowed().has_permission(request, view)


def caller_of(request: Request) -> Caller:
    return cast("Caller", request._request.caller)  # type: ignore[attr-defined]


def own_posting(caller: Caller, public_id: str) -> Posting:
    """Somebody else's is not there."""
    if not re.fullmatch(CHECK_ID, public_id):
        raise Refused("posting.not_found")
    rows = Posting.objects.select_related("site", "site_key__key", "check_asked")
    posting = rows.filter(caller.own, public_id=public_id).first()
    if posting is None:
        raise Refused("posting.not_found")
    return posting


def _by_token(request: Request, plain: str) -> Caller:
    request._request.page_token = plain  # type: ignore[attr-defined]
    token = page_tokens.read(plain, origin=request.META.get("HTTP_ORIGIN", ""))
    return Caller(token.site_key, token)


def _by_key(key: ApiKey) -> Caller:
    rows = SiteKey.objects.select_related("site", "key__owner")
    site_key = rows.filter(key=key).first()
    if site_key is None:
        raise Refused("auth.missing_scope", "the key belongs to no site")
    return Caller(site_key)
