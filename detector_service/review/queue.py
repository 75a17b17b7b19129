"""The queue: what waits for a person, the most urgent first.

Sorting and filtering happen on columns of the case that an index covers, and counts stop at a
thousand: a page costs the same whether a hundred cases wait or a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from detector_service.checks.models import Finding
from detector_service.checks.words import headline
from detector_service.review import claims, deciding
from detector_service.review.claims import claimed_by_another
from detector_service.review.faces import thumbnails
from detector_service.review.models import OUTCOMES, Case, CaseReason
from detector_service.review.opening import finding_of
from detector_service.review.refusal import Refusal

PAGE_SIZE = 25
COUNTED_TO = 1000
LAST_PAGE = COUNTED_TO // PAGE_SIZE
Kind = CaseReason.Kind

# name: (words, query). A view is only a set of filters with a name: its address can be kept.
VIEWS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "open": ("Open", {"state": "open"}),
    "mine": ("Claimed by me", {"claimed": "me"}),
    "appeals": ("Appeals", {"state": "open", "reason": "appeal"}),
    "contested": ("Contested", {"state": "open", "reason": "contest"}),
    "uncertain": ("Uncertain", {"state": "open", "reason": "uncertain"}),
    "blind": ("Blind sample", {"state": "open", "reason": "blind_sample"}),
    "held": ("Second person", {"state": "held"}),
    "pending": ("Can be undone", {"state": "pending"}),
    "closed": ("Closed", {"state": "closed"}),
}
_FILTERS = ("state", "reason", "outcome", "claimed")


@dataclass(frozen=True, slots=True)
class View:
    words: str
    href: str
    count: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Row:
    case: Case
    finding: Finding
    title: str
    headline: str  # empty while the case is blind
    pictures: list[str]
    reasons: list[str]
    claimed_by: str
    is_mine: bool
    is_taken: bool


def queue(request: HttpRequest) -> HttpResponse:
    chosen = {name: request.GET[name] for name in _FILTERS if request.GET.get(name)}
    if not chosen:
        chosen = {"state": "open"}
    page = min(max(_number(request.GET.get("page")), 1), LAST_PAGE)
    found = filtered(chosen, request.user)
    begin = (page - 1) * PAGE_SIZE
    cases = list(
        found.select_related("video", "claimed_by")
        .prefetch_related("reasons", "video__addresses", "video__findings")
        .order_by("-priority", "pk")[begin : begin + PAGE_SIZE + 1]
    )
    return render(
        request,
        "review/queue.html",
        {
            **admin.site.each_context(request),
            "title": "Queue",
            "rows": [row_of(case, request.user) for case in cases[:PAGE_SIZE]],
            "views": [_view(request, chosen, *view) for view in VIEWS.values()],
            "chosen": chosen,
            "outcomes": OUTCOMES,
            "kinds": Kind.choices,
            "count": counted(found),
            "page": page,
            "before": _href({**chosen, "page": str(page - 1)}) if page > 1 else "",
            "after": _href({**chosen, "page": str(page + 1)})
            if len(cases) > PAGE_SIZE and page < LAST_PAGE
            else "",
            "may_decide": _may(request, "decide_case"),
        },
    )


def filtered(chosen: Mapping[str, str], user: Any) -> QuerySet[Case]:
    rows = Case.objects.all()
    if "state" in chosen:
        rows = rows.filter(state=chosen["state"])
    if "outcome" in chosen:
        rows = rows.filter(outcome=chosen["outcome"], blind=False)
    if "reason" in chosen:
        # From the rarer side: asking each open case for its reasons would read them all.
        rows = rows.filter(pk__in=CaseReason.objects.filter(kind=chosen["reason"]).values("case"))
        if chosen["reason"] in CaseReason.OF_THE_MODEL:
            rows = rows.filter(blind=False)
    if chosen.get("claimed") == "me":
        rows = rows.filter(claimed_by=user, claim_expires_at__gt=timezone.now())
    elif chosen.get("claimed") == "nobody":
        rows = rows.filter(_free())
    return rows


def row_of(case: Case, user: Any) -> Row:
    finding = finding_of(case.video)
    addresses = list(case.video.addresses.all())
    kinds = {reason.kind for reason in case.reasons.all()}
    if case.blind:
        kinds -= CaseReason.OF_THE_MODEL
    held = case.claim_expires_at is not None and case.claim_expires_at > timezone.now()
    return Row(
        case=case,
        finding=finding,
        title=next((each.title or each.url for each in addresses), "An uploaded file"),
        headline="" if case.blind else str(headline(finding.outcome)),
        pictures=thumbnails(finding, blind=case.blind),
        reasons=sorted(str(Kind(kind).label) for kind in kinds),
        claimed_by=case.claimed_by.get_username() if held and case.claimed_by else "",
        is_mine=held and case.claimed_by_id == user.pk,
        is_taken=claimed_by_another(case, user),
    )


def next_case(request: HttpRequest) -> HttpResponse:
    """The most urgent that nobody has and they may decide, claimed at once for whoever asks."""
    user: Any = request.user
    waiting = Case.objects.filter(_free(), state=Case.State.OPEN).order_by("-priority", "pk")
    theirs = Case.objects.filter(deciding.appealed_against(user)).values("pk")
    for case in waiting.exclude(pk__in=theirs)[:20]:
        try:
            claims.claim(case, by=user)
        except Refusal as refusal:
            if refusal.code == "case.claimed":
                continue
            messages.error(request, refusal.sentence)
            break
        return redirect("admin:review_case_change", case.pk)
    else:
        messages.info(request, "Nothing waits that nobody has claimed.")
    return redirect("admin:review_case_changelist")


def counted(rows: QuerySet[Case]) -> str:
    count = rows.order_by().values("pk")[: COUNTED_TO + 1].count()
    return f"{COUNTED_TO}+" if count > COUNTED_TO else str(count)


def _free() -> Q:
    return Q(claimed_by=None) | Q(claim_expires_at__lte=timezone.now())


def _view(
    request: HttpRequest, chosen: Mapping[str, str], words: str, query: Mapping[str, str]
) -> View:
    return View(
        words=words,
        href=_href(query),
        count=counted(filtered(query, request.user)),
        is_current=dict(query) == dict(chosen),
    )


def _href(query: Mapping[str, str]) -> str:
    return f"?{urlencode(query)}"


def _may(request: HttpRequest, permission: str) -> bool:
    return request.user.has_perm(f"review.{permission}")


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 9 else 1
