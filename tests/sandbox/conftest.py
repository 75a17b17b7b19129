from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.sandbox import PublicNetwork, SandboxLimits, run_guarded

TESTS = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    return outside


@pytest.fixture(params=[None, "tests.sandbox.attempts"], ids=["alone", "from a nursery"])
def warm(request: pytest.FixtureRequest) -> str | None:
    """Both ways in which a child comes into the world."""
    return request.param


@pytest.fixture
def attempt(folder: Path, outside: Path, warm: str | None) -> Callable[..., Any]:
    """Run one function of attempts.py in a sandbox of its own."""

    def attempt(
        name: str,
        *,
        network: PublicNetwork | None = None,
        on_message: Any = None,
        arguments: dict[str, Any] | None = None,
        **limits: Any,
    ) -> Any:
        given = {"wall_s": 20, "cpu_s": 10, "memory_bytes": 512 << 20, "file_bytes": 4 << 20}
        return run_guarded(
            f"tests.sandbox.attempts:{name}",
            {"folder": str(folder), "outside": str(outside), "port": 9, **(arguments or {})},
            folder=folder,
            readable=(TESTS,),
            network=network,
            on_message=on_message,
            warm=warm,
            limits=SandboxLimits(**{**given, **limits}),
        )

    return attempt
