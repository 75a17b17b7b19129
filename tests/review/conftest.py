"""Moderators of every role, and cases of videos that were really put into the database."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from analysis.finding import Outcome
from detector_service.checks.models import Check, Contest, Finding, Video
from detector_service.review import opening
from detector_service.review.models import Case, CaseReason
from tests.pages.checks import finished_check
from tests.pages.conftest import _own_ground  # noqa: F401  the same ground as the pages
from tests.roles import role

PASSWORD = "a long enough password"
_names = itertools.count(1)

Someone = Callable[..., User]


@pytest.fixture(autouse=True)
def _rules(settings: Any) -> None:
    settings.REVIEW_BLIND_SHARE = 0.0
    settings.REVIEW_SECOND_FACTOR = False


def someone(name: str = "moderator") -> User:
    user = User.objects.create_user(f"{name}-{next(_names)}", password=PASSWORD)
    user.groups.add(role(name))
    return User.objects.get(pk=user.pk)  # without the rights that it had before


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def checked(number: int = 1, outcome: Outcome = Outcome.LIKELY_MANIPULATED) -> Check:
    return finished_check(
        outcome,
        sha256=f"{number:08x}" * 8,
        url=f"https://video.example/watch?v={number}",
        title=f"Video {number}",
    )


def film(video: Video, frames: np.ndarray[Any, Any], quality: int = 90) -> Video:
    """Give the video's Finding these frames."""
    for finding in Finding.objects.filter(video=video):
        finding.document["fingerprint"]["pdq"] = [
            {"at_s": float(at), "hash_hex": frame.tobytes().hex(), "quality": quality}
            for at, frame in enumerate(frames)
        ]
        finding.save()
    return video


def opened(number: int = 1, outcome: Outcome = Outcome.LIKELY_MANIPULATED) -> Case:
    check = checked(number, outcome)
    assert check.video is not None
    return opening.open_case(check.video, CaseReason.Kind.BY_HAND)


def contested(check: Check, person: str = "p", **fields: Any) -> Contest:
    video = check.video
    assert isinstance(video, Video)
    return Contest.objects.create(
        video=video,
        check_asked=check,
        reason=fields.pop("reason", "not_manipulated"),
        told_outcome=fields.pop("told_outcome", Outcome.LIKELY_MANIPULATED),
        person_sha256=(person * 64)[:64],
        **fields,
    )


def overturn(case: Case, by: User, **changes: Any) -> Any:
    from detector_service.review import deciding

    case.refresh_from_db()
    how = {
        "saw_version": case.version,
        "saw_finding": seen(case)["finding"],
        "effect": "override",
        "outcome": Outcome.NO_MANIPULATION_FOUND,
        "policy": "genuine",
        "public_reason": "The broadcaster's own recording shows the same.",
        **changes,
    }
    return deciding.decide(case=case, by=by, **how)


def seen(case: Case) -> dict[str, int]:
    """What the case's page says that it shows."""
    video = Video.objects.get(pk=case.video_id)
    return {"version": case.version, "finding": opening.finding_of(video).pk}


def picked(case: Case) -> str:
    """As the queue's box says it."""
    return f"{case.pk}:{case.version}:{seen(case)['finding']}"


def let_time_pass() -> int:
    """As if the time to undo were over."""
    from datetime import timedelta

    from django.utils import timezone

    from detector_service.review import deciding

    return deciding.apply_due(timezone.now() + timedelta(hours=1))
