"""Reading a report in a real browser: seeking, the player, the saved file, contesting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from detector_service.checks.models import Contest, Video
from detector_service.pages.templatetags.pages import clock
from tests.browser.pages.conftest import OpenPage, until
from tests.pages.checks import HOSTILE, finished_check

pytestmark = pytest.mark.django_db(transaction=True)


def playhead(page: Page) -> float:
    return float(page.locator(".playhead").first.get_attribute("x1") or "nan")


def test_a_click_on_the_timeline_goes_to_that_moment(open_page: OpenPage) -> None:
    page = open_page(f"/checks/{finished_check().public_id}")
    line = page.locator(".timeline").first
    box = line.bounding_box()
    assert box is not None
    line.click(position={"x": box["width"] * 0.75, "y": 20})
    assert playhead(page) == pytest.approx(750, abs=15)
    at_s = float(page.locator('[data-kind="face"][aria-current]').first.get_attribute("data-at"))
    assert at_s == pytest.approx(7.2, abs=1)
    shown = page.locator(".shown").first.get_attribute("src")
    assert shown is not None
    assert shown.endswith(
        page.locator('[data-kind="face"][aria-current]').first.get_attribute("href") or "nothing"
    )


def test_the_timeline_is_driven_by_the_keyboard_too(open_page: OpenPage) -> None:
    page = open_page(f"/checks/{finished_check().public_id}")
    page.get_by_label("Go to a moment of face 1").focus()
    page.keyboard.press("End")
    assert playhead(page) == pytest.approx(1000, abs=10)


def test_a_suspicious_stretch_and_a_picture_are_ways_to_seek(open_page: OpenPage) -> None:
    page = open_page(f"/checks/{finished_check().public_id}")
    page.get_by_role("button", name="0:06.9–0:08.4").click()
    assert playhead(page) == pytest.approx(6.9 / 9.6 * 1000, abs=10)
    page.locator('[data-kind="heat"]').first.click()
    assert playhead(page) == pytest.approx(0.9 / 9.6 * 1000, abs=10)
    expect(page).to_have_url(page.url)  # the picture was shown here and not opened


def test_a_time_is_written_as_the_server_writes_it(open_page: OpenPage) -> None:
    page = open_page(f"/checks/{finished_check().public_id}")
    picture = page.locator('[data-kind="face"]').first
    for at_s in (3.46, 9.97, 61.7, 3725):
        picture.evaluate("(link, at) => { link.dataset.at = at; }", str(at_s))
        page.locator('[data-kind="heat"]').first.click()  # away, and back
        picture.click()
        expect(page.locator("figure:has(.shown) .at").first).to_have_text(clock(at_s))


def test_all_pictures_arrive(open_page: OpenPage) -> None:
    page = open_page(f"/checks/{finished_check().public_id}")
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    until(page, "[...document.images].every((i) => i.complete && i.naturalWidth > 0)")


def test_the_player_follows_the_timeline(open_page: OpenPage, settings: Any) -> None:
    check = finished_check()
    settings.SHOW_VIDEO = True
    _keep_a_video(settings.STORE_DIR / "kept", duration_s=9.6)
    Video.objects.update(kept_file="kept")
    page = open_page(f"/checks/{check.public_id}")
    until(page, "document.querySelector('video').readyState >= 1")
    page.get_by_role("button", name="0:06.9–0:08.4").click()
    until(page, "Math.abs(document.querySelector('video').currentTime - 6.9) < 0.2")
    page.wait_for_selector("#stage rect[width]:not([width='0'])", state="attached")


def test_the_saved_report_opens_without_the_service(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(f"/checks/{finished_check().public_id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the report").first.click()
    saved = tmp_path / "report.html"
    download.value.save_as(saved)
    kept = open_page(saved.as_uri(), offline=True)
    expect(kept.get_by_role("heading", level=1)).to_have_text("Likely manipulated")
    kept.evaluate("for (const image of document.images) image.loading = 'eager'")
    until(kept, "[...document.images].every((i) => i.complete && i.naturalWidth > 0)")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_verdict_is_contested_and_answered_with_a_number(
    open_page: OpenPage, javascript: bool
) -> None:
    page = open_page(f"/checks/{finished_check().public_id}", javascript=javascript)
    page.get_by_role("link", name="Contest this verdict").first.click()
    page.get_by_label("It was not manipulated").check()
    page.get_by_label("In your own words").fill("I filmed it.")
    page.get_by_label("From", exact=True).fill("0:02")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#number")).to_have_text(Contest.objects.get().public_id)


def test_hostile_words_run_nothing(open_page: OpenPage) -> None:
    """A dialog, a script error or a breach of the policy would fail the test: see ``open_page``."""
    check = finished_check(title=HOSTILE, signer=HOSTILE)
    page = open_page(f"/checks/{check.public_id}")
    expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
    open_page(f"/?url={HOSTILE}")


def _keep_a_video(path: Path, *, duration_s: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="webm") as container:
        stream = container.add_stream("vp8", rate=10)
        stream.width, stream.height = 64, 36
        for at in range(int(duration_s * 10)):
            picture = np.full((36, 64, 3), at * 2, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
