"""From a contest on the report to another verdict on the same report, by hand in a browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from analysis.finding import Outcome
from detector_service.review import deciding, opening
from detector_service.review.models import Case, CaseReason
from tests.browser.pages.conftest import OpenPage
from tests.browser.review.conftest import picture, sign_in
from tests.pages.checks import finished_check
from tests.review.conftest import PASSWORD, contested, someone

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_contest_becomes_a_decision_and_the_report_says_so(open_page: OpenPage) -> None:
    check = finished_check()
    report = f"/checks/{check.public_id}"
    person = open_page(f"{report}/contest")
    person.check("input[value=not_manipulated]")
    person.fill("[name=words]", "This is my own recording, nothing was changed.")
    person.click("main form button[type=submit], main form button:not([type])")
    case = Case.objects.get(video=check.video)
    assert case.reasons.get().kind == CaseReason.Kind.CONTEST
    for number, outcome in enumerate((Outcome.INCONCLUSIVE, Outcome.NO_MANIPULATION_FOUND), 2):
        other = finished_check(
            outcome,
            sha256=f"{number:064x}",
            url=f"https://video.example/watch?v=9{number}",
            title=("Interview, part two", "A very long title of a video about the weather")[
                number - 2
            ],
        )
        opening.on_contest(contested(other, "q"))

    page = open_page("/admin/")
    picture(page, "sign-in")
    sign_in(page, someone().username)
    page.wait_for_url("**/admin/review/case/")
    assert page.locator("[data-row]").count() == 3
    picture_width = "image => image.decode().then(() => image.naturalWidth)"
    assert page.locator("[data-row] img").first.evaluate(picture_width) == 160
    picture(page, "queue")
    page.keyboard.press("n")  # the most urgent, claimed
    page.wait_for_url(f"**/{case.pk}/")
    assert "This is my own recording" in page.inner_text("main")
    page.keyboard.press("2")
    page.select_option(".decide [name=policy]", "genuine")
    page.keyboard.press("r")
    page.fill("[name=public_reason]", "The broadcaster's own recording shows the same.")
    picture(page, "case")
    page.click(".decide button")
    page.wait_for_selector(".waiting")
    picture(page, "case-decided")

    person.goto(report)
    assert "Likely manipulated" in person.inner_text("h1, .verdict, main")
    deciding.apply_due(timezone.now() + timedelta(hours=1))
    person.reload()
    told = person.inner_text("main")
    assert "No manipulation found" in told
    assert "The broadcaster's own recording shows the same." in told
    page.goto("/admin/review/case/figures/")
    assert "Agreement" in page.inner_text("main")
    picture(page, "figures")


def queue_of_two(open_page: OpenPage) -> Page:
    for number in (1, 2):
        made = finished_check(
            sha256=f"{number:064x}", url=f"https://video.example/watch?v={number}"
        )
        opening.open_case(made.video, CaseReason.Kind.BY_HAND)  # type: ignore[arg-type]
    page = open_page("/admin/")
    sign_in(page, someone().username)
    page.wait_for_url("**/admin/review/case/")
    return page


def test_keys_move_the_focus_through_the_queue(open_page: OpenPage) -> None:
    page = queue_of_two(open_page)
    first, second = page.locator(".case a.title").all()
    for key, focused in (("k", first), ("j", second), ("j", second), ("k", first), ("j", second)):
        page.keyboard.press(key)
        expect(focused).to_be_focused()
    place = second.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{place}")


def test_the_same_for_many_says_first_what_will_happen(open_page: OpenPage) -> None:
    page = queue_of_two(open_page)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.click("button[value=keep]")
    assert "2 cases" in page.inner_text("h1")
    picture(page, "bulk")
    page.fill("[name=public_reason]", "Looked at together.")
    page.click("main .primary")
    page.wait_for_selector(".message.success")
    assert set(Case.objects.values_list("state", flat=True)) == {Case.State.PENDING}


def test_who_was_signed_out_meanwhile_comes_back_to_the_case(open_page: OpenPage) -> None:
    case = opening.open_case(finished_check().video, CaseReason.Kind.BY_HAND)  # type: ignore[arg-type]
    moderator = someone().username
    page = open_page(f"/admin/review/case/{case.pk}/")
    sign_in(page, moderator)
    page.check(".decide input[value=inconclusive]")
    page.select_option(".decide [name=policy]", "genuine")
    page.fill("[name=public_reason]", "Written for longer than the session lasted.")
    page.context.clear_cookies(name="sessionid")
    page.click(".decide button")
    expect(page.locator(".message")).to_contain_text("nothing was done")
    sign_in(page, moderator)
    page.wait_for_url(f"**/admin/review/case/{case.pk}/")
    expect(page.locator(".decide")).to_be_visible()


def test_a_second_factor_is_set_up_and_then_asked_for(open_page: OpenPage, settings: Any) -> None:
    from django_otp.oath import totp
    from django_otp.plugins.otp_static.models import StaticToken
    from django_otp.plugins.otp_totp.models import TOTPDevice

    settings.REVIEW_SECOND_FACTOR = True
    user = someone()
    page = open_page("/admin/")
    sign_in(page, user.username)
    page.wait_for_selector(".qr")
    picture(page, "enrol")
    device = TOTPDevice.objects.get(user=user)
    page.fill("[name=code]", f"{totp(device.bin_key):06d}")
    page.click("main button")
    page.wait_for_selector(".codes")
    assert page.locator(".codes li").count() == 10
    page.click("main .button")
    page.wait_for_url("**/admin/review/case/")
    other = open_page("/admin/")
    sign_in(other, user.username)
    assert "do not fit" in other.inner_text("main")
    other.wait_for_timeout(1500)  # after a wrong answer a device takes no other for a second
    other.fill("[name=code]", StaticToken.objects.first().token)  # type: ignore[union-attr]
    other.fill("[name=password]", PASSWORD)
    other.click("main button")
    other.wait_for_url("**/admin/review/case/")
