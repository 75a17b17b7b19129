"""Draws the icons from the two SVG files beside this script, in Chromium.

    python extension/icons/draw.py

The PNG files are checked in; this is run when a drawing changes. Not packed.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
CHROMIUM = "/usr/lib/chromium/chromium"
DRAWINGS = {16: "icon-small.svg", 32: "icon.svg", 48: "icon.svg", 128: "icon.svg"}


def draw() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for side_px, drawing in DRAWINGS.items():
            page = browser.new_page(viewport={"width": side_px, "height": side_px})
            svg = (HERE / drawing).read_text(encoding="utf-8")
            page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
            page.screenshot(path=HERE / f"{side_px}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    draw()
