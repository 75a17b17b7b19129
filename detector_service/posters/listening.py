"""A verdict was made or changed: whoever asked for a site is told at once.

Hearing is only the quick way: what is not heard, the clock finds. What is erased is always heard.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from detector_service.checks.models import Check, Finding, Video
from detector_service.checks.signals import (
    file_promised,
    finding_made,
    verdict_changed,
    video_erased,
)
from detector_service.posters import answering, files, forgetting


def connect() -> None:
    finding_made.connect(_on_finding)
    verdict_changed.connect(_on_change)
    video_erased.connect(_on_erased)
    file_promised.connect(_is_file_promised)


def _on_finding(finding: Finding, **_: Any) -> None:
    answering.settle_video(finding.video)


def _on_change(video: Video, **_: Any) -> None:
    answering.settle_video(video)


def _on_erased(video: Video, checks: QuerySet[Check], **_: Any) -> None:
    forgetting.forget(video, checks)


def _is_file_promised(video: Video, **_: Any) -> bool:
    return files.is_promised(video)
