"""Where a result was measured: without this, a number means nothing."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from analysis.models.bundles import DEFAULT_BUNDLE, bundle_folder, read_card, usable_cores

_PACKAGES = ("openvino", "tensorflow-cpu", "keras", "mtcnn", "av", "opencv-python-headless",
             "numpy", "Django", "celery", "gunicorn", "yt-dlp")  # fmt: skip


def about_the_machine() -> dict[str, Any]:
    return {
        "command": shlex.join(["python", "-m", "tests.bench", *sys.argv[1:]]),
        "begun_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": usable_cores(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "bundle": read_card(bundle_folder(DEFAULT_BUNDLE))["version"],
        "versions": ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
