"""Which sites are meant by what a person types, where known verdicts are switched on."""

from __future__ import annotations

import json

import pytest

from tests.extension.in_node import told_by

SCRIPT = """
URL.parse ??= (text) => (URL.canParse(text) ? new URL(text) : null);
const { originsOf } = await import("./extension/options/origins.js");
tell(originsOf(%s));
"""
BOTH = ["https://youtube.com/*", "https://www.youtube.com/*"]


@pytest.mark.parametrize(
    ("typed", "origins"),
    [
        ("youtube.com", BOTH),
        (" www.youtube.com ", BOTH),
        ("https://www.YouTube.com/watch?v=1", BOTH),
        ("http://site.example:8080", ["http://site.example:8080/*", "http://www.site.example:8080/*"]),
        ("192.0.2.7", ["https://192.0.2.7/*"]),
        ("localhost", []),
        ("a site", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_site_is_meant_with_and_without_www(typed: str, origins: list[str]) -> None:
    assert told_by(SCRIPT % json.dumps(typed)) == origins
