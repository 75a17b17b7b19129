"""Which bundle answers: look again with another one, compare the two, promote, roll back.

They are compared on the cases that people decided and that both have seen, so neither is measured
on easier ones. A promotion is a row and an audit row; every process picks it up within a second,
and a worker loads the model with its next message. To roll back is to promote the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError as BrokerAway

from analysis.errors import AnalysisFault
from analysis.models.bundles import HASHED, bundle_folder, file_sha256
from detector_service.checks.bundle import cards, current_card, current_name, notice_promotion
from detector_service.checks.models import Finding, Promotion, Video
from detector_service.checks.tasks import look_again_soon
from detector_service.review import audit
from detector_service.review.agreement import MANIPULATED, NOTHING_FOUND
from detector_service.review.claims import require
from detector_service.review.models import OUTCOMES, AuditRow, Case, CaseReason
from detector_service.review.queue import filtered
from detector_service.review.refusal import Refusal

MOST_AGAIN = 500
_FILTERS = ("state", "outcome", "reason")


@dataclass(frozen=True, slots=True)
class Shipped:
    name: str
    version: str
    status: str
    findings: int
    answers: bool
    before: bool  # the one that answered until the last promotion


@dataclass(frozen=True, slots=True)
class Side:
    """Of the shared cases that people decided either way. None: nothing to divide by."""

    version: str
    right: int
    precision: float | None
    recall: float | None
    undecided: int  # cases in which it said neither


@dataclass(frozen=True, slots=True)
class Comparison:
    cases: int
    now: Side
    other: Side
    only_now_right: list[int]  # numbers of cases
    only_other_right: list[int]


def promote(*, name: str, by: User, reason: str) -> Promotion:
    require(by, "review.promote_bundle")
    if settings.BUNDLE:
        raise Refusal("bundle.pinned", "BUNDLE pins the bundle of this deployment: unset it first.")
    if not reason.strip():
        raise Refusal("reason.missing", "Say why: it stands in the audit.")
    if name not in cards():
        raise Refusal("bundle.unknown", "There is no such bundle here.")
    if not _is_whole(name):
        raise Refusal("bundle.broken", "Its files are not those that its card names.")
    with transaction.atomic():
        before = current_name()
        if name == before:
            raise Refusal("bundle.current", "This bundle answers already.")
        # While a bundle answers, all that it saw is told: also what it had seen to be compared.
        answered = current_card()["version"]
        Finding.objects.filter(bundle=answered, told=False).update(told=True)
        promotion = Promotion.objects.create(
            name=name,
            version=cards()[name]["version"],
            reason=reason.strip(),
            by_name=by.get_username(),
        )
        audit.append(
            kind="bundle.promoted",
            subject=f"bundle {promotion.version}",
            facts={"name": name, "before": before, "reason": reason.strip()},
            actor=by.get_username(),
        )
        _outdate()
        transaction.on_commit(notice_promotion, robust=True)
    return promotion


def _outdate() -> None:
    """What was told of a video that more than one bundle has seen: another may speak of it now."""
    seen = Finding.objects.values("video").annotate(bundles=Count("pk"))
    several = Video.objects.filter(pk__in=seen.filter(bundles__gt=1).values("video"))
    several.update(verdict_version=F("verdict_version") + 1)


def look_again(*, name: str, chosen: Mapping[str, str], by: User) -> tuple[int, int]:
    """How many cases another bundle will look at, and how many it cannot: no file was kept."""
    require(by, "review.promote_bundle")
    if name not in cards():
        raise Refusal("bundle.unknown", "There is no such bundle here.")
    cases = filtered(chosen, by).exclude(video__findings__bundle=cards()[name]["version"])
    kept = cases.exclude(video__kept_file="").order_by("-pk").values_list("video", flat=True)
    videos = list(kept[:MOST_AGAIN])
    without = cases.filter(video__kept_file="").count()
    try:
        with transaction.atomic():  # the audit says of nothing that it was begun that was not
            audit.append(
                kind="bundle.looks_again",
                subject=f"bundle {cards()[name]['version']}",
                facts={"cases": len(videos), "filter": dict(chosen)},
                actor=by.get_username(),
            )
            if videos:
                look_again_soon(videos, name)
    except BrokerAway:
        raise Refusal("broker.away", "The broker does not answer: nothing was begun.") from None
    return len(videos), without


def compare(now: str, other: str) -> Comparison:
    """By version."""
    cases = Case.objects.filter(decision__outcome__in=(MANIPULATED, NOTHING_FOUND))
    truth = dict(cases.values_list("video", "decision__outcome"))
    numbers = dict(cases.values_list("video", "pk"))
    said: dict[str, dict[int, str]] = {now: {}, other: {}}
    findings = Finding.objects.filter(bundle__in=(now, other), video__case__in=cases)
    for bundle, video, outcome in findings.values_list("bundle", "video", "outcome"):
        said[bundle][video] = outcome
    shared = sorted(said[now].keys() & said[other].keys() & truth.keys())

    def right(version: str, video: int) -> bool:
        return said[version][video] == truth[video]

    return Comparison(
        cases=len(shared),
        now=_side(now, [(said[now][video], truth[video]) for video in shared]),
        other=_side(other, [(said[other][video], truth[video]) for video in shared]),
        only_now_right=[numbers[v] for v in shared if right(now, v) and not right(other, v)],
        only_other_right=[numbers[v] for v in shared if right(other, v) and not right(now, v)],
    )


def show(request: HttpRequest) -> HttpResponse:
    current = current_card()["version"]
    shipped = _shipped()
    chosen = next((each for each in shipped if each.name == request.GET.get("with")), None)
    return render(
        request,
        "review/bundles.html",
        {
            **admin.site.each_context(request),
            "title": "Bundles",
            "shipped": shipped,
            "current": current,
            "pinned": bool(settings.BUNDLE),
            "keeps_files": settings.KEEP_VIDEOS != "never",
            "chosen": chosen,
            "comparison": compare(current, chosen.version) if chosen else None,
            "promotions": Promotion.objects.order_by("-pk")[:20],
            "states": Case.State.choices,
            "outcomes": OUTCOMES,
            "kinds": CaseReason.Kind.choices,
            "may_promote": request.user.has_perm("review.promote_bundle"),
        },
    )


@require_POST
def promote_view(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    try:
        made = promote(
            name=request.POST.get("name", ""), by=user, reason=request.POST.get("reason", "")
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{made.version} answers from now on, without a restart.")
    return redirect("admin:review_bundles")


@require_POST
def look_again_view(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    chosen = {name: request.POST[name] for name in _FILTERS if request.POST.get(name)}
    try:
        count, without = look_again(name=request.POST.get("name", ""), chosen=chosen, by=user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(
            request, f"{count} cases are looked at again. {without} have no file kept."
        )
    return redirect("admin:review_bundles")


def _side(version: str, pairs: list[tuple[str, str]]) -> Side:
    flagged = [truth for said, truth in pairs if said == MANIPULATED]
    manipulated = [said for said, truth in pairs if truth == MANIPULATED]
    return Side(
        version=version,
        right=sum(said == truth for said, truth in pairs),
        precision=flagged.count(MANIPULATED) / len(flagged) if flagged else None,
        recall=manipulated.count(MANIPULATED) / len(manipulated) if manipulated else None,
        undecided=sum(said not in (MANIPULATED, NOTHING_FOUND) for said, _ in pairs),
    )


def _shipped() -> list[Shipped]:
    answering = current_name()
    last = Promotion.objects.order_by("-pk").first()
    before = "" if last is None else _before(last)
    return [
        Shipped(
            name=name,
            version=card["version"],
            status=card.get("status", ""),
            findings=Finding.objects.filter(bundle=card["version"]).count(),
            answers=name == answering,
            before=name == before,
        )
        for name, card in cards().items()
    ]


def _before(promotion: Promotion) -> str:
    row = (
        AuditRow.objects.filter(kind="bundle.promoted", subject=f"bundle {promotion.version}")
        .order_by("-number")
        .first()
    )
    return "" if row is None else str(row.facts.get("before", ""))


def _is_whole(name: str) -> bool:
    folder = bundle_folder(name)
    try:
        return all(file_sha256(folder / file) == cards()[name]["files"][file] for file in HASHED)
    except (AnalysisFault, KeyError):
        return False
