"""The engine's doors, as a test opens them: what is fetched, what is let in, what is seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from analysis.finding import (
    SCHEMA_VERSION,
    Counts,
    Fingerprint,
    Media,
    Outcome,
    Provenance,
    Reason,
)
from analysis.finding import Finding as Seen

BYTES = b"what is at the address"
SHA256 = hashlib.sha256(BYTES).hexdigest()


class Engine:
    """Counts how often each door was used; ``during`` runs in the middle of the work."""

    def __init__(self) -> None:
        self.fetched = self.inspected = self.looked = 0
        self.data = BYTES
        self.title = "A title"
        self.platform, self.platform_id = "", ""
        self.during_fetch: Callable[[Any], None] = lambda tell: tell("downloading", 0.5)
        self.during_look: Callable[[Any], None] = lambda tell: tell("finding_faces", 0.5)

    def fetch_file(self, place: Any, folder: Path, tell: Any) -> Any:
        self.fetched += 1
        self.during_fetch(tell)
        path = folder / "video"
        path.write_bytes(self.data)
        return SimpleNamespace(
            path=path,
            sha256=hashlib.sha256(self.data).hexdigest(),
            title=self.title,
            platform=self.platform or place.platform,
            platform_id=self.platform_id,
        )

    def inspect(self, path: Path, tell: Any) -> str:
        self.inspected += 1
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def look_at(self, path: Path, pictures: Path, tell: Any) -> Seen:
        self.looked += 1
        assert path.read_bytes() == self.data
        self.during_look(tell)
        (pictures / "face.webp").write_bytes(b"a picture")
        return seen(sha256=hashlib.sha256(self.data).hexdigest())


def seen(*, sha256: str = "1" * 64, bundle: str = "toy-1") -> Seen:
    return Seen(
        schema_version=SCHEMA_VERSION,
        bundle=bundle,
        outcome=Outcome.INCONCLUSIVE,
        reason=Reason.NO_FACE,
        fake_probability=None,
        media=Media("video", "mp4", "h264", 640, 360, 0, 2.0, 25.0, 1000),
        counts=Counts(50, 0, 0),
        tracks=(),
        fingerprint=Fingerprint(sha256, ()),
        provenance=Provenance(present=False),
    )
