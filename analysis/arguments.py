"""What the laboratory's programs are told on their command lines, and how they refuse it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from analysis.errors import AnalysisFault


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"at least 1, not {text}")
    return int(text)


@contextmanager
def said_in_one_line(command: str) -> Iterator[None]:
    """For what reads what was given: what cannot be used ends it with a sentence and status 2."""
    try:
        yield
    except (AnalysisFault, OSError, ValueError) as problem:
        sys.stderr.write(f"{command}: {problem}\n")
        raise SystemExit(2) from problem
