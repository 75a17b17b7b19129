"""Make a virtual environment and install the pins:  make_venv.py FOLDER REQUIREMENTS

Debian's python3 comes without ensurepip unless python3-venv is installed, which takes root. Anybody
may download the package that holds pip's wheel, though, and a wheel can run where it lies.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)


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
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            _run_in(folder, "apt-get", "download", "python3-pip-whl")
            _run_in(folder, "dpkg-deb", "--extract", *folder.glob("*.deb"), folder)
        except (OSError, subprocess.CalledProcessError):
            sys.exit("This Python cannot install packages. As root: apt install python3-venv")
        wheel = next(folder.glob("usr/share/python-wheels/pip-*.whl"))
        subprocess.run(
            [python, wheel / "pip", "install", "--quiet", "--no-index", wheel], check=True
        )


def _run_in(folder: Path, *command: str | Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    main()
