"""extension/service/platforms.js is written from the engine's own table, so there is one of it.

python tests/extension/write_platforms.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "extension" / "service" / "platforms.js"

HEAD = """\
/**
 * How the platforms that people use most write one and the same video. Written from
 * analysis/fetch/platforms.py by tests/extension/write_platforms.py; a test holds it to that.
 * @type {{name: string, key: string, patterns: RegExp[]}[]}
 */
export const PLATFORMS = [
"""


def platforms_in_javascript() -> str:
    from analysis.fetch.platforms import PLATFORMS

    entries = []
    for platform in PLATFORMS:
        patterns = [f"/^(?:{_in_javascript(one.pattern)})/" for one in platform.patterns]
        listed = f"    patterns: [{', '.join(patterns)}],\n"
        if len(listed) > 101:
            listed = (
                "    patterns: [\n" + "".join(f"      {one},\n" for one in patterns) + "    ],\n"
            )
        entries.append(
            f'  {{\n    name: "{platform.name}",\n    key: "{platform.key}",\n{listed}  }},\n'
        )
    return HEAD + "".join(entries) + "];\n"


def _in_javascript(pattern: str) -> str:
    return pattern.replace("(?P<", "(?<").replace("/", r"\/")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    TARGET.write_text(platforms_in_javascript(), encoding="utf-8")
