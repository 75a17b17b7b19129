"""Ask for a check, watch it, read what it found, contest it, look up what is known."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import lru_cache
from typing import Any, ClassVar

from django.http import FileResponse, HttpResponse, JsonResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from analysis.fetch.address import parse_address, url_hash
from detector_service import logs
from detector_service.api.access import asker_of
from detector_service.api.answers import (
    LONGEST_WAIT_S,
    answer_of,
    finished_answer,
    known_etags,
    new_answer,
    response,
    seconds_to_wait,
    wait_for_news,
)
from detector_service.api.endpoint import Endpoint, is_form
from detector_service.api.parsers import FormParser, StrictJSONParser
from detector_service.api.problems import problem_document
from detector_service.api.quotas import spend_ask
from detector_service.api.schema import PICTURE, PREFIX, answers
from detector_service.api.serializers import (
    CHECK_ID,
    AskSerializer,
    CheckProblemSerializer,
    CheckSerializer,
    ContestMadeSerializer,
    ContestSerializer,
    KnownVerdictsSerializer,
    NewCheckSerializer,
    PairedSerializer,
    PairingSerializer,
    UploadSerializer,
)
from detector_service.checks import lifecycle, store
from detector_service.checks.bundle import current_card
from detector_service.checks.contests import ContestReason, make_contest
from detector_service.checks.keys import Scope, claim_pairing
from detector_service.checks.models import Check
from detector_service.checks.problems import PROBLEMS, Refused
from detector_service.checks.queries import (
    Stamp,
    answer_for,
    get_check,
    is_withheld,
    verdicts_by_prefix,
    why_withheld,
)
from detector_service.checks.submit import Submission, submit_address, submit_upload

_ID = re.compile(CHECK_ID)
_PICTURE_NAME = re.compile(PICTURE)
_PREFIX = re.compile(PREFIX)

check_id = OpenApiParameter("check_id", {"type": "string", "pattern": CHECK_ID}, "path")


class ChecksEndpoint(Endpoint):
    scope_of: ClassVar[dict[str, Scope]] = {"POST": Scope.CHECK_WRITE}
    parser_classes = (StrictJSONParser, FormParser)

    @extend_schema(
        operation_id="ask",
        summary="Ask for a check of an address, or of a file",
        request={"application/json": AskSerializer, "multipart/form-data": UploadSerializer},
        responses=answers(
            {
                200: OpenApiResponse(CheckSerializer, "The verdict is known already."),
                202: OpenApiResponse(NewCheckSerializer, "Under way; Location says where."),
            },
            writes=True,
            takes_body=True,
            family=("link", "content", "service"),
        ),
    )
    def post(self, request: Request) -> HttpResponse:
        if is_form(request):
            return self._look_at_file(request)
        return self._ask_about(request, request.data)

    def _look_at_file(self, request: Request) -> HttpResponse:
        # Both before the body is read: a large file that is not wanted should not be taken in.
        spend_ask(request)
        store.refuse_when_full(incoming_bytes=int(request.META.get("CONTENT_LENGTH") or 0))
        file = UploadSerializer.read(request.data)["file"]
        return self._told(
            request, submit_upload(file=file, name=file.name or "", asker=asker_of(request))
        )

    def _ask_about(self, request: Request, document: Any) -> HttpResponse:
        url = document.get("url")
        if not isinstance(url, str) or len(document) != 1:
            AskSerializer.read(document)
            raise Refused("request.invalid", "url: a string is needed")
        known = answer_for(_key_sha256(url))
        if known is not None:
            return response(request, finished_answer(known))
        spend_ask(request)
        return self._told(request, submit_address(url=url, asker=asker_of(request)))

    def _told(self, request: Request, submission: Submission) -> HttpResponse:
        check = submission.check
        logs.check_id.set(check.public_id)
        if check.state == Check.State.DONE:
            version = check.video.verdict_version if check.video else 0
            return response(request, finished_answer(Stamp(check.public_id, version)))
        answer = new_answer(check, cancel_token=submission.cancel_token)
        told = response(request, answer, status=202)
        told["Location"] = f"/api/v1/checks/{check.public_id}"
        return told


class CheckEndpoint(Endpoint):
    scope_of: ClassVar[dict[str, Scope]] = {"GET": Scope.CHECK_READ, "DELETE": Scope.CHECK_WRITE}
    open_to_all = True

    @extend_schema(
        operation_id="read_check",
        summary="Read a check; wait for its news if asked to",
        parameters=[
            check_id,
            OpenApiParameter(
                "wait",
                {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT_S},
                description="Seconds to wait until the check ends, or, with If-None-Match, until "
                "it is no longer as it was. Answered sooner when many wait.",
            ),
            OpenApiParameter("If-None-Match", str, "header"),
        ],
        responses=answers({200: CheckSerializer, 304: None}, not_found="check.not_found"),
    )
    def get(self, request: Request, check_id: str) -> HttpResponse:
        public_id = _known_form(check_id)
        seconds = seconds_to_wait(request)
        if seconds == 0:
            return response(request, answer_of(public_id))
        known = known_etags(request._request)
        return response(request, wait_for_news(public_id, seconds=seconds, known=known))

    @extend_schema(
        operation_id="cancel_check",
        summary="Cancel a check that one has asked for",
        parameters=[
            check_id,
            OpenApiParameter(
                "X-Cancel-Token", str, "header", description="Told once to whoever asked."
            ),
        ],
        request=None,
        responses=answers({204: None}, not_found="check.not_found", writes=True, conflicts=True),
    )
    def delete(self, request: Request, check_id: str) -> HttpResponse:
        check = _check(check_id)
        token = request.META.get("HTTP_X_CANCEL_TOKEN", "")
        if not asker_of(request).is_owner_of(check, cancel_token=token):
            raise Refused("check.not_yours")
        if not lifecycle.cancel(check):
            check.refresh_from_db(fields=["state"])
            raise Refused("check.shared" if check.state in Check.ACTIVE else "check.finished")
        return HttpResponse(status=204)


class EvidenceEndpoint(Endpoint):
    """Open to whoever knows the number, as an <img> can send no key."""

    scope_of: ClassVar[dict[str, Scope]] = {"GET": Scope.CHECK_READ}
    open_to_all = True

    @extend_schema(
        operation_id="read_picture",
        summary="One picture of what was found",
        parameters=[
            check_id,
            OpenApiParameter("name", {"type": "string", "pattern": PICTURE}, "path"),
        ],
        responses=answers(
            {(200, "image/webp"): OpenApiTypes.BINARY},
            not_found="evidence.not_found",
            conflicts=True,
        ),
    )
    def get(self, request: Request, check_id: str, name: str) -> FileResponse:
        folder = _told_check(check_id).evidence_folder
        if not _PICTURE_NAME.fullmatch(name):
            raise Refused("evidence.not_found")
        try:
            picture = store.opened(f"{folder}/{name}")
        except FileNotFoundError:
            raise Refused("evidence.not_found") from None
        answer = FileResponse(picture, content_type="image/webp")
        answer["Cache-Control"] = "private, max-age=31536000, immutable"
        answer["Content-Disposition"] = f'inline; filename="{name}"'
        answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer


class FindingEndpoint(Endpoint):
    scope_of: ClassVar[dict[str, Scope]] = {"GET": Scope.CHECK_READ}
    open_to_all = True

    @extend_schema(
        operation_id="read_finding",
        summary="All that the model saw, as it was written down",
        parameters=[check_id],
        responses=answers({200: OpenApiTypes.OBJECT}, not_found="check.not_found", conflicts=True),
    )
    def get(self, request: Request, check_id: str) -> JsonResponse:
        answer = JsonResponse(_told_check(check_id).document)
        answer["Cache-Control"] = "private, no-cache"
        return answer


class ContestsEndpoint(Endpoint):
    scope_of: ClassVar[dict[str, Scope]] = {"POST": Scope.CONTEST_WRITE}

    @extend_schema(
        operation_id="contest",
        summary="Say that a verdict is wrong",
        parameters=[check_id],
        request=ContestSerializer,
        responses=answers(
            {201: ContestMadeSerializer},
            not_found="check.not_found",
            writes=True,
            takes_body=True,
            conflicts=True,
        ),
    )
    def post(self, request: Request, check_id: str) -> HttpResponse:
        fields = ContestSerializer.read(request.data)
        check = _check(check_id)
        spend_ask(request)
        contest = make_contest(
            check=check,
            asker=asker_of(request),
            reason=ContestReason(fields["reason"]),
            words=fields["words"],
            start_s=fields["start_s"],
            end_s=fields["end_s"],
            contact=fields["contact"],
        )
        return JsonResponse({"number": contest.public_id}, status=201)


class VerdictsEndpoint(Endpoint):
    scope_of: ClassVar[dict[str, Scope]] = {"GET": Scope.VERDICTS_READ}

    @extend_schema(
        operation_id="known_verdicts",
        summary="Look up known verdicts without saying which",
        description="Every current verdict whose address, in its canonical form, has a SHA-256 "
        "that begins with these four hex digits. The reader picks; the service never learns what. "
        "Whoever knows the address asks for its check, and is answered at once.",
        parameters=[OpenApiParameter("prefix", {"type": "string", "pattern": PREFIX}, "path")],
        responses=answers({200: KnownVerdictsSerializer}),
    )
    def get(self, request: Request, prefix: str) -> HttpResponse:
        if not _PREFIX.fullmatch(prefix):
            raise Refused("request.invalid", "a prefix is four hex digits in lower case")
        known = [asdict(verdict) for verdict in verdicts_by_prefix(prefix)]
        answer = JsonResponse({"prefix": prefix, "verdicts": known})
        answer["Cache-Control"] = "private, no-cache"
        return answer


class PairingsEndpoint(Endpoint):
    open_to_all = True

    @extend_schema(
        operation_id="claim_pairing",
        summary="Turn a code from the service's page into a key, once",
        request=PairingSerializer,
        responses=answers(
            {201: PairedSerializer}, not_found="pairing.invalid", writes=True, takes_body=True
        ),
    )
    def post(self, request: Request) -> HttpResponse:
        code = PairingSerializer.read(request.data)["code"]
        spend_ask(request)
        key, plain = claim_pairing(code)
        answer = JsonResponse({"key": plain, "name": key.name}, status=201)
        answer["Cache-Control"] = "no-store"
        return answer


class BundleEndpoint(Endpoint):
    open_to_all = True

    @extend_schema(
        operation_id="current_bundle",
        summary="The model card of the bundle in use",
        responses=answers({200: OpenApiTypes.OBJECT}),
    )
    def get(self, request: Request) -> JsonResponse:
        return JsonResponse(current_card())


class ProblemEndpoint(Endpoint):
    """Where the ``type`` of a problem leads."""

    open_to_all = True

    @extend_schema(
        operation_id="read_problem",
        summary="What a problem's code means",
        parameters=[OpenApiParameter("code", str, "path", enum=sorted(PROBLEMS))],
        responses=answers({200: CheckProblemSerializer}, not_found="request.not_found"),
    )
    def get(self, request: Request, code: str) -> JsonResponse:
        if code not in PROBLEMS:
            raise Refused("request.not_found")
        return JsonResponse(problem_document(PROBLEMS[code]))


class UnknownEndpoint(Endpoint):
    """Whatever else begins with /api/v1/ is answered in the API's own way."""

    open_to_all = True
    schema = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        for method in self.http_method_names:
            setattr(self, method, self._not_found)
        return super().dispatch(request, *args, **kwargs)

    def _not_found(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Refused("request.not_found")


def _known_form(check_id: str) -> str:
    if not _ID.fullmatch(check_id):
        raise Refused("check.not_found")
    logs.check_id.set(check_id)
    return check_id


def _check(check_id: str) -> Check:
    check = get_check(_known_form(check_id))
    if check is None:
        raise Refused("check.not_found")
    return check


def _told_check(check_id: str) -> Any:
    """The Finding of a check whose verdict people may know."""
    check = _check(check_id)
    if check.finding is None or check.video is None:
        raise Refused("verdict.not_yet")
    if is_withheld(check.video):
        raise Refused(why_withheld(check.video))
    return check.finding


@lru_cache(maxsize=4096)
def _key_sha256(url: str) -> str:
    """Validated once: most people ask about what others have asked about."""
    AskSerializer.read({"url": url})
    return url_hash(parse_address(url).key)
