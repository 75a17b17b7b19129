"""A known verdict, beside a view that answers a small JSON and does nothing, in the same server."""

from __future__ import annotations

import json

from tests.bench.measure import Comparison
from tests.bench.served import http, served

_TURNS_A_RUN = 6


def measure(runs: int) -> list[Comparison]:
    def requests(url: str, number: str) -> dict[str, bytes]:
        return {
            "GET a known verdict": http("GET", f"/api/v1/checks/{number}"),
            "POST a known address": http(
                "POST", "/api/v1/checks", json.dumps({"url": url}).encode()
            ),
            "a view that does nothing": http("GET", "/bare"),
        }

    read, asked, bare = served(requests, turns=runs * _TURNS_A_RUN).values()
    return [
        Comparison("cached", read.per_s, bare.per_s, "ours / other", "at least 0.5"),
        Comparison("cached, p99", read.p99_ms, bare.p99_ms, "ours / other", "at most 3"),
        Comparison("cached, asked again", asked.per_s, bare.per_s, "ours / other", "at least 0.5"),
        Comparison(
            "cached, asked again, p99", asked.p99_ms, bare.p99_ms, "ours / other", "at most 3"
        ),
    ]
