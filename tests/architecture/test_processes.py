"""What each process loads: the engine's weight is carried by the worker's child alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("tensorflow", "keras", "openvino", "cv2", "mtcnn", "av", "yt_dlp", "jax", "torch")

WEB = """
from detector_service.wsgi import application
from django.urls import get_resolver
assert get_resolver().url_patterns
"""
PARENT_OF_WORKERS = """
import django; django.setup()
from detector_service.celery import app
app.loader.import_default_modules()
import sys
assert "checks.analyse" in app.tasks
assert "detector_service.checks.waking" in sys.modules
"""


@pytest.mark.parametrize("process", [WEB, PARENT_OF_WORKERS], ids=["web", "worker's parent"])
def test_the_engine_is_not_loaded_by(process: str, tmp_path: Path) -> None:
    ask = f"{process}\nimport sys\nprint([name for name in {HEAVY} if name in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.strip() == "[]", told.stdout + told.stderr[-2000:]
