from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from tests.postgres import postgres_server, programs
from tests.recovery.service import WORKERS, Service, has_redis, wait_until

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
    """As on one's own machine, and as deployed: Redis, and PostgreSQL where there is one."""
    with ExitStack() as stack:
        redis, database = request.param == "redis", None
        if redis and programs():
            database = stack.enter_context(postgres_server())
        service = Service(
            tmp_path_factory.mktemp(f"service-{request.param}"), redis=redis, database=database
        )
        stack.callback(service.kill_all)
        service.start_all()
        yield service


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
    for name in WORKERS:
        if name not in service.processes:
            service.start(name)
    wait_until(
        lambda: (
            not service.sql(
                "SELECT 1 FROM checks_check WHERE state IN ('queued', 'fetching', 'analysing')"
            )
        ),
        "nothing is left to do",
        service.last_words,
    )
