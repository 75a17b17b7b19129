"""``<input type=file multiple>``: each file is checked, warned of and answered for by itself."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.posters.page.conftest import OpenPage, sample


def choose_several(page: Page, *outcomes: str) -> None:
    page.locator("input[type=file]").evaluate("input => { input.multiple = true }")
    files: Any = [sample(outcome) | {"name": f"{outcome}.mp4"} for outcome in outcomes]
    page.locator("input[type=file]").set_input_files(files)


def told_with_the_form(page: Page) -> list[dict[str, Any]]:
    fields = page.locator("input[name=video_check]").all()
    return [json.loads(field.input_value()) for field in fields]


def test_each_file_has_its_own_result(open_page: OpenPage) -> None:
    page = open_page()
    choose_several(page, "no_manipulation_found", "inconclusive", "failed")
    panel = page.get_by_role("group", name="The result for each file")
    lines = panel.get_by_role("listitem")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("No manipulation found")
    expect(lines.nth(0)).to_contain_text("no_manipulation_found.mp4")
    expect(lines.nth(1)).to_contain_text("Inconclusive")
    expect(lines.nth(2)).to_contain_text("It could not be checked")
    entries = told_with_the_form(page)
    assert [entry["state"] for entry in entries] == ["answered", "answered", "failed"]
    assert len({entry["posting"] for entry in entries[:2]}) == 2


def test_a_warning_says_which_file_and_waits_and_the_rest_is_checked_after_it(
    open_page: OpenPage,
) -> None:
    page = open_page()
    choose_several(page, "no_manipulation_found", "likely_manipulated", "inconclusive")
    warned = page.get_by_role("group", name="Likely manipulated")
    expect(warned).to_contain_text("likely_manipulated.mp4 (2/3)")
    assert told_with_the_form(page) == []
    page.get_by_role("button", name="Post with a label").click()
    panel = page.get_by_role("group", name="The result for each file")
    expect(panel.get_by_role("listitem").nth(1)).to_contain_text("Likely manipulated")
    outcomes = [entry["label"]["outcome"] for entry in told_with_the_form(page)]
    assert outcomes == ["no_manipulation_found", "likely_manipulated", "inconclusive"]
    page.get_by_role("button", name="Change that").click()
    expect(warned).to_be_visible()
    assert told_with_the_form(page) == []


def test_all_of_them_are_told_to_who_only_listens(open_page: OpenPage) -> None:
    page = open_page(locale="ar")
    choose_several(page, "no_manipulation_found", "inconclusive")
    expect(page.get_by_role("listitem")).to_have_count(2)
    told = page.locator("check-before-posting").evaluate(
        "element => element.shadowRoot.querySelector('[role=status]').textContent"
    )
    assert "no_manipulation_found.mp4: لم يُعثر" in told
    assert "inconclusive.mp4: " in told
