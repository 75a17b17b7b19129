"""What the OpenAPI document says of every endpoint; the document itself is openapi.yaml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse

from detector_service.api.problems import PROBLEM_JSON, status_of
from detector_service.api.serializers import ProblemSerializer
from detector_service.checks.problems import PROBLEMS

OPENAPI = Path(__file__).with_name("openapi.yaml")
PICTURE = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}\.webp$"
PREFIX = r"^[0-9a-f]{4}$"

_ABOUT = """\
Ask whether the faces in a video look manipulated, how sure that is, and where.

    curl -H 'Content-Type: application/json' -d '{"url": "https://…"}' …/api/v1/checks

**200** is the verdict, known already. **202** is a check under way: read it at its `Location`, with
`?wait=20` to be told as soon as it ends, until its `state` is `done` or `failed`. A check that is
done without a verdict, or that failed, says why in `problem`.

* Everything that is refused is `application/problem+json` with a stable `code`; what each code
  means stands at `/api/v1/problems/{code}`.
* Sentences come in the language of `Accept-Language`: en, es, de, fr, pt, ar.
* A key (`Authorization: Bearer dfc_…`) is needed where the operator says so. Whoever knows the
  number of a check can read it.
* `RateLimit` says what is left of this minute's budget, `Retry-After` when to come again.
* A verdict is likely_manipulated, no_manipulation_found or inconclusive, with a calibrated
  `fake_probability` from 0 to 1. What it is worth stands in `meaning`. It is no proof.

A site that asks before it publishes begins at `/uploads`, with the SHA-256 of a file, or at
`/postings`, with an address, with the key of its site account or, in a page, with a page token.
Its callbacks are signed by the Standard Webhooks specification: `webhook-id` stays the same over
all attempts, so that what arrives twice can be told.
"""
_ANYWHERE = (
    "request.invalid",
    "auth.required",
    "auth.invalid_key",
    "auth.missing_scope",
    "request.method_not_allowed",
    "service.rate_limited",
    "service.internal",
    "service.busy",
)
_CONFLICTS = (
    "check.finished",
    "check.shared",
    "verdict.not_yet",
    "verdict.withheld",
    "video.erased",
    "contest.already_made",
)


def answers(
    good: Mapping[Any, Any],
    *,
    not_found: str = "",
    writes: bool = False,
    takes_body: bool = False,
    conflicts: bool = False,
    codes: tuple[str, ...] = (),
    family: tuple[str, ...] = (),
) -> dict[Any, Any]:
    """The good answers, and for each status of a refusal the codes that it can carry."""
    told_of = [*_ANYWHERE, *codes]
    told_of += [not_found] if not_found else []
    told_of += ["request.foreign_origin", "check.not_yours"] if writes else []
    told_of += ["request.too_large", "request.unsupported_media_type"] if takes_body else []
    told_of += _CONFLICTS if conflicts else []
    told_of += [code for code in PROBLEMS if code.split(".", maxsplit=1)[0] in family]
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys(told_of):
        by_status[status_of(code)].append(code)
    refusals = {
        (status, PROBLEM_JSON): OpenApiResponse(ProblemSerializer, ", ".join(told))
        for status, told in sorted(by_status.items())
    }
    return {**good, **refusals}


class BearerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "detector_service.api.access.BearerKey"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "dfc_…",
            "description": "From the service's pages. Needed where the operator says so.",
        }


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: what it cannot see in the code. Names that ``StrictSerializer``
    does not know are refused, and a key is needed only where the operator says so."""
    result["info"]["description"] = _ABOUT
    for path in result["paths"].values():
        for operation in path.values():
            if {"site": []} not in operation["security"]:
                operation["security"].append({})
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request"):
            component["additionalProperties"] = False
    return result


@cache
def _document() -> bytes:
    return OPENAPI.read_bytes()


def schema(request: HttpRequest) -> HttpResponse:
    """The checked-in file, byte for byte: nothing is generated while serving."""
    return HttpResponse(_document(), content_type="application/yaml")


def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
