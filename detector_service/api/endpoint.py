"""What every endpoint does before and after its own work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from detector_service.api.access import Allowed, BearerKey, refuse_foreign_origin
from detector_service.api.parsers import (
    MAX_JSON_BYTES,
    AlwaysJSON,
    FormParser,
    StrictJSONParser,
    media_type,
)
from detector_service.api.problems import problem_of_exception
from detector_service.api.quotas import spend_read, tell_quota
from detector_service.checks.keys import Scope
from detector_service.checks.problems import Refused

_FORM_OVERHEAD_BYTES = 100_000


class Endpoint(APIView):
    # Docstrings of endpoints are part of the schema, so this one has none. Subclasses name the
    # scope that each method needs of a key, if one is sent, and whether none is needed at all.
    scope_of: ClassVar[dict[str, Scope]] = {}
    open_to_all: ClassVar[bool] = False

    authentication_classes: Sequence[type[BaseAuthentication]] = (BearerKey,)
    permission_classes: Sequence[type[BasePermission]] = (Allowed,)
    parser_classes: Sequence[type[BaseParser]] = (StrictJSONParser,)
    content_negotiation_class = AlwaysJSON
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Cheapest first: nothing is read from the body until all of this has passed."""
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request
        )
        try:
            self.perform_authentication(request)
        except Refused:
            # Trying keys is counted against the address that tries them.
            request.user = AnonymousUser()
            request.auth = None
            spend_read(request)
            raise
        spend_read(request)
        self.check_permissions(request)
        refuse_foreign_origin(request)
        self._refuse_large_body(request)

    def handle_exception(self, exc: Exception) -> Any:
        return problem_of_exception(exc, allow=", ".join(self.allowed_methods))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        tell_quota(request, answer)
        return answer

    def _refuse_large_body(self, request: Request) -> None:
        if "HTTP_TRANSFER_ENCODING" in request.META:  # else it would be taken for an empty one
            raise Refused("request.invalid", "a body needs a Content-Length, and no chunks")
        takes_form = FormParser in self.parser_classes
        try:
            body_bytes = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            raise Refused("request.invalid", "Content-Length is not a number") from None
        if is_form(request) and takes_form:
            if body_bytes > settings.MAX_VIDEO_BYTES + _FORM_OVERHEAD_BYTES:
                raise Refused("content.too_large", f"at most {settings.MAX_VIDEO_BYTES} bytes")
        elif body_bytes > MAX_JSON_BYTES:
            raise Refused("request.too_large", f"at most {MAX_JSON_BYTES} bytes")


def is_form(request: Request) -> bool:
    return media_type(request) == FormParser.media_type
