"""Many at once: one check for one address, and an end for every one of them."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

from tests.recovery.service import Service, wait_until


def test_a_hundred_who_ask_for_one_address_at_once_share_one_check(
    service: Service, url: str
) -> None:
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(service.ask, [url] * 100))
    assert len({answer["id"] for answer in answers}) == 1
    assert sum(bool(answer.get("cancel_token")) for answer in answers) == 1
    assert service.wait_for(answers[0]["id"])["state"] == "done"
    assert (service.noted("fetched", url), service.noted("looked", url)) == (1, 1)
    assert service.ask(url)["state"] == "done"


def test_two_hundred_different_ones_all_end(service: Service, url: str) -> None:
    urls = [f"{url}/{number}" for number in range(199)] + [url.replace("video", "private")]
    with ThreadPoolExecutor(20) as crowd:
        checks = list(crowd.map(service.ask, urls))
    states = [service.wait_for(check["id"])["state"] for check in checks]
    assert states == ["done"] * 199 + ["failed"]
    assert all(service.noted("looked", url) == 1 for url in urls[:-1])


def test_while_every_fetch_is_slow_what_is_stuck_is_still_found(service: Service, url: str) -> None:
    service.hold("fetching")
    waiting = [service.ask(f"{url}/{number}") for number in range(5)]
    fetching = "SELECT count(*) FROM checks_check WHERE state = 'fetching'"
    wait_until(lambda: service.sql(fetching) == [(4,)], "as many are fetched as can be")
    stuck = next(check for check in waiting if service.check(check["id"])["state"] == "queued")
    service.sql("UPDATE checks_check SET attempts = 3 WHERE public_id = ?", stuck["id"])
    assert service.wait_for(stuck["id"])["problem"]["code"] == "service.internal"


def test_a_check_can_be_followed_through_the_logs_of_every_process(
    service: Service, url: str
) -> None:
    check = service.ask(url)
    service.wait_for(check["id"])
    for process in ("web", "fetch", "analyse"):
        lines = (service.folder / f"{process}.out").read_text().splitlines()
        ours = [json.loads(line) for line in lines if check["id"] in line]
        assert ours and all(line["check"] == check["id"] for line in ours), process


def test_who_sends_what_is_no_request_is_not_written_down(service: Service) -> None:
    log = service.folder / "web.out"
    already = log.stat().st_size
    with socket.create_connection(("127.0.0.1", service.port)) as line:
        line.sendall(b"\x16\x03\x01 as a browser begins that was told https://\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 400 ")
    told = wait_until(
        lambda: [line for line in log.read_text()[already:].splitlines() if "Invalid" in line],
        "it is told that something came",
    )
    assert "127.0.0.1" not in "".join(told)
