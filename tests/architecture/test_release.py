"""What tells one release from the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector_service.release import digest_of


def put(folder: Path, name: str, content: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize(
    "name",
    [
        "words.py",
        "templates/report.html",
        "locale/de.mo",
        "bundles/small/card.json",
        "static/style.css",
        "static/report.js",
    ],
)
def test_other_code_words_figures_or_looks_are_another_release(name: str, tmp_path: Path) -> None:
    told = []
    for content in ("one", "two", "one"):
        put(tmp_path, name, content)
        told.append(digest_of([tmp_path]))
    assert told[0] == told[2] != told[1]
    (tmp_path / name).unlink()
    assert digest_of([tmp_path]) not in told


def test_where_it_lies_and_what_running_it_leaves_is_no_other_release(tmp_path: Path) -> None:
    for place in ("here", "there"):
        put(tmp_path / place, "words.py", "one")
    put(tmp_path / "there", "__pycache__/words.cpython-311.pyc", "bytes")
    assert digest_of([tmp_path / "here"]) == digest_of([tmp_path / "there"])
