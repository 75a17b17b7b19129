"""Whatever is done to a row that speaks of a decision, the audit tells."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from detector_service.review import audit, erasing
from detector_service.review.models import AuditRow
from tests.review.conftest import let_time_pass, opened, overturn, someone
from tests.roles import role

pytestmark = pytest.mark.django_db


@pytest.fixture
def history() -> str:
    """Two decisions that were told; returns the anchor after the first."""
    overturn(opened(1), someone())
    let_time_pass()
    kept = audit.anchor()
    overturn(opened(2), someone())
    let_time_pass()
    assert list(audit.problems()) == []
    return kept


def sql(statement: str, *values: Any) -> None:
    """Past every guard of the code, as somebody who holds the database would."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount


def numbers() -> list[int]:
    return list(AuditRow.objects.order_by("number").values_list("number", flat=True))


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    "change",
    [
        "kind='x'",
        "actor='x'",
        "subject='x'",
        "facts='{}'",
        "at='2020-01-01'",
        "previous=''",
        "mac='00'",
    ],
)
def test_a_change_of_any_row_is_found(change: str) -> None:
    for number in numbers():
        row = AuditRow.objects.values().get(number=number)
        name, value = change.split("=")
        if str(row[name]) == value.strip("'"):
            continue
        sql(f"UPDATE review_auditrow SET {change} WHERE number=%s", number)
        assert list(audit.problems()), f"row {number}: {change} was not found"
        kept = audit.json.dumps(row[name]) if name == "facts" else row[name]
        sql(f"UPDATE review_auditrow SET {name}=%s WHERE number=%s", kept, number)
    assert list(audit.problems()) == []


@pytest.mark.usefixtures("history")
def test_a_removed_row_is_found_wherever_it_was() -> None:
    for number in numbers():
        row = AuditRow.objects.get(number=number)
        sql("DELETE FROM review_auditrow WHERE number=%s", number)
        assert list(audit.problems()), f"row {number} was taken out and not found"
        row._state.adding = True
        row.save(force_insert=True)
    assert list(audit.problems()) == []


@pytest.mark.usefixtures("history")
def test_rows_that_are_numbered_anew_after_one_was_removed_are_found() -> None:
    sql("DELETE FROM review_auditrow WHERE number=2")
    for number in numbers()[1:]:
        sql("UPDATE review_auditrow SET number=%s WHERE number=%s", number - 1, number)
    sql("UPDATE review_audithead SET length=length-1")
    assert list(audit.problems())


@pytest.mark.usefixtures("history")
def test_two_rows_that_changed_places_are_found() -> None:
    sql("UPDATE review_auditrow SET number=999 WHERE number=1")
    sql("UPDATE review_auditrow SET number=1 WHERE number=2")
    sql("UPDATE review_auditrow SET number=2 WHERE number=999")
    assert list(audit.problems())


@pytest.mark.usefixtures("history")
def test_a_row_put_in_by_somebody_without_the_key_is_found(settings: Any) -> None:
    key = settings.AUDIT_KEY
    settings.AUDIT_KEY = "a guess"
    audit.append(kind="rights.add", subject="user mallory", facts={}, actor="root")
    settings.AUDIT_KEY = key
    assert list(audit.problems())


@pytest.mark.usefixtures("history")
def test_the_end_cannot_be_cut_off_head_and_all_without_the_key() -> None:
    last = AuditRow.objects.order_by("-number")[0]
    before = AuditRow.objects.get(number=last.number - 1)
    sql("DELETE FROM review_auditrow WHERE number=%s", last.number)
    sql("UPDATE review_audithead SET length=%s, last_mac=%s", before.number, before.mac)
    assert any("head" in problem for problem in audit.problems())


def test_a_database_that_was_set_back_is_found_by_an_anchor_kept_elsewhere(history: str) -> None:
    now = audit.anchor()
    head = dict(zip(("length", "last_mac"), history.split(":"), strict=True))
    assert list(audit.problems(expected_anchor=history)) == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM review_auditrow WHERE number>%s", [int(head["length"])])
    assert any("anchor" in problem for problem in audit.problems(expected_anchor=now))


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE review_decision SET outcome='likely_manipulated'",
        "UPDATE review_decision SET public_reason='because'",
        "UPDATE review_decision SET by_name='somebody else'",
        "UPDATE review_decision SET created_at='2020-01-01 00:00:00'",
        "UPDATE review_decisionstep SET kind='undone' WHERE kind='applied'",
        "INSERT INTO review_decisionstep (decision_id, kind, by_name, created_at)"
        " SELECT id, 'approved', 'x', created_at FROM review_decision",
    ],
)
def test_a_decision_that_was_altered_or_put_in_is_found(statement: str) -> None:
    sql(statement)
    assert list(audit.problems())


@pytest.mark.usefixtures("history")
def test_a_decision_that_was_removed_is_found() -> None:
    sql("UPDATE review_case SET decision_id=NULL")
    sql("DELETE FROM review_decisionstep")
    sql("DELETE FROM review_decision")
    assert sum("was removed" in problem for problem in audit.problems()) == 4


def test_a_permission_given_or_taken_is_in_the_chain() -> None:
    user = someone("reader")
    user.groups.add(role("senior"))
    user.groups.clear()
    user.is_superuser = True
    user.save()
    kinds = list(
        AuditRow.objects.filter(subject=f"user {user.username}")
        .order_by("number")
        .values_list("kind", flat=True)
    )
    assert kinds == [
        "rights.account_made",
        "rights.add",
        "rights.add",
        "rights.clear",
        "rights.account",
    ]
    User.objects.get(pk=user.pk).delete()
    assert AuditRow.objects.get(kind="rights.deleted").subject == f"user {user.username}"
    assert list(audit.problems()) == []


def test_the_longest_name_of_an_account_fits() -> None:
    User.objects.create_user("u" * 150)
    row = AuditRow.objects.get(kind="rights.account_made")
    row.clean_fields(exclude=["previous"])  # SQLite keeps what PostgreSQL refuses


def test_no_password_is_ever_in_the_chain() -> None:
    user = someone()
    user.set_password("another long password")
    user.save()
    assert user.password not in str(list(AuditRow.objects.values_list("facts", flat=True)))


@pytest.mark.usefixtures("history")
def test_rows_outlive_the_account_and_the_video_that_they_speak_of() -> None:
    case = opened(3)
    judge = someone()
    overturn(case, judge)
    name = judge.username
    erasing.erase(video=case.video, by=someone("administrator"), reason="The person shown asks.")
    judge.delete()
    assert AuditRow.objects.filter(kind="decision.made", actor=name).count() == 1
    assert list(audit.problems()) == []


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("written", ["²:x", "x", f"{'9' * 5000}:x"])
def test_what_is_no_anchor_is_called_none(written: str) -> None:
    errors = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", anchor=written, stderr=errors)
    assert "is no anchor" in errors.getvalue()


@pytest.mark.usefixtures("history")
def test_the_command_says_what_it_finds() -> None:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert audit.anchor() in out.getvalue()
    sql("UPDATE review_decision SET outcome='likely_manipulated'")
    errors = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=errors)
    assert "was altered" in errors.getvalue()
