"""A token in a page: bound to its page, one posting, and minutes; a key stands nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from detector_service.checks import keys
from detector_service.posters import page_tokens
from detector_service.posters.accounts import issue_site_key
from detector_service.posters.models import Posting, Site, SiteKey
from tests.posters.conftest import ORIGIN, Asking
from tests.posters.contents import a_video, sha256

VIDEO = a_video()
OTHER = a_video(fill=b"o")

Page = Callable[..., Asking]


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_page_can_do_all_that_one_posting_needs(page: Page) -> None:
    asking = page(reference="draft 17", language="de")
    told = asking.upload(VIDEO)
    assert told["reference"] == "draft 17"
    assert asking.post(f"postings/{told['id']}/choice", {"choice": "replaced"}).status_code == 204
    assert Posting.objects.get().choice == "replaced"


def test_a_token_makes_one_posting(page: Page) -> None:
    asking = page()
    first = asking.announce(VIDEO)
    assert first.status_code == 201
    assert code_of(asking.announce(OTHER)) == (409, "token.used")
    assert code_of(asking.post("postings", {"url": "https://v.example/1"})) == (409, "token.used")
    assert Posting.objects.count() == 1
    # The same file again is no replay: its answer may have been lost on the way.
    assert asking.announce(VIDEO).json()["id"] == first.json()["id"]


def test_of_two_that_use_a_token_at_once_the_database_lets_one_through(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = page()
    asking.announce(VIDEO)
    monkeypatch.setattr("detector_service.posters.postings._asked_before", lambda *_, **__: None)
    assert code_of(asking.announce(OTHER)) == (409, "token.used")
    assert Posting.objects.count() == 1


def test_a_token_for_one_file_is_no_token_for_another(page: Page) -> None:
    asking = page(sha256=sha256(VIDEO))
    assert code_of(asking.announce(OTHER)) == (403, "token.mismatch")
    refused = asking.post("postings", {"url": "https://v.example/1"})
    assert code_of(refused) == (403, "token.mismatch")
    assert asking.announce(VIDEO).status_code == 201


@pytest.mark.parametrize("origin", ["https://evil.example", "https://site.example.evil", "null"])
def test_a_token_is_good_on_its_own_page_alone(page: Page, origin: str) -> None:
    assert code_of(page(origin=origin).announce(VIDEO)) == (403, "token.mismatch")


def test_a_token_without_a_page_is_refused(page: Page) -> None:
    asking = page()
    del asking.headers["Origin"]
    assert code_of(asking.announce(VIDEO)) == (403, "token.mismatch")


def test_tokens_are_made_for_registered_pages_alone(server: Asking) -> None:
    refused = server.post("page-tokens", {"origin": "https://evil.example"})
    assert code_of(refused) == (403, "token.mismatch")


def test_an_origin_that_is_taken_away_takes_its_tokens_with_it(page: Page, site: Site) -> None:
    asking = page()
    site.origins.all().delete()
    assert code_of(asking.announce(VIDEO)) == (403, "token.mismatch")


def test_a_token_is_too_old_after_minutes_but_still_feeds_what_it_made(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, in_time = page(), page()
    made = in_time.announce(VIDEO)
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 601)
    assert code_of(late.announce(VIDEO)) == (401, "token.invalid")
    assert in_time.patch(made["Location"], 0, VIDEO).status_code == 204
    assert in_time.get(f"postings/{made.json()['id']}").status_code == 200
    monkeypatch.setattr(signing.time, "time", lambda: now + page_tokens.READABLE_FOR_S + 1)
    assert code_of(in_time.get(f"postings/{made.json()['id']}")) == (401, "token.invalid")


def test_a_token_that_was_changed_is_refused(page: Page) -> None:
    asking = page()
    whole = asking.headers["Authorization"]
    for spoilt in (whole[:-1], whole + "A", "Bearer dfp_", "Bearer dfp_x:y:z", whole + "A" * 3000):
        asking.headers["Authorization"] = spoilt
        assert code_of(asking.announce(VIDEO)) == (401, "token.invalid")


def test_a_key_that_is_revoked_takes_its_tokens_with_it(page: Page, site: Site) -> None:
    asking = page()
    keys.revoke(site.keys.get().key)
    assert code_of(asking.announce(VIDEO)) == (401, "token.invalid")


def test_a_site_that_is_closed_is_heard_no_more(page: Page, server: Asking) -> None:
    asking = page()
    Site.objects.update(is_open=False)
    assert code_of(asking.announce(VIDEO)) == (401, "token.invalid")
    assert code_of(server.announce(VIDEO)) == (401, "auth.invalid_key")


def test_the_keys_of_a_closed_site_do_nothing_anywhere(server: Asking) -> None:
    assert server.get("checks/none").status_code == 404
    Site.objects.update(is_open=False)
    assert code_of(server.get("checks/none")) == (401, "auth.invalid_key")
    Site.objects.update(is_open=True)
    assert server.get("checks/none").status_code == 404


def test_a_token_opens_no_posting_but_its_own(page: Page, server: Asking) -> None:
    others = server.announce(VIDEO, reference="draft 17")
    number = others.json()["id"]
    mine = page()
    mine.announce(OTHER)
    for asking in (mine, page()):
        assert code_of(asking.get(f"postings/{number}")) == (404, "posting.not_found")
        assert code_of(asking.patch(others["Location"], 0, VIDEO)) == (404, "posting.not_found")
        assert asking.delete(others["Location"]).status_code == 404
        assert asking.get("postings?reference=draft 17").json() == {"postings": []}


def test_a_page_can_neither_make_tokens_nor_name_a_callback_nor_a_reference(page: Page) -> None:
    asking = page(reference="draft 17")
    assert asking.post("page-tokens", {"origin": ORIGIN}).status_code == 403
    refused = asking.announce(VIDEO, callback_url="https://evil.example/")
    assert code_of(refused) == (400, "request.invalid")
    assert code_of(asking.announce(VIDEO, reference="draft 1")) == (403, "token.mismatch")


def test_a_token_is_no_key(page: Page) -> None:
    asking = page()
    assert code_of(asking.get("verdicts/0000")) == (401, "auth.invalid_key")
    assert code_of(asking.post("checks", {"url": "https://v.example/1"})) == (
        401,
        "auth.invalid_key",
    )


# -- keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "path", "document"),
    [
        (["check:read", "tokens:write"], "uploads", {}),
        (["check:read", "tokens:write"], "postings", {"url": "https://v.example/1"}),
        (["check:read", "uploads:write"], "page-tokens", {"origin": ORIGIN}),
    ],
)
def test_a_key_does_what_its_scopes_say(
    site: Site, scopes: list[str], path: str, document: Any
) -> None:
    asking = Asking(issue_site_key(site=site, scopes=scopes)[1])
    assert code_of(asking.post(path, document)) == (403, "auth.missing_scope")
    assert not Posting.objects.exists()


def test_a_key_without_reading_cannot_read(site: Site) -> None:
    asking = Asking(issue_site_key(site=site, scopes=["uploads:write"])[1])
    number = asking.announce(VIDEO).json()["id"]
    assert code_of(asking.get(f"postings/{number}")) == (403, "auth.missing_scope")


def test_a_persons_own_key_is_no_sites_key(site: Site) -> None:
    _, plain = keys.issue_key(owner=site.owner, name="mine", scopes=list(keys.Scope))
    assert code_of(Asking(plain).announce(VIDEO)) == (403, "auth.missing_scope")


def test_nobody_asks_without_saying_for_whom(db: None, settings: Any) -> None:
    settings.ALLOW_ANONYMOUS = True
    asking = Client()
    assert asking.post("/api/v1/uploads", {}, "application/json").status_code == 401
    assert asking.get("/api/v1/postings/" + "A" * 22).status_code == 401


def test_another_sites_postings_are_not_there(server: Asking, other_site: Asking) -> None:
    announced = server.announce(VIDEO, reference="draft 17")
    number = announced.json()["id"]
    assert code_of(other_site.get(f"postings/{number}")) == (404, "posting.not_found")
    assert other_site.get("postings?reference=draft 17").json() == {"postings": []}
    assert other_site.patch(announced["Location"], 0, VIDEO).status_code == 404
    assert other_site.announce(VIDEO, reference="draft 17").json()["id"] != number
    [mine] = server.get("postings?reference=draft 17").json()["postings"]
    assert mine["id"] == number


def test_a_test_key_sees_no_real_posting(server: Asking, test_key: tuple[SiteKey, str]) -> None:
    number = server.announce(VIDEO).json()["id"]
    assert Asking(test_key[1]).get(f"postings/{number}").status_code == 404


# -- other web sites --------------------------------------------------------------------------


def preflight(origin: str, path: str) -> Any:
    return Client().options(
        f"/api/v1/{path}",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,tus-resumable,upload-offset",
        },
    )


@pytest.mark.parametrize("path", ["uploads", "uploads/" + "A" * 22, "postings"])
def test_a_browser_may_ask_from_a_registered_page(site: Site, path: str) -> None:
    told = preflight(ORIGIN, path)
    assert told["Access-Control-Allow-Origin"] == ORIGIN
    assert "PATCH" in told["Access-Control-Allow-Methods"]
    assert "upload-offset" in told["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in told


@pytest.mark.parametrize(
    ("origin", "path"),
    [
        ("https://evil.example", "uploads"),
        (ORIGIN, "checks"),
        (ORIGIN, "page-tokens"),
        (ORIGIN, "postingsandmore"),
    ],
)
def test_a_browser_may_ask_from_nowhere_else_and_for_nothing_else(
    site: Site, origin: str, path: str
) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(origin, path)


def test_a_closed_sites_pages_are_strangers(site: Site) -> None:
    Site.objects.update(is_open=False)
    assert "Access-Control-Allow-Origin" not in preflight(ORIGIN, "uploads")
