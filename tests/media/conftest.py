from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media.clips import numbered_frame, write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    def make(
        *,
        count: int = 50,
        width: int = 320,
        height: int = 180,
        name: str = "clip.mp4",
        **how: object,
    ) -> Path:
        frames = [numbered_frame(number, width=width, height=height) for number in range(count)]
        return write_clip(tmp_path / name, frames, **how)  # type: ignore[arg-type]

    return make
