"""Decided cases as a manifest for ``python -m analysis.training.prepare --manifest``.

Only what may be used: videos whose file is kept, that a person judged either way, and that nobody
asked us to withhold. Near duplicates share a group, so that none stands on two sides of a split.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from detector_service.review import audit
from detector_service.review.agreement import MANIPULATED, NOTHING_FOUND
from detector_service.review.claims import require
from detector_service.review.models import Case, Decision, Match
from detector_service.review.refusal import Refusal

_LABELS = {MANIPULATED: "fake", NOTHING_FOUND: "real"}
COLUMNS = ("file", "set", "label", "group", "note")


def manifest(*, by: User) -> str:
    """As CSV; ``file`` is the key of the kept file in the store."""
    require(by, "review.export_cases")
    rows = list(_rows())
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    audit.append(
        kind="cases.exported",
        subject=f"{len(rows)} cases",
        facts={"files": [row[0] for row in rows]},
        actor=by.get_username(),
    )
    return out.getvalue()


def download(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    try:
        text = manifest(by=user)
    except Refusal:
        return redirect("admin:review_figures")
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="decided-cases.csv"'},
    )


def may_be_used(case: Case) -> bool:
    decision = case.decision
    return (
        decision is not None
        and decision.outcome in _LABELS
        and decision.policy != Decision.Policy.PERSON_SHOWN
    )


def _rows() -> Iterator[tuple[str, str, str, str, str]]:
    cases = (
        Case.objects.filter(decision__outcome__in=_LABELS)
        .exclude(video__kept_file="")
        .select_related("video", "decision")
    )
    groups = _groups()
    for case in cases.order_by("pk"):
        if case.decision is None or not may_be_used(case):
            continue
        group = groups.get(case.video_id, case.video_id)
        label = _LABELS[case.decision.outcome]
        note = f"decision {case.decision.pk}"
        yield case.video.kept_file, "reviewed", label, f"video {group}", note


def _groups() -> dict[int, int]:
    """Each matched video and the smallest number among all that it is joined with."""
    smallest: dict[int, int] = {}

    def root(pk: int) -> int:
        while smallest.get(pk, pk) != pk:
            pk = smallest[pk]
        return pk

    for one, other in Match.objects.filter(dismissed_at=None).values_list("video", "other"):
        first, second = sorted((root(one), root(other)))
        smallest[second] = first
        smallest.setdefault(first, first)
    return {pk: root(pk) for pk in smallest}
