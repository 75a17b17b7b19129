"""A message is only a doorbell: what is asked while nobody can ring is done all the same."""

from __future__ import annotations

import time

from tests.recovery.service import WORKERS, Service, wait_until


def test_asking_without_a_broker_is_answered_and_done_when_it_is_back(
    service: Service, url: str
) -> None:
    service.stop_broker()
    began_at = time.monotonic()
    check = service.ask(url)
    assert time.monotonic() - began_at < 20, "a dead broker held up a request"
    assert check["state"] == "queued" and check["cancel_token"]
    service.start_broker()
    assert service.wait_for(check["id"])["state"] == "done"


def test_a_broker_that_goes_away_in_the_middle_of_the_work_loses_nothing(
    service: Service, url: str
) -> None:
    service.hold("analysing")
    checks = [service.ask(f"{url}/{number}") for number in range(3)]
    service.wait_reached("analysing")
    service.stop_broker()
    service.open("analysing")
    time.sleep(4)  # longer than a lease
    service.start_broker()
    assert {service.wait_for(check["id"])["state"] for check in checks} == {"done"}


def test_work_goes_on_while_the_broker_is_away(service: Service, url: str) -> None:
    service.hold("analysing")
    check = service.ask(url)
    service.wait_reached("analysing")
    service.stop_broker()
    time.sleep(4)  # by then the worker has noticed
    service.start_broker()
    service.open("analysing")
    assert service.wait_for(check["id"])["state"] == "done"
    assert service.noted("looked", url) == 1
    ((attempts,),) = service.sql(
        "SELECT attempts FROM checks_check WHERE public_id = ?", check["id"]
    )
    assert attempts == 1


def test_a_worker_that_starts_while_the_broker_is_away_works_when_it_is_back(
    service: Service, url: str
) -> None:
    service.stop_broker()
    service.kill("analyse")
    service.start("analyse")
    if service.redis_port is None:
        wait_until((service.folder / "broker").exists, "the worker has made the folder anew")
    check = service.ask(url)
    service.start_broker()
    assert service.wait_for(check["id"])["state"] == "done"


def test_a_row_whose_message_was_never_sent_is_found(service: Service, url: str) -> None:
    first = service.ask(url)
    service.wait_for(first["id"])
    service.sql(
        "INSERT INTO checks_check (public_id, address_id, upload_name, upload_sha256, work_file,"
        " state, stage, progress, attempts, lease_token, problem_code, asked_from_sha256,"
        " cancel_token_sha256, shared) SELECT 'never-published-check1', address_id, '', '', '',"
        " 'queued', '', 0, 0, '', '', '', '', false FROM checks_check WHERE public_id = ?",
        first["id"],
    )
    try:
        assert service.wait_for("never-published-check1")["state"] == "done"
    finally:
        service.sql("DELETE FROM checks_check WHERE public_id = 'never-published-check1'")


def test_a_message_that_is_lost_is_sent_again(service: Service, url: str) -> None:
    service.kill(*WORKERS)
    check = service.ask(url)
    if service.redis_port is None:
        for message in (service.folder / "broker" / "messages").glob("*"):
            message.unlink()
    else:
        service.kill("redis")
        for kept in service.folder.glob("appendonlydir/*"):
            kept.unlink()
        service.start_broker()
    service.start_workers()
    assert service.wait_for(check["id"])["state"] == "done"
