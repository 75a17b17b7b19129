"""One line of JSON a log record, with the check's id from the request to the worker."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

_SENT_FROM = re.compile(r" from ip=\S*(?=: )")

check_id: ContextVar[str] = ContextVar("check_id", default="")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if about := check_id.get():
            line["check"] = about
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class NoProbes(logging.Filter):
    """A service that is not ready yet says so to whoever asks; no need to log every question."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE


class NoAddresses(logging.Filter):
    """The server says who sent what it cannot read. People are told that no address is kept."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _SENT_FROM.sub("", str(record.msg))
        return True


class OneCheckPerRequest:
    """A thread of the web server serves many requests: each begins with no check in its log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        tag = check_id.set("")
        try:
            return self.get_response(request)
        finally:
            check_id.reset(tag)
