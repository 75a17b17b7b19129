"""Who may ask for what: keys, scopes, and requests that another web site makes a browser send."""

from __future__ import annotations

import re
from typing import Any, cast

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from detector_service.checks.asker import Asker, hash_of_address
from detector_service.checks.client_address import client_address
from detector_service.checks.keys import Scope, find_key
from detector_service.checks.models import ApiKey
from detector_service.checks.problems import Refused


class BearerKey(BaseAuthentication):
    """``Authorization: Bearer dfc_…``. A key that is sent must be good, even where none is needed.

    There is no sign-in by cookie here, so no page can borrow a person's session.
    """

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        kind, _, plain = header.partition(" ")
        key = find_key(plain.strip()) if kind.lower() == "bearer" else None
        if key is None:
            raise Refused("auth.invalid_key")
        return key.owner, key


class Allowed(BasePermission):
    """``view.scope_of[method]`` is what a key must allow; ``view.open_to_all`` needs no key.

    A check is open to whoever knows its number: 128 random bits are what keeps it private.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope: Scope | None = getattr(view, "scope_of", {}).get(request.method)
        key = key_of(request)
        if key is not None:
            if scope is not None and scope not in key.scopes:
                raise Refused("auth.missing_scope", scope)
            return True
        if not (settings.ALLOW_ANONYMOUS or getattr(view, "open_to_all", False)):
            raise Refused("auth.required")
        return True


def key_of(request: Request) -> ApiKey | None:
    return cast("ApiKey | None", request.auth)


def asker_of(request: Request) -> Asker:
    address = hash_of_address(client_address(request._request))
    return Asker(key=key_of(request), address_sha256=address)


def refuse_foreign_origin(request: Request) -> None:
    """A page elsewhere can make a browser post here without reading the answer: not in our name.

    With a key it could not have been sent without the permission that CORS asks for first.
    """
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or request.method in ("GET", "HEAD", "OPTIONS") or request.auth is not None:
        return
    host = origin.partition("://")[2]
    if host == request.get_host() or origin in settings.CORS_ALLOWED_ORIGINS:
        return
    if any(re.fullmatch(regex, origin) for regex in settings.CORS_ALLOWED_ORIGIN_REGEXES):
        return
    raise Refused("request.foreign_origin")
