"""What the site's server asks the service, with its key. It follows no redirect."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping, Set
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.utils.translation import get_language

from .site_settings import site_settings

Posting = dict[str, Any]
LONGEST_ANSWER_BYTES = 2_000_000
CHUNK_BYTES = 4 * 2**20
_POSTING_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_POSTING = {"id", "state", "advice", "source", "upload", "check", "label", "problem"}
_TOKEN = {"token", "expires_in_s"}


class Readable(Protocol):
    def read(self, num_bytes: int = ..., /) -> bytes: ...
    def seek(self, offset: int, /) -> int: ...


class Away(Exception):
    """Nobody answered, or what answered was not the service."""


class Refused(Exception):
    """The service has said no; ``problem`` says why, in words for a person."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem["code"]))
        self.problem = problem


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_opener = build_opener(_NoRedirect)


def new_page_token(*, origin: str, sha256: str | None, language: str) -> Mapping[str, Any]:
    asked = {"origin": origin, "sha256": sha256, "language": language}
    return _ask("POST", "page-tokens", asked, tells=_TOKEN)


def read_posting(posting_id: str) -> Posting | None:
    """None for an id that is not one of this site's: it came from a browser."""
    if not _POSTING_ID.fullmatch(posting_id):
        return None
    try:
        return _ask("GET", f"postings/{posting_id}")
    except Refused:
        return None


def ask_about_file(
    file: Readable, *, sha256: str, size_bytes: int, media_type: str, name: str
) -> Posting:
    """Known bytes are answered at once; others are sent, and their answer awaited for a while."""
    announced = {
        "sha256": sha256,
        "size_bytes": size_bytes,
        "media_type": media_type,
        "file_name": name[-200:],
    }
    posting = _ask("POST", "uploads", announced)
    if posting["state"] == "uploading":
        offset = int(posting["upload"]["offset"])
        for chunk in _chunks(file, offset):
            headers = {
                "Content-Type": "application/offset+octet-stream",
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": str(offset),
            }
            _answer("PATCH", f"uploads/{quote(posting['id'])}", chunk, headers, within_s=60)
            offset += len(chunk)
    return _awaited(posting)


def ask_about_address(url: str) -> Posting:
    return _awaited(_ask("POST", "postings", {"url": url}))


def _awaited(posting: Posting) -> Posting:
    wait_s = site_settings().wait_s
    if posting["state"] in {"answered", "failed", "cancelled"} or not wait_s:
        return posting
    return _ask("GET", f"postings/{quote(posting['id'])}?wait={wait_s}", longer_s=wait_s)


def _chunks(file: Readable, offset: int) -> Iterator[bytes]:
    file.seek(offset)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _ask(
    method: str,
    path: str,
    asked: Mapping[str, Any] | None = None,
    *,
    tells: Set[str] = _POSTING,
    longer_s: float = 0,
) -> dict[str, Any]:
    """An answer without what it has to tell is another program's: a proxy's, or a portal's."""
    body = None if asked is None else json.dumps(asked).encode()
    within_s = site_settings().answer_within_s + longer_s
    raw = _answer(method, path, body, {"Content-Type": "application/json"}, within_s=within_s)
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Away("the answer is not the service's") from error
    if not isinstance(answer, dict) or not answer.keys() >= tells:
        raise Away("the answer is not the service's")
    return answer


def _answer(
    method: str, path: str, body: bytes | None, headers: Mapping[str, str], *, within_s: float
) -> bytes:
    site = site_settings()
    request = Request(  # noqa: S310  the address is the site's own setting, checked to be HTTP
        f"{site.service.rstrip('/')}/api/v1/{path}",
        data=body,
        method=method,
        headers={
            "Authorization": f"Bearer {site.key}",
            "Accept-Language": get_language() or "en",
            **headers,
        },
    )
    try:
        with _opener.open(request, timeout=within_s) as response:
            return bytes(response.read(LONGEST_ANSWER_BYTES))
    except HTTPError as error:
        raise _refusal(error) from error
    except (OSError, http.client.HTTPException) as error:
        raise Away(str(error)) from error


def _refusal(error: HTTPError) -> Exception:
    try:
        problem = json.loads(error.read(LONGEST_ANSWER_BYTES))
    except (ValueError, OSError, http.client.HTTPException):
        problem = None
    if error.code >= 500 or not isinstance(problem, dict) or "code" not in problem:
        return Away(f"status {error.code}")
    return Refused(problem)
