"""The way of the bytes: none where they are known, each once where they are not."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, Request, expect

from tests.posters.page.conftest import OpenPage, choose, clip, post, sample
from tests.posters.page.line import Line
from tests.posters.page.running import Service

BIG_BYTES = 5 * 2**20
SOON_MS = 60_000


def asked_of(page: Page, line: Line) -> list[Request]:
    """What the page asks of the service from now on."""
    asked: list[Request] = []
    page.on(
        "request",
        lambda request: asked.append(request) if request.url.startswith(line.url) else None,
    )
    return asked


def methods(asked: list[Request]) -> list[str]:
    return [one.method for one in asked]


def until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(SOON_MS // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("in vain")


def offsets_of(asked: list[Request]) -> list[int]:
    return [int(one.headers["upload-offset"]) for one in asked if one.method == "PATCH"]


def test_known_bytes_are_answered_with_under_a_kilobyte_sent(
    open_page: OpenPage, service: Service, line: Line
) -> None:
    file = clip(BIG_BYTES, seed="known")
    service.knows(file["buffer"], "no_manipulation_found")
    page = open_page()
    asked = asked_of(page, line)
    choose(page, file)
    expect(page.get_by_role("group", name="No manipulation found")).to_be_visible()
    assert "PATCH" not in methods(asked)
    assert sum(len(one.post_data_buffer or b"") for one in asked) < 1000


def test_an_upload_that_is_interrupted_goes_on_where_it_was(
    open_page: OpenPage, line: Line
) -> None:
    """That it arrived bit for bit is the service's finding: it begins no check of other bytes."""
    page = open_page()
    line.sent_bytes = 0
    line.breaks_after_bytes = BIG_BYTES // 2
    asked = asked_of(page, line)
    choose(page, clip(BIG_BYTES, seed="interrupted"))
    until(page, lambda: line.is_cut)
    page.wait_for_timeout(500)  # long enough for one attempt in vain
    line.mend()
    expect(page.get_by_role("group", name="Waiting for its turn")).to_be_visible(timeout=SOON_MS)
    assert "HEAD" in methods(asked)
    offsets = offsets_of(asked)
    assert offsets == sorted(offsets)
    assert offsets.count(0) == 1


def test_who_cancels_and_begins_again_sends_only_the_rest(open_page: OpenPage, line: Line) -> None:
    page = open_page()
    held: list[Any] = []
    page.route("**/api/v1/uploads/*", lambda route: _hold_the_third_patch(route, held))
    choose(page, clip(BIG_BYTES, seed="cancelled"))
    expect(page.get_by_role("group", name="Sending it to be checked")).to_be_visible()
    until(page, lambda: len(held) > 2)
    page.get_by_role("button", name="Cancel the check").click()
    expect(page.get_by_role("group", name="The check was cancelled")).to_be_visible()
    _give_up(page, held)
    asked = asked_of(page, line)
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_role("group", name="Waiting for its turn")).to_be_visible(timeout=SOON_MS)
    assert min(offsets_of(asked)) == 4 * 2**20


def test_who_loads_the_page_anew_sends_only_the_rest(open_page: OpenPage, line: Line) -> None:
    page = open_page()
    held: list[Any] = []
    page.route("**/api/v1/uploads/*", lambda route: _hold_the_third_patch(route, held))
    file = clip(BIG_BYTES, seed="reloaded")
    choose(page, file)
    until(page, lambda: len(held) > 2)
    page.reload()
    _give_up(page, held)
    asked = asked_of(page, line)
    choose(page, file)
    expect(page.get_by_role("group", name="Waiting for its turn")).to_be_visible(timeout=SOON_MS)
    assert min(offsets_of(asked)) == 4 * 2**20
    assert page.evaluate("sessionStorage.length") == 0


def _give_up(page: Page, held: list[Any]) -> None:
    """What is held must not arrive after all when nothing holds it any more."""
    for route in held[2:]:
        with contextlib.suppress(Error):
            route.abort()
    page.unroute("**/api/v1/uploads/*")


def _hold_the_third_patch(route: Any, held: list[Any]) -> None:
    if route.request.method == "PATCH":
        held.append(route)
        if len(held) > 2:
            return
    route.continue_()


def test_who_chooses_another_file_takes_back_what_was_sent(open_page: OpenPage, line: Line) -> None:
    page = open_page()
    held: list[Any] = []
    page.route("**/api/v1/uploads/*", lambda route: _hold_the_third_patch(route, held))
    choose(page, clip(BIG_BYTES, seed="replaced"))
    until(page, lambda: len(held) > 2)
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as taken_back:
        choose(page, sample("no_manipulation_found"))
    assert taken_back.value.status == 204
    expect(page.get_by_role("group", name="No manipulation found")).to_be_visible()


def test_a_large_file_is_hashed_beside_the_page_where_a_worker_is_allowed(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page()
    with page.expect_worker() as worker:
        announced = announced_of_a_large_file(page, tmp_path)
    assert worker.value.url.endswith("/static/checked_uploads/hash-worker.js")
    assert announced == hashlib.sha256((tmp_path / "large.mp4").read_bytes()).hexdigest()


def test_a_large_file_is_hashed_in_the_page_where_no_worker_can_be_had(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page()
    page.locator("check-before-posting").evaluate("(one) => one.setAttribute('worker', '/none')")
    announced = announced_of_a_large_file(page, tmp_path)
    assert announced == hashlib.sha256((tmp_path / "large.mp4").read_bytes()).hexdigest()


def announced_of_a_large_file(page: Page, folder: Path) -> str:
    (folder / "large.mp4").write_bytes(clip(33 * 2**20, seed=folder.name)["buffer"])
    with page.expect_request("**/api/v1/uploads", timeout=SOON_MS) as announced:
        page.locator("input[type=file]").set_input_files(folder / "large.mp4")
    page.get_by_role("button", name="Cancel the check").click()
    return str(announced.value.post_data_json["sha256"])


def test_no_key_is_in_the_page_and_no_cookie_goes_to_the_service(
    open_page: OpenPage, service: Service, line: Line
) -> None:
    page = open_page()
    asked = asked_of(page, line)
    choose(page, sample("no_manipulation_found"))
    expect(page.get_by_role("group", name="No manipulation found")).to_be_visible()
    assert service.key not in page.content()
    for one in asked:
        sent = one.all_headers()
        assert service.key not in str(sent)
        assert not {"cookie", "referer"} & sent.keys()
    assert asked[-1].all_headers()["authorization"].startswith("Bearer dfp_")
    post(page)
    expect(page.locator("#status")).to_have_text("answered")
