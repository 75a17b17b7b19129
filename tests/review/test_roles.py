"""Every role against everything that can be done, over HTTP and past it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from detector_service.checks.models import Promotion
from detector_service.review.models import (
    AuditRow,
    BankEntry,
    Case,
    Decision,
    DecisionStep,
    Erasure,
    Match,
    Note,
)
from tests.review.conftest import (
    PASSWORD,
    checked,
    opened,
    overturn,
    picked,
    seen,
    signed_in,
    someone,
)

pytestmark = pytest.mark.django_db

READS = ("reader", "moderator", "senior", "administrator")
DECIDES = ("moderator", "senior", "administrator")
APPROVES = ("senior", "administrator")
ERASES = ("administrator",)
EVERYBODY = ("nobody", *READS)


class Room:
    """A case to decide, one that waits for a second person, and a match."""

    def __init__(self) -> None:
        self.case = opened(1)
        self.held = opened(2)
        Case.objects.filter(pk=self.held.pk).update(reach=500)
        overturn(self.held, someone("moderator"))
        self.held.refresh_from_db()
        self.match = Match.objects.create(
            video=self.case.video, other=self.held.video, share=0.9, other_share=0.9, frames=9
        )

    def post(self, client: Client, name: str, case: Case, **data: Any) -> Any:
        return client.post(reverse(f"admin:review_{name}", args=[case.pk]), seen(case) | data)


DECISION = {"choice": "keep", "policy": "other", "public_reason": "Looked at."}
Did = Callable[[Room], bool]
ACTIONS: list[tuple[str, tuple[str, ...], Callable[[Room, Client], Any], Did]] = [
    (
        "claim",
        DECIDES,
        lambda room, who: room.post(who, "claim", room.case),
        lambda room: Case.objects.get(pk=room.case.pk).claimed_by is not None,
    ),
    (
        "note",
        DECIDES,
        lambda room, who: room.post(who, "note", room.case, text="look"),
        lambda room: Note.objects.exists(),
    ),
    (
        "decide",
        DECIDES,
        lambda room, who: room.post(who, "decide", room.case, **DECISION),
        lambda room: Decision.objects.filter(case=room.case).exists(),
    ),
    (
        "decide in bulk",
        DECIDES,
        lambda room, who: who.post(
            reverse("admin:review_bulk"),
            {
                "action": "withhold",
                "confirmed": "yes",
                "case": picked(room.case),
                "public_reason": "x",
            },
        ),
        lambda room: Decision.objects.filter(case=room.case).exists(),
    ),
    (
        "approve",
        APPROVES,
        lambda room, who: room.post(who, "approve", room.held),
        lambda room: DecisionStep.objects.filter(kind="approved").exists(),
    ),
    (
        "refuse",
        APPROVES,
        lambda room, who: room.post(who, "refuse", room.held),
        lambda room: DecisionStep.objects.filter(kind="refused").exists(),
    ),
    (
        "undo somebody else's",
        APPROVES,
        lambda room, who: room.post(who, "undo", room.held),
        lambda room: DecisionStep.objects.filter(kind="undone").exists(),
    ),
    (
        "bank",
        APPROVES,
        lambda room, who: room.post(who, "bank", room.case, bank="genuine", reason="known"),
        lambda room: BankEntry.objects.exists(),
    ),
    (
        "dismiss",
        APPROVES,
        lambda room, who: room.post(who, "dismiss", room.case, match=room.match.pk),
        lambda room: Match.objects.get().dismissed_at is not None,
    ),
    (
        "erase",
        ERASES,
        lambda room, who: room.post(who, "erase", room.case, reason="asked"),
        lambda room: Erasure.objects.exists(),
    ),
    (
        "promote",
        ERASES,
        lambda room, who: who.post(
            reverse("admin:review_promote"), {"name": "meso4", "reason": "better"}
        ),
        lambda room: Promotion.objects.exists(),
    ),
    (
        "look again",
        ERASES,
        lambda room, who: who.post(reverse("admin:review_look_again"), {"name": "meso4"}),
        lambda room: AuditRow.objects.filter(kind="bundle.looks_again").exists(),
    ),
]


def client_of(role: str) -> Client:
    if role == "nobody":
        return signed_in(User.objects.create_user("nobody", password=PASSWORD, is_staff=True))
    return signed_in(someone(role))


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize(
    ("allowed", "do", "did"), [a[1:] for a in ACTIONS], ids=[a[0] for a in ACTIONS]
)
def test_who_may_do_what(
    role: str, allowed: tuple[str, ...], do: Any, did: Did, settings: Any
) -> None:
    settings.BUNDLE = ""
    room = Room()
    answer = do(room, client_of(role))
    assert answer.status_code < 500
    assert did(room) == (role in allowed)


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize(
    ("page", "allowed"),
    [
        ("review_case_changelist", READS),
        ("review_figures", READS),
        ("review_bundles", READS),
        ("review_auditrow_changelist", APPROVES),
        ("review_decision_changelist", READS),
        ("auth_user_changelist", ERASES),
    ],
)
def test_who_may_see_what(role: str, page: str, allowed: tuple[str, ...]) -> None:
    answer = client_of(role).get(reverse(f"admin:{page}"))
    assert (answer.status_code == 200) == (role in allowed)


@pytest.mark.parametrize("role", EVERYBODY)
def test_who_may_take_the_export(role: str) -> None:
    answer = client_of(role).get(reverse("admin:review_export"))
    assert (answer.headers["Content-Type"].startswith("text/csv")) == (role in APPROVES)


def test_nothing_is_changed_by_a_link() -> None:
    room = Room()
    client = client_of("administrator")
    for name in (
        "claim",
        "note",
        "decide",
        "undo",
        "approve",
        "refuse",
        "bank",
        "dismiss",
        "erase",
    ):
        assert client.get(reverse(f"admin:review_{name}", args=[room.case.pk])).status_code == 405
    for name in ("bulk", "promote", "look_again"):
        assert client.get(reverse(f"admin:review_{name}")).status_code == 405


def test_a_face_is_shown_to_readers_alone_and_no_other_file_of_the_store() -> None:
    check = checked(1)
    where = reverse("admin:review_picture", args=[check.finding_id, "track-1-face-1.webp"])
    assert signed_in(someone("reader")).get(where).headers["Content-Type"] == "image/webp"
    assert Client().get(where).status_code == 302
    for name in ("..%2f..%2fservice.sqlite3", "track-9-face-1.webp"):
        other = where.replace("track-1-face-1.webp", name)
        assert signed_in(someone("reader")).get(other).status_code == 404


def test_how_to_reach_a_person_is_not_for_readers() -> None:
    from detector_service.review import opening
    from tests.review.conftest import contested

    case = opening.on_contest(contested(checked(1), contact="ada@example.org"))
    where = reverse("admin:review_case_change", args=[case.pk])
    assert b"ada@example.org" not in signed_in(someone("reader")).get(where).content
    assert b"ada@example.org" in signed_in(someone("moderator")).get(where).content


def test_an_administrator_cannot_become_a_superuser() -> None:
    admin = someone("administrator")
    where = reverse("admin:auth_user_change", args=[admin.pk])
    page = signed_in(admin).get(where)
    assert b'name="is_superuser"' not in page.content
    signed_in(admin).post(where, {"username": admin.username, "is_superuser": "on"})
    assert not User.objects.get(pk=admin.pk).is_superuser
    root = User.objects.create_superuser("root", password=PASSWORD)
    where = reverse("admin:auth_user_password_change", args=[root.pk])
    assert signed_in(someone("administrator")).get(where).status_code == 403


def test_what_the_model_said_is_hidden_in_a_blind_case(settings: Any) -> None:
    from detector_service.review import opening

    settings.REVIEW_BLIND_SHARE = 1.0
    check = checked(1)
    case = opening.on_finding(check.finding)  # type: ignore[arg-type]
    assert case is not None and case.blind
    client = signed_in(someone())
    for where in ("/admin/review/case/", f"/admin/review/case/{case.pk}/"):
        text = client.get(where).content.decode().split("<main>")[1]
        shown = text.split('class="cases"')[-1]
        for hidden in ("0.93", "<polyline", "track-1-heat", "High score"):
            assert hidden not in shown
    assert "Likely manipulated</h2>" not in text
    assert "Blind sample" in text
    found = client.get("/admin/review/case/?reason=score").content.decode()
    assert f"/admin/review/case/{case.pk}/" not in found


def test_what_was_typed_is_kept_when_somebody_else_was_faster() -> None:
    case, client = opened(1), signed_in(someone())
    answer = client.post(
        reverse("admin:review_decide", args=[case.pk]),
        seen(case) | DECISION | {"version": case.version + 1, "public_reason": "My long words."},
    )
    assert answer.status_code == 409
    assert b"My long words." in answer.content and b"look again" in answer.content


def test_five_wrong_passwords_lock_the_name_at_this_address_only(client: Client) -> None:
    user = someone()
    right = {"username": user.username, "password": PASSWORD}
    for _ in range(5):
        client.post("/admin/login/", {**right, "password": "wrong"})
    assert client.post("/admin/login/", right).status_code == 200  # locked: the form again
    elsewhere = client.post("/admin/login/", right, REMOTE_ADDR="10.1.1.1")
    assert elsewhere.status_code == 302


def test_the_lock_lasts_as_long_as_it_says(
    client: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {**settings.CACHES, "default": {"BACKEND": backend, "LOCATION": tmp_path}}
    user = someone()
    right = {"username": user.username, "password": PASSWORD}
    for _ in range(5):
        client.post("/admin/login/", {**right, "password": "wrong"})
    began_s = time.time()
    for waited_s, status in ((14 * 60, 200), (16 * 60, 302)):
        monkeypatch.setattr(time, "time", lambda at_s=began_s + waited_s: at_s)
        assert client.post("/admin/login/", right).status_code == status


def test_one_password_cannot_be_tried_on_everybody(client: Client) -> None:
    for number in range(30):
        client.post("/admin/login/", {"username": f"name-{number}", "password": "Spring2026"})
    user = someone()
    answer = client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 200 and b"Too many tries" in answer.content


def test_a_second_factor_is_demanded_where_it_is_set(settings: Any) -> None:
    settings.REVIEW_SECOND_FACTOR = True
    answer = signed_in(someone()).get("/admin/review/case/", follow=True)
    assert answer.redirect_chain[-1][0].endswith("/admin/second-factor/")


def test_whoever_was_once_given_two_codes_to_scan_can_enrol(settings: Any) -> None:
    from django_otp.plugins.otp_totp.models import TOTPDevice

    settings.REVIEW_SECOND_FACTOR = True
    user = someone()
    for _ in range(2):
        TOTPDevice.objects.create(user=user, confirmed=False)
    client = signed_in(user)
    code = totp(TOTPDevice.objects.earliest("pk").bin_key)
    assert client.get("/admin/second-factor/").status_code == 200
    enrolled = client.post("/admin/second-factor/", {"code": f"{code:06}"})
    assert enrolled.status_code == 200 and client.get("/admin/review/case/").status_code == 200


def test_whoever_has_enrolled_is_always_asked_for_it() -> None:
    from django_otp.plugins.otp_totp.models import TOTPDevice

    user = someone()
    client = signed_in(user)
    assert client.get("/admin/review/case/").status_code == 200
    TOTPDevice.objects.create(user=user, confirmed=True)
    assert client.get("/admin/review/case/").status_code == 302
    assert client.get("/admin/second-factor/").status_code == 302  # nor can it be enrolled anew


def test_a_session_of_a_moderator_ends_after_a_working_day(client: Client) -> None:
    client.post("/admin/login/", {"username": someone().username, "password": PASSWORD})
    assert client.session.get_expiry_age() <= 8 * 3600
