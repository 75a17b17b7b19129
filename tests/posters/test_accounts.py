"""Site accounts in the admin: who may keep them, what is shown once, what is written down."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from detector_service.checks.keys import find_key
from detector_service.posters import callbacks, charts, signing
from detector_service.posters.models import Callback, Posting, Site
from detector_service.review.models import AuditRow
from tests.posters.conftest import ORIGIN, Asking
from tests.posters.contents import a_video
from tests.roles import role

VIDEO = a_video()
_names = itertools.count(1)


@pytest.fixture(autouse=True)
def _one_factor(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REVIEW_SECOND_FACTOR = False
    monkeypatch.setattr(callbacks, "_ring", lambda site_pk: None)


def signed_in(name: str) -> Client:
    user = User.objects.create_user(f"{name}-{next(_names)}")
    user.groups.add(role(name))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def desk(db: None) -> Client:
    return signed_in("administrator")


def act(desk: Client, site: Site, what: str, **fields: Any) -> Any:
    return desk.post(f"/admin/posters/site/{site.pk}/", {"act": what, **fields})


@pytest.mark.parametrize("role", ["reader", "moderator", "senior"])
def test_only_administrators_keep_accounts(site: Site, role: str) -> None:
    client = signed_in(role)
    for path in ("", f"{site.pk}/"):
        assert client.get(f"/admin/posters/site/{path}").status_code == 403
    assert act(client, site, "issue-key", scopes="uploads:write").status_code == 403
    assert client.post("/admin/posters/site/make/", {"name": "x"}).status_code == 403
    assert "posters/site" not in client.get("/admin/", follow=True).content.decode()


def test_nobody_comes_in_without_signing_in(site: Site) -> None:
    assert Client().get(f"/admin/posters/site/{site.pk}/").status_code == 302


def test_an_account_is_made_with_a_secret_and_nobody_can_sign_in_with_it(desk: Client) -> None:
    made = desk.post("/admin/posters/site/make/", {"name": "New", "contact": "a@b.example"})
    site = Site.objects.get(name="New")
    assert made["Location"] == f"/admin/posters/site/{site.pk}/"
    assert site.secrets.count() == 1
    assert not site.owner.has_usable_password()
    assert AuditRow.objects.filter(kind="site.made").count() == 1
    assert desk.get("/admin/posters/site/").status_code == 200
    refused = desk.post("/admin/posters/site/make/", {"name": "New", "contact": "no mail"})
    assert refused.status_code == 200
    assert Site.objects.count() == 1


def test_the_longest_name_and_no_longer_origin_is_kept(desk: Client) -> None:
    desk.post("/admin/posters/site/make/", {"name": "N" * 100, "contact": "a@b.example"})
    site = Site.objects.get()
    AuditRow.objects.get(kind="site.made").clean_fields()  # as PostgreSQL would refuse it
    act(desk, site, "add-origin", origin=f"https://{'o' * 300}.example")
    assert not site.origins.exists()


def test_a_key_is_shown_once_and_does_what_was_ticked(desk: Client, site: Site) -> None:
    shown = act(desk, site, "issue-key", name="edge", scopes=["uploads:write", "check:write"])
    [plain] = set(re.findall(r"dfc_[\w-]{40,}", shown.content.decode()))
    assert "no-store" in shown["Cache-Control"]
    key = find_key(plain)
    assert key is not None
    assert key.scopes == ["uploads:write"]  # the other is no site's to have
    again = desk.get(f"/admin/posters/site/{site.pk}/").content.decode()
    assert plain not in again and key.prefix in again
    assert Asking(plain).announce(VIDEO).status_code == 201
    row = site.keys.get(key=key)
    act(desk, site, "revoke-key", pk=row.pk)
    assert Asking(plain).announce(VIDEO).status_code == 401
    assert list(AuditRow.objects.filter(kind__startswith="site.key").values_list("kind")) == [
        ("site.key_issued",),
        ("site.key_revoked",),
    ]


def test_a_key_without_a_scope_is_not_made(desk: Client, site: Site) -> None:
    act(desk, site, "issue-key", name="nothing")
    assert not site.keys.exists()


def test_a_new_secret_is_shown_once_and_the_old_one_ends(desk: Client, site: Site) -> None:
    shown = act(desk, site, "rotate-secret").content.decode()
    new, old = site.secrets.order_by("-pk")
    assert signing.secret_of(new) in shown.replace("&#x3D;", "=")
    assert old.ends_at is not None
    assert "whsec_" not in desk.get(f"/admin/posters/site/{site.pk}/").content.decode()


def policy(site: Site, **changes: Any) -> dict[str, Any]:
    fields = {
        "name": site.name,
        "contact": site.contact,
        "is_open": "on",
        "warn_on": ["likely_manipulated"],
        "on_failure": "open",
        "uploads_per_day": 10,
        "bytes_per_day": 10,
        "uploads_at_once": 10,
        "max_file_bytes": 10,
        "asks_per_minute": 10,
    }
    return fields | changes


def test_the_policy_is_kept_in_words(desk: Client, site: Site) -> None:
    words = ["likely_manipulated", "inconclusive"]
    act(desk, site, "save", **policy(site, warn_on=words, second_look="on", on_failure="closed"))
    site.refresh_from_db()
    assert (site.warn_on, site.second_look, site.on_failure) == (words, True, "closed")
    row = AuditRow.objects.get(kind="site.changed")
    assert row.facts["warn_on"] == words


@pytest.mark.parametrize(
    "wrong", [{"warn_on": ["fake"]}, {"callback_url": "http://x.example/"}, {"contact": "nobody"}]
)
def test_a_policy_that_cannot_be_is_refused(desk: Client, site: Site, wrong: Any) -> None:
    assert act(desk, site, "save", **policy(site, uploads_per_day=7, **wrong)).status_code == 200
    site.refresh_from_db()
    assert site.uploads_per_day == 1000


def test_origins_come_and_go(desk: Client, site: Site) -> None:
    act(desk, site, "add-origin", origin="https://Other.example/")
    assert {row.origin for row in site.origins.all()} == {ORIGIN, "https://other.example"}
    for wrong in ("other.example", "https://other.example/path", "*", "https://*.example"):
        act(desk, site, "add-origin", origin=wrong)
    assert site.origins.count() == 2
    act(desk, site, "drop-origin", pk=site.origins.get(origin=ORIGIN).pk)
    assert [row.origin for row in site.origins.all()] == ["https://other.example"]


def test_what_is_another_sites_cannot_be_reached_through_ones_own(
    desk: Client, site: Site, other_site: Asking
) -> None:
    other = Site.objects.exclude(pk=site.pk).get()
    row = other.keys.get()
    assert act(desk, site, "revoke-key", pk=row.pk).status_code == 404
    assert act(desk, site, "nothing").status_code == 400
    assert act(desk, site, "revoke-key", pk="x").status_code == 404
    row.key.refresh_from_db()
    assert row.key.revoked_at is None


def test_callbacks_are_switched_on_and_sent_again(desk: Client, site: Site) -> None:
    posting = Posting.objects.create(site=site, state="answered")
    lost = Callback.objects.create(
        site=site, posting=posting, kind="posting.answered", url="https://x.example/", body="{}"
    )
    Site.objects.update(callbacks_disabled_at=timezone.now(), callbacks_disabled_why="Gone.")
    assert "Gone." in desk.get(f"/admin/posters/site/{site.pk}/").content.decode()
    act(desk, site, "enable-callbacks")
    site.refresh_from_db()
    assert site.callbacks_disabled_at is None
    for again in ("send-again", "send-all-again"):
        Callback.objects.update(next_attempt_at=None)
        act(desk, site, again, pk=lost.pk)
        lost.refresh_from_db()
        assert lost.next_attempt_at is not None
        assert lost.public_id == Callback.objects.get().public_id


def test_usage_is_drawn_from_what_was_asked(desk: Client, site: Site) -> None:
    def asked(days_ago: int, **fields: Any) -> None:
        at = timezone.now() - timedelta(days=days_ago)
        Posting.objects.create(site=site, created_at=at, **fields)

    for _ in range(3):
        asked(0, state="answered", told_outcome="likely_manipulated", choice="replaced")
    asked(0, state="answered", told_outcome="no_manipulation_found")
    asked(2, state="failed", needed_bytes=True, size_bytes=5000, received_bytes=5000)
    asked(2, state="uploading")
    asked(2, state="answered", told_outcome="inconclusive", test=True)
    asked(40, state="answered", told_outcome="inconclusive")
    usage = charts.usage_of(site)
    assert (usage.asked, usage.highest, usage.warned, usage.sent_bytes) == (6, 4, 3, 5000)
    assert [day.total for day in usage.days[-3:]] == [2, 0, 4]
    assert sum(piece.height for piece in usage.pieces) == pytest.approx(160 * 6 / 4, abs=0.5)
    assert next(share.count for share in usage.choices if share.name == "Replaced") == 3
    page = desk.get(f"/admin/posters/site/{site.pk}/").content.decode()
    assert page.count("<rect class=") == len(usage.pieces) == 4
    assert "style=" not in page and "<script>" not in page


def test_the_command_line_makes_an_account_too(db: None) -> None:
    said = StringIO()
    wanted = ["--contact", "a@b.example", "--origin", ORIGIN]
    call_command("make_site", "Shell", *wanted, stdout=said)
    plain = re.findall(r"dfc_\S+", said.getvalue())[0]
    assert Asking(plain).announce(VIDEO).status_code == 201
    for wrong in (
        ["Shell", *wanted],
        ["", *wanted],
        ["X" * 101, *wanted],
        ["X", "--contact", "nobody"],
        ["X", "--contact", "a@b.example", "--origin", "x"],
        ["X", *wanted, "--callback-url", "site.example/hook"],
        ["X", *wanted, "--callback-url", "http://127.0.0.1/hook"],
    ):
        with pytest.raises(CommandError):
            call_command("make_site", *wrong, stdout=said)


def test_usage_speaks_in_words_and_counts_the_bytes_that_came(
    desk: Client, site: Site, server: Asking
) -> None:
    for fill in (b"1", b"2"):
        where = server.announce(a_video(40_000, fill=fill))["Location"]
        server.patch(where, 0, a_video(40_000, fill=fill)[:10_240])
    shown = desk.get(f"/admin/posters/site/{site.pk}/").content.decode()
    assert "<dd>20.0\xa0KB</dd>" in shown
    assert '<li class="likely_manipulated">Likely manipulated</li>' in shown
    assert ">likely_manipulated<" not in shown
