"""When a failed fetch is tried again: later each time, and never all at once."""

from __future__ import annotations

import random
from dataclasses import dataclass

from analysis.errors import VideoProblem


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """``attempts`` counts the first one; ``jitter`` is the share that is left to chance."""

    attempts: int = 3
    first_delay_s: float = 20.0
    growth: float = 4.0
    max_delay_s: float = 900.0
    jitter: float = 0.5

    def delay_after(
        self, attempt: int, problem: VideoProblem, *, chance: random.Random | None = None
    ) -> float | None:
        """Seconds until the next attempt after ``attempt`` (from 1) failed, or None for never.

        A site that names a time is believed, within the longest delay.
        """
        if not problem.problem.transient or attempt >= self.attempts:
            return None
        delay_s = min(self.first_delay_s * self.growth ** (attempt - 1), self.max_delay_s)
        draw = (chance or random.SystemRandom()).random()
        delay_s *= 1 - self.jitter * draw
        if problem.retry_after_s is not None:
            delay_s = max(delay_s, min(problem.retry_after_s, self.max_delay_s))
        return delay_s
