"""How quick the popup is, measured in the real browser.

    python -m tests.extension.measure [times]

First paint and the list of videos count from the opening of the popup; the badge counts from the
moment at which the server first has the verdict to give.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.extension import answers
from tests.extension.chromium import Chromium
from tests.extension.contract_server import ContractServer
from tests.extension.media import write_video
from tests.extension.site import Site

PAINTED = """() => ({
  paint: performance.getEntriesByType("paint")[0]?.startTime ?? null,
  ready: performance.getEntriesByName("ready")[0]?.startTime ?? null,
})"""


def measure(times: int) -> None:
    paints, lists, badges = [], [], []
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        clip = Path(scratch) / "clip.webm"
        write_video(clip)
        server, site = ContractServer(), Site(clip)
        chromium = Chromium(playwright, Path(scratch) / "profile")
        for _ in range(times):
            server.reset()
            chromium.reset(server=server.url)
            page = chromium.go(f"{site.url}/one")
            page.wait_for_timeout(300)
            popup = chromium.press_toolbar_button(page)
            popup.locator("[data-first]").wait_for()
            told = popup.evaluate(PAINTED)
            paints.append(told["paint"])
            lists.append(told["ready"])
            server.script = {"clip": [answers.under_way()[2]]}
            popup.locator(".video .button").click()
            popup.get_by_role("heading", name="Looking at the faces").wait_for()
            popup.wait_for_timeout(1500)
            server.script["clip"][0] = answers.done("likely_manipulated", probability=0.93)
            ready = time.monotonic()
            while chromium.badge(page)["text"] != "▲":
                popup.wait_for_timeout(20)
            badges.append((time.monotonic() - ready) * 1000)
        chromium.close()
    for name, values in (("first paint", paints), ("list of videos", lists), ("badge", badges)):
        median, worst = statistics.median(values), max(values)
        print(f"{name:15} median {median:6.0f} ms   worst {worst:6.0f} ms   of {times}")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
