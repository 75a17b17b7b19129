"""What is saved of a plain file is all of it, or an error."""

from __future__ import annotations

import io
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from yt_dlp.networking.common import Response

from analysis.fetch.plain_file import _save


class Silent:
    def begin(self) -> None:
        pass

    def __call__(self, progress: dict[str, object]) -> None:
        pass


@contextmanager
def room_for(count: int) -> Iterator[None]:
    """Files end there as they do on a full disk: the last write is done in part."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_before_the_end_is_no_whole_file(tmp_path: Path) -> None:
    body = bytes(300_000)
    answer = Response(
        io.BufferedReader(io.BytesIO(body)),
        "https://site.example/a.mp4",
        {"Content-Length": str(len(body))},
    )

    with room_for(299_000), pytest.raises(OSError, match="large"):
        _save(answer, tmp_path / "video", Silent())
