"""A database that is locked and a disk that is full stop nothing for good."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recovery.service import Service, wait_until


def test_a_database_that_is_locked_for_a_while_loses_nothing(service: Service, url: str) -> None:
    service.hold("analysing")
    check = service.ask(url)
    service.wait_reached("analysing")
    with service.connection() as other:
        other.execute(
            "LOCK TABLE checks_check IN ACCESS EXCLUSIVE MODE"
            if service.database
            # SQLite locks the whole database for whoever writes.
            else "UPDATE checks_check SET progress = progress"
        )
        service.open("analysing")
        time.sleep(6)  # longer than a lease, and than any worker here waits for SQLite's lock
    assert service.wait_for(check["id"])["state"] == "done"


@pytest.fixture
def full_store(service: Service) -> Iterator[Path]:
    """The folder of evidence on a disk of its own, with no room left."""
    folder = service.folder / "store" / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a disk of one's own takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_fails_the_check_and_gives_no_verdict(
    full_store: Path, service: Service, url: str
) -> None:
    ended = service.wait_for(service.ask(url)["id"])
    assert (ended["state"], ended["problem"]["code"]) == ("failed", "service.internal")
    assert service.noted("looked", url) == 3
    subprocess.run(["mount", "-o", "remount,size=10m", full_store], check=True)
    again = wait_until(lambda: service.ask(url), "the service takes a check again")
    assert service.wait_for(again["id"])["state"] == "done"
