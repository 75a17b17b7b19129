"""The report of a known verdict, beside a page of one line from a template, in the same server."""

from __future__ import annotations

from tests.bench.measure import Comparison
from tests.bench.served import http, served

_TURNS_A_RUN = 6


def measure(runs: int) -> list[Comparison]:
    def requests(url: str, number: str) -> dict[str, bytes]:
        return {
            "the report": http("GET", f"/checks/{number}"),
            "a page of one line": http("GET", "/bare-page"),
        }

    report, bare = (one.per_s for one in served(requests, turns=runs * _TURNS_A_RUN).values())
    return [Comparison("page", report, bare, "ours / other")]
