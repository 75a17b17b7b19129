"""A check as bytes: made once for a finished one, waited for where one is under way."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.utils.translation import get_language
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from detector_service.api.serializers import CheckSerializer, NewCheckSerializer
from detector_service.checks.models import Check
from detector_service.checks.problems import Refused
from detector_service.checks.queries import CheckView, Stamp, check_view, get_check, stamp_of
from detector_service.release import release

LONGEST_WAIT_S = 20.0
_LOOK_EVERY_S = 0.4
_KEPT_FOR_S = 3600
_waiting = threading.BoundedSemaphore(max(1, settings.MAX_WAITING_READERS))


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    etag: str
    ended: bool


def seconds_to_wait(request: Request) -> float:
    try:
        seconds = float(request.query_params.get("wait", "0"))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT_S:
        raise Refused("request.invalid", f"wait is a number of seconds, 0 to {LONGEST_WAIT_S:g}")
    return seconds


def answer_of(public_id: str) -> Answer:
    """One query for a check that is done; ``Refused`` if there is no such check."""
    stamp = stamp_of(public_id)
    return finished_answer(stamp) if stamp is not None else _answer(_view(public_id))


def finished_answer(stamp: Stamp) -> Answer:
    hour = int(time.time() // _KEPT_FOR_S)
    return _finished(stamp.check, stamp.verdict_version, get_language() or "en", hour)


def new_answer(check: Check, *, cancel_token: str | None) -> Answer:
    view = check_view(check)
    context = {"check": view.id, "cancel_token": cancel_token}
    return _packed(NewCheckSerializer(view, context=context).data, ended=view.ended)


def wait_for_news(public_id: str, *, seconds: float, known: list[str]) -> Answer:
    """Until the check ends, or is no longer as an ETag in ``known`` says, or time is up.

    Few may wait at once, so that those who wait never keep out those who do not.
    """
    answer = answer_of(public_id)
    if answer.ended:
        return answer
    with waiting_seat() as seated:
        if not seated:
            return answer
        ends_at = time.monotonic() + min(seconds, LONGEST_WAIT_S)
        while not answer.ended and (not known or answer.etag in known):
            left_s = ends_at - time.monotonic()
            if left_s <= 0:
                break
            if not connection.in_atomic_block:
                connection.close()  # a sleeper holds nothing that others could use
            time.sleep(min(_LOOK_EVERY_S, left_s))
            answer = answer_of(public_id)
        return answer


@contextmanager
def waiting_seat() -> Iterator[bool]:
    """False where as many wait as may."""
    seated = _waiting.acquire(blocking=False)
    try:
        yield seated
    finally:
        if seated:
            _waiting.release()


def response(request: HttpRequest, answer: Answer, *, status: int = 200) -> HttpResponse:
    """304 where the reader has it already."""
    unchanged = status == 200 and answer.etag in known_etags(request)
    made: HttpResponse = (
        HttpResponseNotModified()
        if unchanged
        else HttpResponse(answer.body, status=status, content_type="application/json")
    )
    made["ETag"] = answer.etag
    made["Cache-Control"] = "private, no-cache"
    if not answer.ended:
        made["Retry-After"] = "2"
    return made


def known_etags(request: HttpRequest) -> list[str]:
    """Only of a GET: ``If-None-Match`` means something else elsewhere."""
    if request.method not in ("GET", "HEAD"):
        return []
    tags = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return [tag.removeprefix("W/") for tag in tags]


# What was made under a stamp stays true, but for the name of somebody's file, which is forgotten
# after a while: so neither memory is for ever.
@lru_cache(maxsize=256)
def _finished(public_id: str, verdict_version: int, language: str, _hour: int) -> Answer:
    key = f"answer:{release()}:{public_id}:{verdict_version}:{language}"
    body: bytes | None = cache.get(key)
    if body is None:
        body = _answer(_view(public_id)).body
        cache.set(key, body, _KEPT_FOR_S)
    return Answer(body=body, etag=_etag(body), ended=True)


def _view(public_id: str) -> CheckView:
    check = get_check(public_id)
    if check is None:
        raise Refused("check.not_found")
    return check_view(check)


def _answer(view: CheckView) -> Answer:
    return _packed(CheckSerializer(view, context={"check": view.id}).data, ended=view.ended)


def _packed(document: Any, *, ended: bool) -> Answer:
    body = JSONRenderer().render(document)
    return Answer(body=body, etag=_etag(body), ended=ended)


def _etag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
