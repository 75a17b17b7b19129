"""Ask about something that is about to be published, and read how it stands."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from detector_service.api.answers import LONGEST_WAIT_S, seconds_to_wait, waiting_seat
from detector_service.api.schema import answers
from detector_service.api.serializers import CHECK_ID
from detector_service.checks.keys import Scope
from detector_service.checks.problems import Refused
from detector_service.posters import page_tokens, postings
from detector_service.posters.access import caller_of, own_posting
from detector_service.posters.answering import look, settle
from detector_service.posters.documents import posting_document
from detector_service.posters.endpoint import (
    TOKEN_CODES,
    SiteEndpoint,
    charge_site,
    told,
    wishes_of,
)
from detector_service.posters.label import moment
from detector_service.posters.models import Posting
from detector_service.posters.serializers import (
    LONGEST_REFERENCE,
    AskPostingSerializer,
    ChoiceSerializer,
    MintSerializer,
    PageTokenSerializer,
    PostingSerializer,
    PostingsSerializer,
)

_LOOK_EVERY_S = 0.5
_MOST_LISTED = 20

posting_id = OpenApiParameter("posting_id", {"type": "string", "pattern": CHECK_ID}, "path")


class PageTokensEndpoint(SiteEndpoint):
    """For the site's server: a page must never hold a key."""

    scope_of: ClassVar[dict[str, Scope]] = {"POST": Scope.TOKENS_WRITE}

    @extend_schema(
        operation_id="mint_page_token",
        summary="Make a token for one posting from one page",
        request=MintSerializer,
        responses=answers(
            {201: PageTokenSerializer},
            writes=True,
            takes_body=True,
            codes=TOKEN_CODES,
        ),
    )
    def post(self, request: Request) -> HttpResponse:
        if caller_of(request).token is not None:
            raise Refused("auth.missing_scope", "a page cannot make tokens")
        fields = MintSerializer.read(request.data)
        token = page_tokens.mint(
            site_key=caller_of(request).site_key,
            origin=fields["origin"],
            reference=fields["reference"],
            sha256=fields["sha256"] or "",
            language=fields["language"],
        )
        expires_at = timezone.now() + timedelta(seconds=settings.PAGE_TOKEN_S)
        answer = JsonResponse(
            {
                "token": token,
                "expires_at": moment(expires_at),
                "expires_in_s": settings.PAGE_TOKEN_S,
            },
            status=201,
        )
        answer["Cache-Control"] = "no-store"
        return answer


class PostingsEndpoint(SiteEndpoint):
    scope_of: ClassVar[dict[str, Scope]] = {
        "GET": Scope.CHECK_READ,
        "POST": Scope.UPLOADS_WRITE,
    }

    @extend_schema(
        operation_id="ask_about_posting",
        summary="Ask about an address that is about to be published",
        request=AskPostingSerializer,
        responses=answers(
            {
                200: OpenApiResponse(PostingSerializer, "It has ended already."),
                202: OpenApiResponse(PostingSerializer, "Under way; Location says where."),
            },
            writes=True,
            takes_body=True,
            codes=(*TOKEN_CODES, "token.used"),
            family=("link", "service"),
        ),
    )
    def post(self, request: Request) -> HttpResponse:
        fields = AskPostingSerializer.read(request.data)
        posting = postings.ask_about_address(
            caller_of(request), fields["url"], wishes_of(fields), partial(charge_site, request)
        )
        answer = told(posting, status=200 if posting.has_ended else 202)
        answer["Location"] = f"/api/v1/postings/{posting.public_id}"
        return answer

    @extend_schema(
        operation_id="find_postings",
        summary="Find a site's own postings by its reference",
        parameters=[
            OpenApiParameter(
                "reference",
                {"type": "string", "minLength": 1, "maxLength": LONGEST_REFERENCE},
                required=True,
            )
        ],
        responses=answers({200: PostingsSerializer}, codes=TOKEN_CODES),
    )
    def get(self, request: Request) -> HttpResponse:
        reference = request.query_params.get("reference", "")
        if not 0 < len(reference) <= LONGEST_REFERENCE or "\x00" in reference:
            raise Refused("request.invalid", "reference: which one is needed")
        mine = Posting.objects.filter(caller_of(request).own, reference=reference)
        rows = mine.select_related("site", "check_asked").order_by("-pk")[:_MOST_LISTED]
        return JsonResponse({"postings": [posting_document(*look(row)) for row in rows]})


class PostingEndpoint(SiteEndpoint):
    scope_of: ClassVar[dict[str, Scope]] = {"GET": Scope.CHECK_READ}

    @extend_schema(
        operation_id="read_posting",
        summary="Read a posting; wait for its end if asked to",
        parameters=[
            posting_id,
            OpenApiParameter(
                "wait",
                {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT_S},
                description="Seconds to wait until it ends. Answered sooner when many wait.",
            ),
        ],
        responses=answers(
            {200: PostingSerializer},
            not_found="posting.not_found",
            codes=TOKEN_CODES,
        ),
    )
    def get(self, request: Request, posting_id: str) -> HttpResponse:
        seconds = seconds_to_wait(request)
        posting = settle(own_posting(caller_of(request), posting_id))
        if seconds and not posting.has_ended:
            posting = _waited_for(posting, seconds)
        return told(posting)


class ChoiceEndpoint(SiteEndpoint):
    scope_of: ClassVar[dict[str, Scope]] = {"POST": Scope.UPLOADS_WRITE}

    @extend_schema(
        operation_id="tell_choice",
        summary="Say what the person did after the answer",
        parameters=[posting_id],
        request=ChoiceSerializer,
        responses=answers(
            {204: None},
            not_found="posting.not_found",
            writes=True,
            takes_body=True,
            codes=TOKEN_CODES,
        ),
    )
    def post(self, request: Request, posting_id: str) -> HttpResponse:
        choice = Posting.Choice(ChoiceSerializer.read(request.data)["choice"])
        postings.choose(own_posting(caller_of(request), posting_id), choice)
        return HttpResponse(status=204)


def _waited_for(posting: Posting, seconds: float) -> Posting:
    """Few may wait at once, as for checks: those who wait never keep out those who do not."""
    ends_at = time.monotonic() + min(seconds, LONGEST_WAIT_S)
    with waiting_seat() as seated:
        while seated and not posting.has_ended and time.monotonic() < ends_at:
            if not connection.in_atomic_block:
                connection.close()  # a sleeper holds nothing that others could use
            time.sleep(_LOOK_EVERY_S)
            rows = Posting.objects.select_related("site", "check_asked")
            posting = settle(rows.get(pk=posting.pk))
    return posting
