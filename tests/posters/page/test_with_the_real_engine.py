"""A video with a face goes from the field to a worker and back; nothing known, nothing played."""

from __future__ import annotations

import json
import sys

import pytest
from playwright.sync_api import expect

from analysis.models.bundles import DEFAULT_BUNDLE, bundle_folder, read_card
from tests.posters.page.conftest import ROOT, OpenPage, post
from tests.posters.page.running import Service

SAMPLES = ROOT / "analysis" / "samples"
_PATIENCE_MS = 30_000  # a worker's first video loads the engine


@pytest.mark.parametrize(
    ("name", "heading"),
    [("blended.mp4", "Likely manipulated"), ("untouched.mp4", "No manipulation found")],
)
def test_a_video_is_sent_judged_and_posted_with_what_was_found(
    open_page: OpenPage, service: Service, name: str, heading: str
) -> None:
    page = open_page()
    page.locator("input[type=file]").set_input_files(SAMPLES / name)
    expect(page.get_by_role("group", name="Waiting for its turn")).to_be_visible(
        timeout=_PATIENCE_MS
    )
    service.run(sys.executable, "-m", "tests.posters.page.work_once")
    expect(page.get_by_role("group", name=heading)).to_be_visible(timeout=_PATIENCE_MS)
    is_warned = heading == "Likely manipulated"
    if is_warned:
        expect(page.get_by_role("link", name="Full report")).to_be_visible()
        page.get_by_role("button", name="Post with a label").click()
    post(page)
    expect(page.locator("#status")).to_have_text("answered")
    expect(page.locator(".label")).to_have_count(1 if is_warned else 0)
    label = json.loads(page.locator("script#label").text_content() or "null")
    shipped = read_card(bundle_folder(DEFAULT_BUNDLE))["version"]
    assert (label["headline"], label["bundle"]) == (heading, shipped)
