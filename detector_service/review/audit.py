"""A chain of everything that changes what people are told, or who may change it.

Each row is signed together with the signature of the row before it, so none can be altered, put in
or taken out without every later one showing it; the head signs how many there are. The key is not
in the database. Whoever can write the database and restore an old copy of all of it, head and all,
leaves no trace inside; that is what the anchor in the logs is for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from detector_service.review.models import AuditHead, AuditRow, Decision, DecisionStep, Notice

#: Who is behind the request that is being served; empty for the clock and the command line.
acting = ContextVar("acting", default="")

_HEAD_PK = 1
_DECISION_FACTS = (
    "outcome",
    "effect",
    "policy",
    "public_reason",
    "private_note",
    "by_name",
    "bundle",
    "model_outcome",
    "fake_probability",
    "blind",
    "why_held",
    "overrides_id",
    "case_id",
)


def append(*, kind: str, subject: str, facts: dict[str, Any], actor: str | None = None) -> AuditRow:
    """In the caller's transaction: what is done and what is written of it stand or fall as one."""
    with transaction.atomic():
        AuditHead.objects.get_or_create(pk=_HEAD_PK)
        head = AuditHead.objects.select_for_update().get(pk=_HEAD_PK)
        row = AuditRow(
            number=head.length + 1,
            at=timezone.now().isoformat(timespec="microseconds"),
            actor=acting.get() if actor is None else actor,
            kind=kind,
            subject=subject,
            facts=facts,
            previous=head.last_mac,
        )
        row.mac = _mac_of_row(row)
        row.save()
        head.length, head.last_mac = row.number, row.mac
        head.mac = _mac_of_head(head)
        head.save()
    return row


def record_decision(decision: Decision) -> None:
    append(
        kind="decision.made",
        subject=f"decision {decision.pk}",
        facts=decision_facts(decision),
        actor=decision.by_name,
    )


def record_step(step: DecisionStep) -> None:
    append(
        kind=f"decision.{step.kind}",
        subject=f"step {step.pk}",
        facts=step_facts(step),
        actor=step.by_name,
    )


def record_notice(notice: Notice) -> None:
    append(
        kind="notice.written",
        subject=f"notice {notice.pk}",
        facts=notice_facts(notice),
        actor="",
    )


def anchor() -> str:
    """What to keep somewhere else: with it even a restored old database is found out."""
    head = AuditHead.objects.filter(pk=_HEAD_PK).first()
    return f"{head.length}:{head.last_mac}" if head else "0:"


def problems(*, expected_anchor: str = "") -> Iterator[str]:
    """A sentence for every trace of tampering; none when all is well."""
    yield from _chain_problems()
    yield from _head_problems()
    if expected_anchor:
        yield from _anchor_problems(expected_anchor)
    yield from _subject_problems()


def _chain_problems() -> Iterator[str]:
    number, previous = 0, ""
    for row in AuditRow.objects.order_by("number").iterator():
        number += 1
        if row.number != number:
            missing = f"row {number}" if row.number == number + 1 else f"rows {number} and later"
            yield f"{missing} missing before row {row.number}"
            number = row.number
        if not hmac.compare_digest(row.mac, _mac_of_row(row)):
            yield f"row {row.number} was altered or put in: its signature does not fit"
        if row.previous != previous:
            yield f"row {row.number} does not follow the row before it"
        previous = row.mac


def _head_problems() -> Iterator[str]:
    head = AuditHead.objects.filter(pk=_HEAD_PK).first()
    last = AuditRow.objects.order_by("-number").first()
    if head is None:
        if last is not None:
            yield "the head is missing"
        return
    if head.length and not hmac.compare_digest(head.mac, _mac_of_head(head)):
        yield "the head was altered: its signature does not fit"
    found = last.number if last is not None else 0
    if head.length != found:
        yield f"the head counts {head.length} rows, the last one is {found}"
    elif last is not None and head.last_mac != last.mac:
        yield "the last row is not the one that the head knows"


def _anchor_problems(expected: str) -> Iterator[str]:
    length, _, mac = expected.partition(":")
    if not re.fullmatch("[0-9]{1,18}", length):
        yield f"{expected!r} is no anchor: it is a number, a colon and a signature"
        return
    row = AuditRow.objects.filter(number=int(length)).first()
    if int(length) and (row is None or row.mac != mac):
        yield f"row {length} is not the one of the anchor: the chain was cut or restored"


def _subject_problems() -> Iterator[str]:
    """The rows that the chain speaks of are still there and still say the same, and no others."""
    told: dict[str, Any] = {}
    erased: set[str] = set()
    for row in AuditRow.objects.order_by("number").iterator():
        if row.kind.startswith("decision.") or row.kind == "notice.written":
            told[row.subject] = row.facts
        elif row.kind == "video.erased":
            erased.update(row.facts["rows"])
    there = {
        f"decision {decision.pk}": decision_facts(decision)
        for decision in Decision.objects.iterator()
    } | {f"step {step.pk}": step_facts(step) for step in DecisionStep.objects.iterator()}
    there |= {f"notice {notice.pk}": notice_facts(notice) for notice in Notice.objects.iterator()}
    for subject, facts in there.items():
        if subject not in told:
            yield f"{subject} was put in: the chain does not know it"
        elif told[subject] != facts:
            yield f"{subject} was altered: it is not what the chain says"
    for subject in told.keys() - there.keys() - erased:
        yield f"{subject} was removed"


def decision_facts(decision: Decision) -> dict[str, Any]:
    facts = {name: getattr(decision, name) for name in _DECISION_FACTS}
    return facts | {"created_at": _utc(decision.created_at)}


def step_facts(step: DecisionStep) -> dict[str, Any]:
    return {
        "decision": step.decision_id,
        "kind": step.kind,
        "by": step.by_name,
        "created_at": _utc(step.created_at),
    }


def notice_facts(notice: Notice) -> dict[str, Any]:
    """The text's hash alone: it names people, and must be forgotten when they ask for it."""
    text = json.dumps([notice.to, notice.subject, notice.body])
    return {
        "decision": notice.decision_id,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def _utc(moment: Any) -> str:
    return str(moment.isoformat(timespec="microseconds"))


def _mac_of_row(row: AuditRow) -> str:
    said = [row.number, row.at, row.actor, row.kind, row.subject, row.facts, row.previous]
    return _mac("row", said)


def _mac_of_head(head: AuditHead) -> str:
    return _mac("head", [head.length, head.last_mac])


def _mac(what: str, said: list[Any]) -> str:
    text = json.dumps([what, *said], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hmac.new(settings.AUDIT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
