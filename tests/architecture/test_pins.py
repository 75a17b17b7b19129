"""What the service runs on is what requirements.txt names: a package that only the tests bring
along must not be what makes it start."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
STARTED = {
    "web": "gunicorn.app.wsgiapp gunicorn.workers.gthread detector_service.wsgi",
    "worker on Redis": "detector_service.celery kombu.transport.redis celery.bin.worker "
    "celery.concurrency.prefork celery.concurrency.thread detector_service.spare_cache",
    "worker of one machine": "detector_service.celery detector_service.embedded_broker "
    "celery.bin.worker",
    "fetching": "analysis.fetch.fetch_video analysis.fetch.child",
    "analysing": "analysis.check_video analysis.models.bundles analysis.faces.detect openvino",
    "command line": "analysis.__main__",
}
START = """
import importlib, sys
absent, modules = (argument.split() for argument in sys.argv[1:])
sys.modules.update(dict.fromkeys(absent))
for module in modules:
    importlib.import_module(module)
"""


@pytest.mark.parametrize("process", STARTED)
def test_a_process_starts_with_nothing_but_what_is_pinned(process: str, tmp_path: Path) -> None:
    started = subprocess.run(
        [sys.executable, "-c", START, " ".join(_absent()), STARTED[process]],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "VAR_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "detector_service.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr


def _absent() -> list[str]:
    """Modules that are here for other reasons: for the tests, or for training."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = [line.partition("#")[0].strip() for line in lines]
    present = _with_what_they_need([Requirement(line) for line in named if line])
    return sorted(
        module
        for module, packages in packages_distributions().items()
        if not present & {canonicalize_name(package) for package in packages}
    )


def _with_what_they_need(wanted: list[Requirement]) -> set[str]:
    found: set[str] = set()
    looked_at: set[tuple[str, str]] = set()
    while wanted:
        one = wanted.pop()
        name = canonicalize_name(one.name)
        for extra in ("", *one.extras):
            if (name, extra) in looked_at:
                continue
            looked_at.add((name, extra))
            found.add(name)
            try:
                needed = map(Requirement, requires(name) or ())
            except PackageNotFoundError:
                continue
            wanted += [
                each for each in needed if not each.marker or each.marker.evaluate({"extra": extra})
            ]
    return found
