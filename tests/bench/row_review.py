"""Review: a hundred and a thousand times as much to look through, and how soon people are told."""

from __future__ import annotations

from tests.bench.measure import Comparison, Measured
from tests.review import bench_review

TOLD_WITHIN_S = 2.0


def measure(runs: int) -> list[Comparison]:
    """Each was done 15 to 60 times, which is what counts here; ``runs`` is not asked."""
    took = bench_review.measure()

    def of(name: str, what: str) -> Measured:
        return Measured(what, unit="cpu_each_s", values=took[name])

    return [
        Comparison(
            "review",
            of("matcher 1000000", "a video of 60 frames among 1,000,000 known frames"),
            of("matcher 1000", "the same among 1,000"),
            "ours / other",
            "at most 2",
        ),
        Comparison(
            "review, queue",
            of("queue 100000", "the queue page with 100,000 cases"),
            of("queue 1000", "the same with 1,000"),
            "ours / other",
            "at most 2",
        ),
        Comparison(
            "review, told",
            Measured("from the end of the time to undo to a new request", values=took["told"]),
            Measured("what is allowed", values=[TOLD_WITHIN_S]),
            "ours / other",
            "at most 1",
        ),
    ]
