"""A verdict was made or changed: whoever asked for a site is told at once.

Hearing is only the quick way. What is not heard, the clock finds.
"""

from __future__ import annotations

from typing import Any

from detector_service.checks.models import Finding, Video
from detector_service.checks.signals import file_promised, finding_made, verdict_changed
from detector_service.posters import answering, files


def connect() -> None:
    finding_made.connect(_on_finding)
    verdict_changed.connect(_on_change)
    file_promised.connect(_is_file_promised)


def _on_finding(finding: Finding, **_: Any) -> None:
    answering.settle_video(finding.video)


def _on_change(video: Video, **_: Any) -> None:
    answering.settle_video(video)


def _is_file_promised(video: Video, **_: Any) -> bool:
    return files.is_promised(video)
