"""Joins the parts into the one script that pages load, and the worker into its own.

    python detector_service/posters/script/join.py

Nothing is renamed or reordered, so that what is served can be read; comments stay here. A test
tells whether the joined files are those of these parts.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
SERVED = HERE.parent / "static" / "posters"
FOR_DJANGO = HERE.parent / "for_django" / "checked_uploads" / "static" / "checked_uploads"
LICENCE = "/* Deepfake Check: {}. Apache-2.0. */\n"
IMPORT = re.compile(r'^import\b.*?\bfrom "\./(?P<name>\w+)\.js";\n', re.DOTALL | re.MULTILINE)


def joined(entry: str, *, title: str) -> str:
    parts: dict[str, str] = {}
    _collect(entry, parts)
    body = "".join(parts.values())
    return f'{LICENCE.format(title)}(() => {{\n"use strict";\n{body}}})();\n'


def _collect(name: str, parts: dict[str, str]) -> None:
    """What a part imports comes before it, and once."""
    source = (HERE / f"{name}.js").read_text(encoding="utf-8")
    for found in IMPORT.finditer(source):
        if found["name"] not in parts:
            _collect(found["name"], parts)
    own = IMPORT.sub("", source)
    own = re.sub(r"^export ", "", own, flags=re.MULTILINE)
    parts[name] = _without_comments(own)


def _without_comments(source: str) -> str:
    """Those that begin a line or are types; no string of ours holds their signs."""
    source = re.sub(r"/\*\*.*?\*/ ?", "", source, flags=re.DOTALL)
    lines = (line for line in source.splitlines() if not line.lstrip().startswith("//"))
    return "".join(f"{line.rstrip()}\n" for line in lines if line.strip())


def outputs() -> dict[Path, str]:
    worker = joined("hash_worker", title="the SHA-256 of a file, in a worker")
    return {
        SERVED / "check-before-posting.js": joined("element", title="check before posting"),
        SERVED / "hash-worker.js": worker,
        FOR_DJANGO / "hash-worker.js": worker,
    }


if __name__ == "__main__":
    for path, text in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(HERE.parents[2])}: {len(text.encode())} bytes")  # noqa: T201
