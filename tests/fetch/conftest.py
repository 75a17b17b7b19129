from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.fetch.address import parse_address
from analysis.fetch.fetch_video import FetchedVideo, FetchProgress, fetch_video
from analysis.fetch.limits import MEBIBYTE, FetchLimits
from tests.fetch.site.routes import add_routes
from tests.fetch.site.server import HostileSite


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    site = HostileSite(tmp_path_factory.mktemp("authority"))
    add_routes(site)
    yield site
    site.close()


@pytest.fixture
def limits(site: HostileSite) -> FetchLimits:
    """Small budgets of everything but time, of which a busy machine needs more than it seems."""
    return FetchLimits(
        max_bytes=4 * MEBIBYTE,
        max_page_bytes=2 * MEBIBYTE,
        max_memory_bytes=640 * MEBIBYTE,
        max_wall_s=120,
        max_extraction_s=90,
        slow_start_s=60,
        max_segments=100,
        allowed_private=site.allowed,
        trusted_certificates=site.authority.path,
    )


@pytest.fixture
def impatient(limits: FetchLimits) -> FetchLimits:
    """For what never ends by itself."""
    return replace(limits, max_wall_s=6, max_extraction_s=3, slow_start_s=1, socket_timeout_s=30)


Fetch = Callable[..., FetchedVideo]


@pytest.fixture
def fetch(site: HostileSite, limits: FetchLimits, tmp_path: Path) -> Fetch:
    site.forget_names()

    def fetch(
        url: str,
        *,
        limits: FetchLimits = limits,
        on_progress: Callable[[FetchProgress], None] = lambda progress: None,
    ) -> FetchedVideo:
        return fetch_video(
            parse_address(url),
            folder=tmp_path,
            limits=limits,
            on_progress=on_progress,
            resolve=site.resolve,
        )

    return fetch
