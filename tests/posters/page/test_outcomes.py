"""What a person sees of each outcome, and what the site then keeps."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.posters.page.conftest import OpenPage, choose, clip, post, sample
from tests.posters.page.running import Service


def label_of(page: Page) -> dict[str, object]:
    return json.loads(page.locator("script#label").text_content() or "null")


@pytest.mark.parametrize(
    ("outcome", "heading"),
    [
        ("no_manipulation_found", "No manipulation found"),
        ("inconclusive", "Inconclusive"),
    ],
)
def test_without_a_warning_the_form_goes_on_and_the_label_is_kept(
    open_page: OpenPage, outcome: str, heading: str
) -> None:
    page = open_page()
    choose(page, sample(outcome))
    expect(page.get_by_role("group", name=heading)).to_be_visible()
    post(page)
    expect(page.locator("#status")).to_have_text("answered")
    assert label_of(page)["outcome"] == outcome
    expect(page.locator(".label")).to_have_count(0)


def test_a_person_is_warned_and_not_accused(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, sample("likely_manipulated"))
    panel = page.get_by_role("group", name="Likely manipulated")
    expect(panel).to_contain_text("At least one face shows signs of manipulation.")
    expect(panel).to_contain_text("This is a warning, not an accusation.")
    expect(panel).to_contain_text("may need a disclosure")
    words = (panel.text_content() or "").lower()
    assert not {"fake", "real", "illegal", "fraud"} & set(words.replace(".", " ").split())


def test_the_form_waits_until_the_person_has_chosen_the_label(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, sample("likely_manipulated"))
    expect(page.get_by_role("group", name="Likely manipulated")).to_be_visible()
    post(page)
    expect(page.locator("#heading")).to_be_focused()
    page.get_by_role("button", name="Post with a label").click()
    expect(page.locator("#status")).to_have_text("answered")
    expect(page.locator(".label")).to_contain_text("Likely manipulated")
    reasons = label_of(page)["statement_of_reasons"]
    assert isinstance(reasons, dict)
    assert (reasons["automated_detection"], reasons["automated_decision"]) == (True, False)


def test_the_label_can_be_chosen_before_the_form_is_sent_and_taken_back(
    open_page: OpenPage,
) -> None:
    page = open_page()
    choose(page, sample("likely_manipulated"))
    page.get_by_role("button", name="Post with a label").click()
    expect(page.get_by_text("It will be posted with this label.").first).to_be_visible()
    assert page.locator("input[name=video_check]").count() == 1
    page.get_by_role("button", name="Change that").click()
    expect(page.get_by_role("button", name="Post with a label")).to_be_visible()
    assert page.locator("input[name=video_check]").count() == 0
    page.get_by_role("button", name="Post with a label").click()
    post(page)
    expect(page.locator(".label")).to_contain_text("Likely manipulated")


def test_what_was_found_follows_the_name_that_a_row_is_given(open_page: OpenPage) -> None:
    page = open_page()
    # As Django's admin does with the empty row of a formset.
    page.locator("input[type=file]").evaluate("(input) => { input.name = 'clips-0-video'; }")
    choose(page, sample("likely_manipulated"))
    page.get_by_role("button", name="Post with a label").click()
    assert page.locator("input[data-check]").get_attribute("name") == "clips-0-video_check"


def test_another_file_can_be_chosen_instead(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, sample("likely_manipulated"))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose another file").click()
    assert page.locator("input[type=file]").input_value() == ""
    chooser.value.set_files(sample("no_manipulation_found"))
    expect(page.get_by_role("group", name="No manipulation found")).to_be_visible()
    post(page)
    expect(page.locator("#status")).to_have_text("answered")


def test_who_thinks_that_it_is_wrong_says_so_on_the_services_page_and_may_post_meanwhile(
    open_page: OpenPage, service: Service
) -> None:
    file = clip(5000, seed="contested")
    service.knows(file["buffer"], "likely_manipulated")
    page = open_page()
    choose(page, file)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="This is wrong").click()
    expect(opened.value.get_by_role("heading", name="Contest this verdict")).to_be_visible()
    expect(page.get_by_role("group")).to_contain_text("You can post meanwhile")
    page.get_by_role("button", name="Post with a label").click()
    assert json.loads(page.locator("input[name=video_check]").input_value())["contested"]
    post(page)
    expect(page.locator(".label")).to_contain_text("Likely manipulated")


def test_a_check_that_fails_says_why_and_lets_an_open_site_go_on(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, sample("failed"))
    panel = page.get_by_role("group", name="It could not be checked")
    expect(panel).to_contain_text("This file cannot be played")
    expect(panel).to_contain_text("It will be marked as not checked.")
    post(page)
    expect(page.locator("#status")).to_have_text("failed")
    assert label_of(page) is None


def test_what_a_moderator_looks_at_first_is_held_where_the_site_accepts_that(
    open_page: OpenPage,
) -> None:
    page = open_page("/holding")
    choose(page, sample("second_look"))
    expect(page.get_by_role("group", name="A person looks at it")).to_be_visible()
    post(page)
    page.get_by_role("button", name="Send it; it appears once it has been looked at").click()
    expect(page.locator("#status")).to_have_text("held")


def test_a_link_is_checked_like_a_file(open_page: OpenPage) -> None:
    page = open_page("/link")
    page.get_by_label("Link").fill("https://samples.invalid/likely_manipulated")
    post(page)
    expect(page.get_by_role("button", name="Use another link")).to_be_visible()
    page.get_by_role("button", name="Post with a label").click()
    expect(page.locator(".label")).to_contain_text("Likely manipulated")


def test_the_words_are_those_of_the_page(open_page: OpenPage) -> None:
    page = open_page(locale="de")
    choose(page, sample("likely_manipulated"))
    panel = page.get_by_role("group", name="Wahrscheinlich manipuliert")
    expect(panel.get_by_role("button", name="Mit Hinweis veröffentlichen")).to_be_visible()
    expect(panel).to_contain_text("Mindestens ein Gesicht")
