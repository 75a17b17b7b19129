"""Every row by name. A row measures and returns its comparisons, the one that names it first."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from tests.bench.measure import Comparison

Row = Callable[[int], list[Comparison]]

ROWS = (
    "clip",
    "cold",
    "length",
    "faces",
    "resolution",
    "workers",
    "again",
    "memory",
    "installed",
    "cached",
    "page",
    "fetch",
    "review",
)


def row(name: str) -> Row:
    """Imported when asked for: a row that measures memory must not carry TensorFlow along."""
    measure: Row = import_module(f"tests.bench.row_{name}").measure
    return measure
