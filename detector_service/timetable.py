"""What the clock makes the workers do goes on when that clock is set back.

Celery's own timetable waits until the clock has come again to where it was. A machine that starts
with a wrong clock sets it right as soon as it has a network, and that can be hours.
"""

from __future__ import annotations

from typing import Any

from celery.beat import Scheduler


class Timetable(Scheduler):
    """In memory: nothing to lock, nothing to corrupt."""

    def tick(self, *arguments: Any, **options: Any) -> float:
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at is not None and entry.last_run_at > now:
                entry.last_run_at = now
                self._heap = None  # planned by the clock as it was, and made anew
        return float(super().tick(*arguments, **options))
