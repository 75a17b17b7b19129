"""What the service needs on the disk, beside the same with TensorFlow in place of OpenVINO.

Counted file by file from what each installed package says of itself, with all that it requires.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement

from tests.bench.clips import ROOT
from tests.bench.measure import Comparison, Measured

_OLD_INSTEAD_OF_OPENVINO = ("tensorflow-cpu", "keras", "h5py")


def measure(runs: int) -> list[Comparison]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    ours = [line for line in lines if line and not line.startswith("#")]
    old = [line for line in ours if not line.startswith("openvino")]
    return [
        Comparison(
            "installed",
            Measured("what requirements.txt installs", "mb", [_size_mb(ours)]),
            Measured("with TensorFlow instead of OpenVINO", "mb",
                     [_size_mb([*old, *_OLD_INSTEAD_OF_OPENVINO])]),
            "other / ours",
        )
    ]  # fmt: skip


def _size_mb(requirements: list[str]) -> float:
    wanted = [Requirement(line) for line in requirements]
    seen: set[tuple[str, str]] = set()
    sizes: dict[str, int] = {}
    while wanted:
        requirement = wanted.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        for extra in {"", *requirement.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                package = distribution(name)
            except PackageNotFoundError:
                raise SystemExit(f"{name} is not installed: make test installs it") from None
            sizes[name] = sum(
                file.locate().stat().st_size
                for file in package.files or ()
                if file.locate().is_file()
            )
            for line in package.requires or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    wanted.append(needed)
    return sum(sizes.values()) / 1e6
