"""A page in its light or dark colours, once they have stopped changing into each other."""

from __future__ import annotations

from playwright.sync_api import Page


def show_in(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.evaluate(
        """() => Promise.allSettled(document.getAnimations()
          .filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""
    )
