"""Power fails at each stage of a check; the next worker ends it, once."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.recovery.service import WORKERS, Service, wait_until

WORKER_OF = {"fetching": "fetch", "stored": "fetch", "analysing": "analyse", "recording": "analyse"}


@pytest.mark.parametrize("stage", WORKER_OF)
def test_a_check_survives_the_death_of_its_worker_while(
    stage: str, service: Service, url: str
) -> None:
    of_others = service.work_files()  # that of a check which has just ended may still go
    service.hold(stage)
    check = service.ask(url)
    service.wait_reached(stage)
    service.kill(WORKER_OF[stage])
    service.open(stage)
    service.start(WORKER_OF[stage])
    ended = service.wait_for(check["id"])
    assert ended["state"] == "done" and ended["verdict"]["outcome"] == "inconclusive"
    assert service.sql(
        "SELECT count(*) FROM checks_finding WHERE video_id IN"
        " (SELECT video_id FROM checks_check WHERE public_id = ?)",
        check["id"],
    ) == [(1,)]
    # What was stored and never written down is the sweep's to find; all else goes.
    left = int(stage == "stored")
    wait_until(lambda: len(service.work_files() - of_others) == left, "the video is deleted")


def test_everything_dies_at_once_with_checks_running_and_waiting(
    service: Service, url: str
) -> None:
    service.hold("analysing")
    checks = [service.ask(f"{url}/{number}") for number in range(5)]
    service.wait_reached("analysing")
    service.kill(*WORKERS)
    service.open("analysing")
    service.start_workers()
    assert {service.wait_for(check["id"])["state"] for check in checks} == {"done"}


def test_a_child_that_is_killed_costs_an_attempt_and_not_the_check(
    service: Service, url: str
) -> None:
    service.hold("analysing")
    check = service.ask(url)
    os.kill(service.wait_reached("analysing"), signal.SIGKILL)
    service.open("analysing")
    assert service.wait_for(check["id"])["state"] == "done"


def test_a_clock_that_is_killed_alone_goes_on(service: Service, url: str) -> None:
    service.hold("analysing")
    check = service.ask(url)
    service.wait_reached("analysing")
    service.kill_program("beat")
    service.kill("analyse")  # and its message with it: the clock alone finds the row
    service.open("analysing")
    service.start("analyse")
    assert service.wait_for(check["id"])["state"] == "done"


def test_a_video_that_crashes_its_worker_fails_after_three_attempts(
    service: Service, url: str
) -> None:
    crashing = url.replace("/video/", "/segfault/")
    check = service.ask(crashing)
    ended = service.wait_for(check["id"])
    assert (ended["state"], ended["problem"]["code"]) == ("failed", "service.internal")
    assert ended["verdict"] is None
    assert service.noted("crashed", crashing) == 3
    assert service.wait_for(service.ask(url)["id"])["state"] == "done"


def test_a_check_that_is_cancelled_frees_its_worker(service: Service, url: str) -> None:
    service.hold("analysing")
    check = service.ask(url)
    service.wait_reached("analysing")
    before = service.noted("stopped", "analysing")
    status, _ = service.request(
        "DELETE", f"/api/v1/checks/{check['id']}", **{"X-Cancel-Token": check["cancel_token"]}
    )
    assert status == 204
    cancelled_at = time.monotonic()
    while service.noted("stopped", "analysing") == before:
        assert time.monotonic() - cancelled_at < 10, service.last_words()
        time.sleep(0.05)
    ended = service.check(check["id"])
    assert (ended["state"], ended["problem"]["code"]) == ("failed", "service.cancelled")
    assert service.noted("looked", url) == 0
