from __future__ import annotations

from pathlib import Path

import pytest

from analysis.training.feed import Faces
from analysis.training.manifest import Source
from analysis.training.prepare import prepare

FACES = Path(__file__).with_name("faces")


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    return [
        Source(file=path.name, set="London", label="real", group=path.stem, split=split)
        for path, split in zip(
            sorted(FACES.glob("*.jpg")), ["train"] * 3 + ["holdin"] * 2, strict=True
        )
    ]


@pytest.fixture(scope="session")
def crops(sources: list[Source], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What prepare makes of five photographs of real people."""
    out = tmp_path_factory.mktemp("crops")
    prepare(sources, root=FACES, out=out, landmarker=None, processes=1)
    return out


@pytest.fixture(scope="session")
def faces(crops: Path, sources: list[Source]) -> Faces:
    return Faces(crops, [s for s in sources if s.split == "train"], {"London": 1.0})
