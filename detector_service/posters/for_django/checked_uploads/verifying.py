"""Whether something may be published, as the service itself says: a browser's word is no proof.

What the page has sent names a posting. It is read back from the service with the site's key, and
must be about these very bytes, or this very address. Without one the server asks for itself.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _

from . import service
from .site_settings import CLOSED, site_settings


@dataclass(frozen=True, slots=True)
class Checked:
    """What to store beside what was posted.

    ``status``: ``answered``, or why there is no answer: ``held`` (a person looks first, so do not
    publish yet), ``unanswered`` (it takes longer; a callback will tell), ``failed``, ``away``.
    """

    status: str
    posting: str | None = None
    #: The block that the service makes for sites: to be shown wherever ``must_be_shown`` says so.
    label: Mapping[str, Any] | None = None
    must_be_shown: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What came from the browser beside the thing itself; none of it is believed unseen."""

    posting: str = ""
    with_label: bool = False


def said(raw: str | None, *, with_label: bool = False) -> Said:
    try:
        entry = json.loads(raw or "{}")
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        return Said(with_label=with_label)
    chosen = entry.get("choice") == "published_with_label"
    return Said(posting=str(entry.get("posting") or ""), with_label=with_label or chosen)


def verify_file(
    file: File[bytes], *, what: Said, when_away: str, accepts_held: bool = False
) -> Checked:
    sha256 = _sha256(file)

    def ask() -> service.Posting:
        return service.ask_about_file(
            file,
            sha256=sha256,
            size_bytes=file.size,
            media_type=_media_type(file),
            name=file.name or "",
        )

    try:
        return _verify(
            named="sha256",
            thing=sha256,
            ask=ask,
            what=what,
            when_away=when_away,
            accepts_held=accepts_held,
        )
    finally:
        file.seek(0)


def verify_address(url: str, *, what: Said, when_away: str, accepts_held: bool = False) -> Checked:
    def ask() -> service.Posting:
        return service.ask_about_address(url)

    return _verify(
        named="url",
        thing=url,
        ask=ask,
        what=what,
        when_away=when_away,
        accepts_held=accepts_held,
    )


def _verify(
    *,
    named: str,
    thing: str,
    ask: Callable[[], service.Posting],
    what: Said,
    when_away: str,
    accepts_held: bool,
) -> Checked:
    is_closed = (when_away or site_settings().when_away) == CLOSED
    try:
        posting = service.read_posting(what.posting) if what.posting else None
        if posting is None or posting["source"][named] != thing or not _is_proven(posting):
            posting = ask()
    except service.Away as away:
        if is_closed:
            raise ValidationError(
                _("The check does not answer, and only what has been checked can be posted here."),
                code="check_away",
            ) from away
        return Checked("away")
    except service.Refused as refused:
        return _failed(refused.problem, may_pass=not is_closed, posting=None)
    return _conclusion(posting, what, is_closed=is_closed, accepts_held=accepts_held)


def _is_proven(posting: service.Posting) -> bool:
    """A page only announces a hash, and need not send a byte: until there is a check or an answer,
    nobody but the page has said that the posting is about these bytes."""
    return posting["check"] is not None or posting["state"] in {"second_look", "answered"}


def _conclusion(
    posting: service.Posting, what: Said, *, is_closed: bool, accepts_held: bool
) -> Checked:
    state, advice, label, number = (posting[key] for key in ("state", "advice", "label", "id"))
    if state == "second_look" or (state == "answered" and advice == "hold"):
        if accepts_held:
            return Checked("held", number, label)
        raise ValidationError(
            _("A person looks at it before it can be posted. Try again later."), code="check_held"
        )
    if state == "answered":
        if advice == "warn" and not what.with_label:
            raise ValidationError(
                "%(headline)s. %(explanation)s", code="check_warned", params=dict(label)
            )
        return Checked("answered", number, label, must_be_shown=advice == "warn")
    if state == "failed":
        may_pass = advice == "publish" and not is_closed
        return _failed(posting["problem"] or {}, may_pass=may_pass, posting=number)
    if is_closed:
        raise ValidationError(
            _("It is still being checked. Send it again in a moment."), code="check_unanswered"
        )
    return Checked("unanswered", number)


def _failed(problem: Mapping[str, Any], *, may_pass: bool, posting: str | None) -> Checked:
    if may_pass:
        return Checked("failed", posting)
    words = f"{problem.get('title', '')} {problem.get('what_to_do', '')}".strip()
    raise ValidationError(words or _("It could not be checked."), code="check_failed")


def _media_type(file: File[bytes]) -> str:
    told = getattr(file, "content_type", None) or mimetypes.guess_type(file.name or "")[0]
    return told or "application/octet-stream"


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
