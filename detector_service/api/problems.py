"""Every refusal of the API as ``application/problem+json`` (RFC 9457), with a stable code."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework import exceptions
from rest_framework.views import set_rollback

from analysis.errors import Problem, VideoProblem
from detector_service.checks.problems import PROBLEMS, Refused
from detector_service.checks.words import problem_advice, problem_title

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"

# What is not named here is told by the family of its code.
_STATUS_OF_CODE: Mapping[str, int] = MappingProxyType(
    {
        "content.too_large": 413,
        "service.rate_limited": 429,
        "service.internal": 500,
        "service.timeout": 504,
        "service.cancelled": 409,
        "request.invalid": 400,
        "request.not_found": 404,
        "request.method_not_allowed": 405,
        "request.unsupported_media_type": 415,
        "request.too_large": 413,
        "request.foreign_origin": 403,
        "auth.required": 401,
        "auth.invalid_key": 401,
        "auth.missing_scope": 403,
        "check.not_found": 404,
        "check.not_yours": 403,
        "check.finished": 409,
        "check.shared": 409,
        "pairing.invalid": 404,
        "verdict.not_yet": 409,
        "verdict.withheld": 409,
        "video.erased": 409,
        "evidence.not_found": 404,
        "contest.already_made": 409,
        "token.invalid": 401,
        "token.used": 409,
        "token.mismatch": 403,
        "quota.used_up": 429,
        "posting.not_found": 404,
        "upload.media_type": 415,
        "upload.wrong_offset": 409,
        "upload.in_use": 423,
        "upload.checksum": 460,
        "upload.altered": 422,
        "upload.mislabelled": 422,
        "upload.gone": 410,
        "upload.tus_version": 412,
    }
)
_STATUS_OF_FAMILY: Mapping[str, int] = MappingProxyType(
    {"link": 422, "content": 422, "platform": 503, "service": 503}
)
_CODE_OF_STATUS: Mapping[int, str] = MappingProxyType(
    {
        401: "auth.invalid_key",
        403: "auth.missing_scope",
        404: "request.not_found",
        405: "request.method_not_allowed",
        413: "request.too_large",
        415: "request.unsupported_media_type",
        429: "service.rate_limited",
    }
)


def status_of(code: str) -> int:
    return _STATUS_OF_CODE.get(code) or _STATUS_OF_FAMILY[code.split(".", maxsplit=1)[0]]


def type_of(code: str) -> str:
    return f"{settings.PUBLIC_URL}/api/v1/problems/{code}"


def problem_document(problem: Problem) -> dict[str, Any]:
    """As it stands in a check that failed, in the reader's language."""
    return {
        "type": type_of(problem.code),
        "code": problem.code,
        "title": problem_title(problem),
        "what_to_do": problem_advice(problem),
        "transient": problem.transient,
    }


def problem_response(
    code: str, *, detail: str = "", headers: Mapping[str, str] | None = None
) -> HttpResponse:
    status = status_of(code)
    document = {**problem_document(PROBLEMS[code]), "status": status}
    if detail:
        document["detail"] = detail
    response = HttpResponse(json.dumps(document), status=status, content_type=PROBLEM_JSON)
    response["Cache-Control"] = "no-store"
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def problem_of_exception(error: Exception, *, allow: str) -> HttpResponse:
    """Whatever happened, a program gets a problem and no stack trace."""
    set_rollback()
    code, detail, headers = "service.internal", "", {}
    match error:
        case Refused():
            code, detail, headers = error.code, error.detail, _retry_after(error.retry_after_s)
        case VideoProblem():
            code, headers = error.code, _retry_after(error.retry_after_s)
        case exceptions.ValidationError():
            code, detail = "request.invalid", _first_complaint(error.detail)
        case exceptions.APIException():
            code = _CODE_OF_STATUS.get(error.status_code, "request.invalid")
            detail = str(error.detail) if code == "request.invalid" else ""
            headers = {"Allow": allow} if error.status_code == 405 else {}
        case Http404():
            code = "request.not_found"
        case RequestDataTooBig():
            code = "request.too_large"
        case SuspiciousOperation() | UnreadablePostError():
            code = "request.invalid"
        case OperationalError():
            log.exception("the database does not answer", exc_info=error)
            code, headers = "service.busy", _retry_after(5)
        case _:
            log.exception("the API failed", exc_info=error)
    return problem_response(code, detail=detail, headers=headers)


def _retry_after(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(max(1, round(seconds)))}


def _first_complaint(detail: Any, where: str = "") -> str:
    """One line a person can act on: the name of the field and what is wrong with it."""
    if isinstance(detail, Mapping):
        name, inner = next(iter(detail.items()))
        return _first_complaint(inner, "" if name == "non_field_errors" else str(name))
    if isinstance(detail, list) and detail:
        return _first_complaint(detail[0], where)
    return f"{where}: {detail}" if where else str(detail)
