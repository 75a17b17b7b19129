"""Tests on another backend of Keras than TensorFlow, each in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider")


def without(backend: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(backend) is None
    return pytest.mark.skipif(missing, reason=f"without {backend}: it is not installed here")


def on_backend(backend: str, *command: str | Path) -> None:
    run = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        # Compiling well takes JAX longer than all that is done here.
        env={**os.environ, "KERAS_BACKEND": backend, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-3000:]
