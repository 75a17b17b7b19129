"""A check in this process, with everything loaded that a worker has loaded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from analysis.check_video import check_video
from analysis.models.bundles import DEFAULT_BUNDLE, load_bundle


def warm_check() -> Callable[[Path], object]:
    bundle = load_bundle(DEFAULT_BUNDLE)

    def check(path: Path) -> object:
        with tempfile.TemporaryDirectory() as evidence:
            return check_video(path, bundle=bundle, evidence=Path(evidence))

    return check
