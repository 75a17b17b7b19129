"""Make a virtual environment and install the pins:  make_venv.py FOLDER REQUIREMENTS

Debian's python3 comes without ensurepip unless python3-venv is installed, which takes root. Then
pip itself is taken from the package index, as a wheel that can run without being installed.
"""

from __future__ import annotations

import hashlib
import html
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path
from urllib.parse import urljoin

OLDEST, NEWEST = (3, 11), (3, 13)
WHEEL = re.compile(
    r"(?P<link><a\b[^>]*\bhref=\"(?P<url>[^\"]+#sha256=[0-9a-f]{64})\"[^>]*>)"
    r"\s*(?P<name>pip-(?P<version>[0-9.]+)-py3-none-any\.whl)\s*</a>"
)
INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")


def main() -> None:
    folder, requirements = Path(sys.argv[1]), sys.argv[2]
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.exit(
            f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} is needed, and this is "
            f"{sys.version.split()[0]}. Name another one: make run PYTHON=/path/to/python3"
        )
    python = folder / "bin" / "python"
    if not (python.exists() and _runs(python, "-m", "pip", "--version")):
        with_pip = importlib.util.find_spec("ensurepip") is not None
        venv.create(folder, with_pip=with_pip, clear=True, symlinks=True)
        if not with_pip:
            _bootstrap_pip(python)
    print(f"Installing what {requirements} names. The first time this takes some minutes.")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--requirement", requirements], check=True
    )


def _runs(*command: str | Path) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _bootstrap_pip(python: Path) -> None:
    with urllib.request.urlopen(f"{INDEX}/pip/", timeout=60) as answer:
        page, base = answer.read().decode(), answer.url
    wheels = [found for found in WHEEL.finditer(page) if "data-yanked" not in found["link"]]
    newest = max(wheels, key=lambda found: tuple(map(int, found["version"].split("."))))
    url, digest = newest["url"].split("#sha256=")
    with urllib.request.urlopen(urljoin(base, html.unescape(url)), timeout=60) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != digest:
        sys.exit("The package index sent a pip that is not the one it names.")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / newest["name"]
        path.write_bytes(data)
        subprocess.run([python, path / "pip", "install", "--quiet", path], check=True)


if __name__ == "__main__":
    main()
