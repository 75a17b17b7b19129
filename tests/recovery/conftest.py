from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.recovery.service import Service, has_redis, wait_until

numbers = count(1)


@pytest.fixture(
    scope="package",
    params=[
        "embedded",
        pytest.param(
            "redis",
            marks=[
                pytest.mark.redis,
                pytest.mark.skipif(not has_redis(), reason="no redis-server on this machine"),
            ],
        ),
    ],
)
def service(request: Any, tmp_path_factory: Any) -> Iterator[Service]:
    service = Service(
        tmp_path_factory.mktemp(f"service-{request.param}"), redis=request.param == "redis"
    )
    try:
        service.start_all()
        yield service
    finally:
        service.kill_all()


@pytest.fixture
def url() -> str:
    """An address that no other test has asked about."""
    return f"https://toy.example/video/{next(numbers)}"


@pytest.fixture(autouse=True)
def _all_is_well_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test leaves open gates, all processes and a broker, whatever it did."""
    yield
    if "service" not in request.fixturenames:
        return
    service: Service = request.getfixturevalue("service")
    for gate in (service.folder / "hold").glob("*"):
        gate.unlink()
    if (service.folder / "broker-away").exists() or (
        service.redis_port and "redis" not in service.processes
    ):
        service.start_broker()
    for name, arguments in (("fetch", ["--beat"]), ("analyse", [])):
        if name not in service.processes:
            service.start(name, *arguments)
    wait_until(
        lambda: (
            not service.sql(
                "SELECT 1 FROM checks_check WHERE state IN ('queued', 'fetching', 'analysing')"
            )
        ),
        "nothing is left to do",
        service.last_words,
    )
