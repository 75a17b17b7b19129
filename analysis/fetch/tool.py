"""The age of yt-dlp, for the health page: sites change, and an old copy fails in odd ways."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version

OLD_AFTER_DAYS = 60


@dataclass(frozen=True, slots=True)
class ToolAge:
    version: str
    released_on: date
    age_days: int

    @property
    def is_old(self) -> bool:
        return self.age_days > OLD_AFTER_DAYS


def tool_age(today: date | None = None) -> ToolAge:
    """Read from the package's metadata: yt-dlp names its releases by their day."""
    installed = version("yt-dlp")
    year, month, day = (int(part) for part in installed.split(".")[:3])
    released_on = date(year, month, day)
    age = (today or datetime.now(UTC).date()) - released_on
    return ToolAge(version=installed, released_on=released_on, age_days=max(0, age.days))
