"""The pages and the extension show the same colours and the same icon."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("original", "copy"), [("tokens.css", "tokens.css"), ("icons/icon.svg", "icon.svg")]
)
def test_what_is_copied_from_the_extension_is_equal_to_it(original: str, copy: str) -> None:
    pages = ROOT / "detector_service" / "pages" / "static" / "pages"
    assert (pages / copy).read_text() == (ROOT / "extension" / original).read_text()
