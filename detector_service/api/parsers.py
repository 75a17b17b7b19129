"""What the API reads: one strict kind of JSON, bounded before it is read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from detector_service.checks.problems import Refused
from detector_service.receiving import receiving

MAX_JSON_BYTES = 32_768


class StrictJSONParser(BaseParser):
    """One object, in UTF-8, no key twice, no NaN: what two readers could understand differently
    is refused, so that no proxy in front of us reads another request than we do.

    No JSONParser: for one of those the framework reads the body itself, and waits for ever.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        with _received(parser_context):
            body = stream.read(MAX_JSON_BYTES + 1)
        if len(body) > MAX_JSON_BYTES:
            raise Refused("request.too_large", f"at most {MAX_JSON_BYTES} bytes of JSON")
        try:
            document = json.loads(
                body.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_refuse
            )
        except (ValueError, RecursionError) as error:
            raise ParseError("the body is not valid JSON") from error
        if not isinstance(document, dict):
            raise ParseError("the body must be a JSON object")
        return document


class FormParser(MultiPartParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        with _received(parser_context):
            return super().parse(stream, media_type, parser_context)


class AlwaysJSON(BaseContentNegotiation):
    """There is one format; what the client would rather have is not asked."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        sent = media_type(request)
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or "application/json"


def media_type(request: Request) -> str:
    return (request.content_type or "").partition(";")[0].strip().lower()


def _received(parser_context: Mapping[str, Any] | None) -> AbstractContextManager[object]:
    assert parser_context is not None  # the framework's own, for each request
    return receiving(parser_context["request"]._request)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
