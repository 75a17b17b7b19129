"""Draws what chats and social networks show of a report: the verdict in words, by language.

    python -m tests.browser.pages.draw_cards

Run it when a word or a colour changes; the pictures are checked in, so that no server draws them.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import django
import numpy as np
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.utils import translation  # noqa: E402

import detector_service.pages as pages  # noqa: E402
from analysis.finding import Outcome  # noqa: E402
from detector_service.checks import words  # noqa: E402

STATIC = Path(pages.__file__).parent / "static" / "pages"
CHROMIUM = "/usr/lib/chromium/chromium"
PAGE = """<!doctype html><html dir="{direction}"><base href="{base}/"><link rel="stylesheet"
href="tokens.css"><link rel="stylesheet" href="style.css"><style>
@font-face {{ font-family: "Newsreader"; font-weight: 500; font-display: block;
  src: url("fonts/newsreader-500.woff2"); }}
body {{ width: 1200px; height: 630px; padding: 70px 80px; justify-content: space-between; }}
main {{ flex: none; display: flex; align-items: center; gap: 56px; padding: 0; }}
.glyph {{ width: 170px; height: 170px; }}
h1 {{ font-size: 92px; line-height: 1.15; color: var(--tone); }}
.brand {{ font-size: 44px; gap: 20px; }} .brand img {{ width: 64px; height: 64px; }}
</style><body class="{outcome}"><p class="brand"><img src="icon.svg">Deepfake Check</p>
<main>{glyph}<h1>{headline}</h1></main><p></p></body></html>"""


def main() -> None:
    sheet = STATIC / "card-to-draw.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 630}, color_scheme="light")
        for language, _ in settings.LANGUAGES:
            for outcome in Outcome:
                sheet.write_text(_card(outcome, language), encoding="utf-8")
                page.goto(sheet.as_uri())
                page.evaluate("document.fonts.ready")
                _save(page.screenshot(), STATIC / "cards" / f"{outcome}.{language}.png")
        browser.close()
    sheet.unlink()


def _card(outcome: Outcome, language: str) -> str:
    with translation.override(language):
        return PAGE.format(
            base=STATIC.as_uri(),
            direction="rtl" if translation.get_language_bidi() else "ltr",
            outcome=outcome,
            glyph=render_to_string("pages/_glyph.html", {"shape": outcome}),
            headline=words.headline(outcome),
        )


def _save(png: bytes, path: Path) -> None:
    """In steps of sixteen: text and flat colour need no more, and it halves the file."""
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    image = (np.round(image / 17) * 17).astype(np.uint8)
    cv2.imwrite(str(path), image, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
