"""The pages and the extension show the same colours."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_copy_of_the_extensions_tokens_is_equal_to_them() -> None:
    original = ROOT / "extension" / "tokens.css"
    copy = ROOT / "detector_service" / "pages" / "static" / "pages" / "tokens.css"
    assert copy.read_text() == original.read_text()
