"""Pictures of every state in both themes, to be looked at before a change of looks lands.

python -m tests.extension.take_screens <folder> [language]
"""

from __future__ import annotations

import sys
import tempfile
from itertools import chain
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.extension.chromium import Chromium
from tests.extension.contract_server import ContractServer
from tests.extension.media import write_video
from tests.extension.site import Site
from tests.extension.states import page_states, popup_states


def take(folder: Path, language: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        clip = Path(scratch) / "clip.webm"
        write_video(clip)
        server, site = ContractServer(), Site(clip)
        chromium = Chromium(playwright, Path(scratch) / "profile")
        chromium.reset(server=server.url)
        chromium.set_language(language)
        for name, surface, beside in chain(
            popup_states(chromium, server, site), page_states(chromium)
        ):
            for scheme in ("light", "dark"):
                surface.emulate_media(color_scheme=scheme)
                surface.screenshot(path=folder / f"{name}-{scheme}.png", full_page=True)
                if beside:
                    beside.emulate_media(color_scheme=scheme)
                    beside.wait_for_timeout(400)
                    beside.screenshot(path=folder / f"{name}-{scheme}-page.png")
        chromium.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "en")
