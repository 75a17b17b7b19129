"""A posting as it is told: the same to its page, to its server and in a callback."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from detector_service.api.problems import problem_document
from detector_service.checks.problems import PROBLEMS
from detector_service.checks.queries import check_view
from detector_service.posters.label import contest_url, label, moment, report_url
from detector_service.posters.models import Posting
from detector_service.posters.standing import Standing, advice

API_URL = "/api/v1"


def posting_document(posting: Posting, standing: Standing) -> dict[str, Any]:
    verdict = standing.verdict if posting.state == Posting.State.ANSWERED else None
    return {
        "id": posting.public_id,
        "reference": posting.reference,
        "test": posting.test,
        "state": posting.state,
        "advice": advice(posting),
        "source": _source(posting),
        "upload": _upload(posting),
        "check": _check(posting),
        "label": None if verdict is None else label(posting, verdict),
        "problem": problem_document(PROBLEMS[posting.problem_code])
        if posting.state == Posting.State.FAILED
        else None,
        "policy": {
            "warn_on": list(posting.site.warn_on),
            "on_failure": posting.site.on_failure,
        },
        "choice": posting.choice or None,
        "created_at": moment(posting.created_at),
        "answered_at": moment(posting.answered_at),
        "links": {
            "self": f"{settings.PUBLIC_URL}{API_URL}/postings/{posting.public_id}",
            "report": report_url(posting),
            "contest": contest_url(posting),
        },
    }


def upload_path(posting: Posting) -> str:
    return f"{API_URL}/uploads/{posting.public_id}"


def _source(posting: Posting) -> dict[str, Any]:
    return {
        "kind": "upload" if posting.sha256 else "address",
        "url": posting.url or None,
        "sha256": posting.sha256 or None,
        "size_bytes": posting.size_bytes,
        "media_type": posting.media_type or None,
        "file_name": posting.file_name or None,
    }


def _upload(posting: Posting) -> dict[str, Any] | None:
    if posting.state != Posting.State.UPLOADING:
        return None
    return {
        "url": settings.PUBLIC_URL + upload_path(posting),
        "offset": posting.received_bytes,
        "size_bytes": posting.size_bytes,
        "expires_at": moment(posting.expires_at),
    }


def _check(posting: Posting) -> dict[str, Any] | None:
    check = posting.check_asked
    if check is None or posting.state != Posting.State.CHECKING:
        return (
            None
            if check is None
            else {"id": check.public_id, **_ENDED[Posting.State(posting.state)]}
        )
    view = check_view(check)
    return {
        "id": view.id,
        "state": view.state,
        "stage": view.stage,
        "progress": view.progress,
        "expected_wait_s": view.expected_wait_s,
    }


def _ended(state: str) -> dict[str, Any]:
    return {"state": state, "stage": "", "progress": 1.0, "expected_wait_s": None}


_ENDED = {
    Posting.State.SECOND_LOOK: _ended("done"),
    Posting.State.ANSWERED: _ended("done"),
    Posting.State.FAILED: _ended("failed"),
    Posting.State.CANCELLED: _ended("failed"),
    Posting.State.UPLOADING: _ended("queued"),
}
