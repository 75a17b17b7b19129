"""The tus protocol 1.0.0 (https://tus.io): its core, creation, termination, checksum, expiration.

Written here because the library for Django has had no release that knows a current Django; what is
left of the protocol when the bytes are seen to in ``uploads`` is its headers.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from detector_service.api.parsers import media_type
from detector_service.api.schema import answers
from detector_service.checks.keys import Scope
from detector_service.checks.problems import Refused
from detector_service.posters import postings, uploads
from detector_service.posters.access import caller_of, own_posting
from detector_service.posters.documents import upload_path
from detector_service.posters.endpoint import (
    TOKEN_CODES,
    SiteEndpoint,
    charge_site,
    told,
    wishes_of,
)
from detector_service.posters.models import Posting
from detector_service.posters.serializers import AnnounceSerializer, PostingSerializer
from detector_service.posters.views import posting_id
from detector_service.receiving import receiving

TUS = "1.0.0"
BYTES = "application/offset+octet-stream"
_CODES = (*TOKEN_CODES, "upload.tus_version")
_HEADERS = {
    "Tus-Version": TUS,
    "Tus-Extension": "creation,termination,checksum,expiration",
    "Tus-Checksum-Algorithm": ",".join(uploads.CHECKSUMS),
}


class TusEndpoint(SiteEndpoint):
    scope_of: ClassVar[dict[str, Scope]] = dict.fromkeys(
        ("POST", "HEAD", "PATCH", "DELETE"), Scope.UPLOADS_WRITE
    )

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST":  # where proxies let no PATCH through, a client says it so
            request.method = request.headers.get("X-HTTP-Method-Override", "POST").upper()
        return super().dispatch(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Tus-Resumable"] = TUS
        if answer.status_code == 412:
            answer["Tus-Version"] = TUS
        return answer

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = HttpResponse(status=204, headers=_HEADERS)
        answer["Tus-Max-Size"] = str(settings.MAX_VIDEO_BYTES)
        return answer

    def check_permissions(self, request: Request) -> None:
        """What a server can do is told to everybody."""
        if request.method != "OPTIONS":
            super().check_permissions(request)


class UploadsEndpoint(TusEndpoint):
    @extend_schema(
        operation_id="announce_upload",
        summary="Announce a file by its SHA-256; its bytes are asked for only if they are unknown",
        description="With 201, send the bytes to `upload.url` by the tus protocol 1.0.0. A tus "
        "client may announce with `Upload-Length` and `Upload-Metadata` (sha256, filetype, "
        "filename, reference) in the place of JSON. HEAD of the upload says how far it has come.",
        request=AnnounceSerializer,
        responses=answers(
            {
                200: OpenApiResponse(PostingSerializer, "No bytes are needed."),
                201: OpenApiResponse(PostingSerializer, "Bytes are needed; Location says where."),
            },
            writes=True,
            takes_body=True,
            codes=(
                *_CODES,
                "token.used",
                "quota.used_up",
                "upload.media_type",
                "content.too_large",
            ),
        ),
    )
    def post(self, request: Request) -> HttpResponse:
        fields = AnnounceSerializer.read(_announced(request))
        file = postings.Announced(
            sha256=fields["sha256"],
            size_bytes=fields["size_bytes"],
            media_type=fields["media_type"].partition(";")[0].strip().lower(),
            file_name=fields["file_name"],
        )
        posting = postings.ask_about_file(
            caller_of(request), file, wishes_of(fields), partial(charge_site, request)
        )
        needs_bytes = posting.state == Posting.State.UPLOADING
        answer = told(posting, status=201 if needs_bytes else 200)
        if needs_bytes:
            answer["Location"] = upload_path(posting)
            _say_where(answer, posting)
        return answer


class UploadEndpoint(TusEndpoint):
    def head(self, request: Request, posting_id: str) -> HttpResponse:
        posting = self._own(request, posting_id)
        if posting.state == Posting.State.UPLOADING:
            if posting.received_bytes == posting.size_bytes:
                posting = _finished(posting)
        elif not _is_whole(posting):
            raise Refused("upload.gone")
        answer = HttpResponse(status=200)
        answer["Cache-Control"] = "no-store"
        answer["Upload-Length"] = str(posting.size_bytes)
        _say_where(answer, posting)
        return answer

    @extend_schema(
        operation_id="send_bytes",
        summary="Send bytes of an upload, from the offset that it has reached",
        parameters=[
            posting_id,
            OpenApiParameter("Tus-Resumable", str, "header", required=True, enum=[TUS]),
            OpenApiParameter("Upload-Offset", int, "header", required=True),
            OpenApiParameter("Upload-Checksum", str, "header", description="sha256 BASE64"),
        ],
        request={BYTES: OpenApiTypes.BINARY},
        responses=answers(
            {204: None},
            not_found="posting.not_found",
            writes=True,
            takes_body=True,
            codes=(
                *_CODES,
                "upload.wrong_offset",
                "upload.in_use",
                "upload.checksum",
                "upload.altered",
                "upload.mislabelled",
                "upload.gone",
            ),
        ),
    )
    def patch(self, request: Request, posting_id: str) -> HttpResponse:
        posting = self._own(request, posting_id)
        if media_type(request) != BYTES:
            raise Refused("request.unsupported_media_type")
        offset, length = _number(request, "HTTP_UPLOAD_OFFSET"), _number(request, "CONTENT_LENGTH")
        checksum = _checksum(request)
        if posting.state != Posting.State.UPLOADING:
            raise Refused("upload.gone")
        with _receiving(request):
            uploads.receive(
                posting, offset=offset, length=length, read=request._request.read, checksum=checksum
            )
        if posting.received_bytes == posting.size_bytes:
            posting = uploads.finish(posting)
            if posting.state == Posting.State.FAILED:
                raise Refused(posting.problem_code)
        answer = HttpResponse(status=204)
        _say_where(answer, posting)
        return answer

    @extend_schema(
        operation_id="drop_upload",
        summary="Give an upload up; what arrived is deleted",
        parameters=[posting_id],
        request=None,
        responses=answers(
            {204: None},
            not_found="posting.not_found",
            writes=True,
            codes=(*_CODES, "upload.in_use", "upload.gone"),
        ),
    )
    def delete(self, request: Request, posting_id: str) -> HttpResponse:
        posting = self._own(request, posting_id)
        if posting.state != Posting.State.UPLOADING:
            raise Refused("upload.gone")
        uploads.cancel(posting)
        return HttpResponse(status=204)

    def _own(self, request: Request, public_id: str) -> Posting:
        _same_version(request)
        return own_posting(caller_of(request), public_id)

    def _refuse_large_body(self, request: Request) -> None:
        """Each upload has a limit of its own: what was announced."""


def _announced(request: Request) -> Any:
    if "HTTP_UPLOAD_LENGTH" not in request.META:
        return request.data
    _same_version(request)
    told = _metadata(request.META.get("HTTP_UPLOAD_METADATA", ""))
    return {
        "sha256": told.get("sha256", ""),
        "size_bytes": _number(request, "HTTP_UPLOAD_LENGTH"),
        "media_type": told.get("filetype", ""),
        "file_name": told.get("filename", ""),
        "reference": told.get("reference", ""),
    }


def _metadata(header: str) -> dict[str, str]:
    """``name base64,name base64``"""
    told = {}
    for pair in filter(None, header.split(",")):
        name, _, value = pair.strip().partition(" ")
        try:
            told[name] = base64.b64decode(value, validate=True).decode()
        except ValueError:
            why = f"Upload-Metadata: {name[:50]} is not UTF-8 in base64"
            raise Refused("request.invalid", why) from None
    return told


def _checksum(request: Request) -> uploads.Checksum | None:
    header = request.META.get("HTTP_UPLOAD_CHECKSUM")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError:
        digest = b""
    if algorithm not in uploads.CHECKSUMS or len(digest) != hashlib.new(algorithm).digest_size:
        raise Refused("request.invalid", "Upload-Checksum: sha256 or sha1, and its base64")
    return uploads.Checksum(algorithm, digest)


def _number(request: Request, name: str) -> int:
    text = request.META.get(name) or ""
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        header = name.removeprefix("HTTP_").replace("_", "-").title()
        raise Refused("request.invalid", f"{header}: a whole number is needed")
    return int(text)


def _same_version(request: Request) -> None:
    if request.META.get("HTTP_TUS_RESUMABLE") != TUS:
        raise Refused("upload.tus_version")


def _finished(posting: Posting) -> Posting:
    """A crash stood between its last byte and this, or its last part is just being hashed."""
    try:
        return uploads.finish(posting)
    except Refused as refused:
        if refused.code != "upload.in_use":
            raise
        return posting


def _is_whole(posting: Posting) -> bool:
    failed = posting.state in (Posting.State.FAILED, Posting.State.CANCELLED)
    return posting.received_bytes == posting.size_bytes and not failed


def _say_where(answer: HttpResponse, posting: Posting) -> None:
    answer["Upload-Offset"] = str(posting.received_bytes)
    if posting.expires_at is not None:
        answer["Upload-Expires"] = http_date(posting.expires_at.timestamp())


@contextlib.contextmanager
def _receiving(request: Request) -> Iterator[None]:
    """A sender that is hung up on gives its place to others, and goes on later."""
    try:
        with receiving(request._request, is_upload=True):
            yield
    except uploads.LineBroke:
        raise Refused("request.invalid", "fewer bytes came than Content-Length said") from None
