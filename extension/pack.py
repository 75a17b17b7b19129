"""Packs the extension for both stores: the files as they lie here, less what only we need.

    python extension/pack.py [folder]        # dist/ if none is named

The same files always give the same bytes: names in order, one date, one compression.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NOT_PACKED = {".py", ".md", ".svg", ".pyc"}
NOT_PACKED_NAMES = {"types.d.ts"}
DATE = (2026, 1, 1, 0, 0, 0)

Manifest = dict[str, Any]


def for_chromium(manifest: Manifest) -> Manifest:
    """The key fixes the id of an unpacked copy; the store has a key of its own."""
    background = {
        name: value for name, value in manifest["background"].items() if name != "scripts"
    }
    left_out = {"key", "browser_specific_settings"}
    return {name: value for name, value in manifest.items() if name not in left_out} | {
        "background": background
    }


def for_firefox(manifest: Manifest) -> Manifest:
    kept = {"scripts", "type"}
    background = {name: value for name, value in manifest["background"].items() if name in kept}
    left_out = {"key", "minimum_chrome_version"}
    return {name: value for name, value in manifest.items() if name not in left_out} | {
        "background": background
    }


STORES = {"chromium": for_chromium, "firefox": for_firefox}


def packed_files() -> list[Path]:
    return sorted(
        path
        for path in HERE.rglob("*")
        if path.is_file()
        and path.suffix not in NOT_PACKED
        and path.name not in NOT_PACKED_NAMES
        and not any(part.startswith((".", "__")) for part in path.relative_to(HERE).parts)
    )


def pack(folder: Path) -> list[Path]:
    manifest: Manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    archives = []
    for store, changed in STORES.items():
        archive = folder / f"deepfake-check-{manifest['version']}-{store}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for path in packed_files():
                name = path.relative_to(HERE).as_posix()
                told = json.dumps(changed(manifest), indent=2, ensure_ascii=False).encode() + b"\n"
                content = told if name == "manifest.json" else path.read_bytes()
                entry = zipfile.ZipInfo(name, DATE)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(entry, content)
        archives.append(archive)
    return archives


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "dist"
    for archive in pack(target):
        sys.stdout.write(f"{archive}  {archive.stat().st_size:,} bytes\n")
