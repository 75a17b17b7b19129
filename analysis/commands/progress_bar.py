"""A bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import shutil
import sys

from analysis.commands.words import printable

_BAR_CHARACTERS = 24


class ProgressBar:
    """Drawn on standard error, so that results on standard output stay clean."""

    def __init__(self, *, total: int) -> None:
        self._total = total
        self._shown = sys.stderr.isatty()

    def draw(self, *, number: int, fraction: float, name: str, stage: str) -> None:
        if not self._shown:
            return
        done = (number + min(1.0, fraction)) / max(1, self._total)
        filled = round(done * _BAR_CHARACTERS)
        text = (
            f"[{'#' * filled}{'.' * (_BAR_CHARACTERS - filled)}] {number + 1}/{self._total} "
            f"{stage.replace('_', ' ')}: {printable(name)}"
        )
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{text[:width]}")
        sys.stderr.flush()

    def clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
