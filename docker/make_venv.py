"""Make a virtual environment and install the pins:  make_venv.py FOLDER REQUIREMENTS

Debian's python3 comes without ensurepip unless python3-venv is installed, which takes root. Then
pip itself is taken from the package index, as a wheel that can run without being installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)
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
    wheel = max(
        (file for file in _files_of_pip() if file["filename"].endswith("-py3-none-any.whl")),
        key=lambda file: _version(file["filename"]),
    )
    with urllib.request.urlopen(wheel["url"], timeout=60) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != wheel["hashes"]["sha256"]:
        sys.exit("The package index sent a pip that is not the one it names.")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / wheel["filename"]
        path.write_bytes(data)
        subprocess.run([python, path / "pip", "install", "--quiet", path], check=True)


def _files_of_pip() -> list[dict]:
    request = urllib.request.Request(
        f"{INDEX}/pip/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return [file for file in json.load(answer)["files"] if not file.get("yanked")]


def _version(filename: str) -> tuple[int, ...]:
    version = filename.split("-")[1]
    # A pre-release has letters in it: below everything else.
    return (
        tuple(int(part) for part in version.split("."))
        if version.replace(".", "").isdigit()
        else ()
    )


if __name__ == "__main__":
    main()
