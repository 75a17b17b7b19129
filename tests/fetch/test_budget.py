"""What lies on disk is counted by the parent, whatever the child says of it."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from analysis.errors import VideoProblem
from analysis.fetch.fetch_video import _Budget
from analysis.fetch.limits import MEBIBYTE, FetchLimits

_KEEP_SIZE = 1
LIMITS = FetchLimits(max_bytes=4 * MEBIBYTE, max_segments=100)


def test_room_that_was_only_set_aside_is_taken(tmp_path: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
    with (tmp_path / "video").open("wb") as file:
        if libc.fallocate(file.fileno(), _KEEP_SIZE, 0, 40 * MEBIBYTE) != 0:
            pytest.skip(f"no such files here: {os.strerror(ctypes.get_errno())}")
    assert (tmp_path / "video").stat().st_size == 0

    with pytest.raises(VideoProblem) as caught:
        _Budget(LIMITS, tmp_path).account(None)

    assert caught.value.code == "content.too_large"


def test_empty_files_are_counted_too(tmp_path: Path) -> None:
    budget = _Budget(LIMITS, tmp_path)
    for number in range(LIMITS.max_segments + 1):  # as many as an honest download leaves
        (tmp_path / f"video-Frag{number}").touch()
    budget.account(None)
    for number in range(100):
        (tmp_path / f"another-{number}").touch()

    with pytest.raises(VideoProblem) as caught:
        budget.account(None)

    assert caught.value.code == "content.too_long"
