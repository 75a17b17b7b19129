"""The model measured against people, by bundle.

Cases come before people because of a score or a contest, so these numbers are of what was looked
at, not of all videos. The blind sample is drawn by chance and judged without knowing the model's
verdict: it alone speaks of the model in general, of all but what somebody brought before people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from detector_service.review import over_time
from detector_service.review.agreement import Bin, Share, rates_of
from detector_service.review.models import Case, Decision


@dataclass(frozen=True, slots=True)
class Figures:
    """None where there is nothing to divide by. Inconclusive decisions are left out of the rates"""

    bundle: str
    decided: int
    agreement: str | None
    precision: str | None
    recall: str | None
    blind: int
    blind_agreement: str | None
    bins: tuple[Bin, ...]


def figures_of(decisions: Iterable[Decision]) -> list[Figures]:
    by_bundle: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_bundle[decision.bundle].append(decision)
    return [_figures(bundle, rows) for bundle, rows in sorted(by_bundle.items(), reverse=True)]


def decisions_in_force() -> list[Decision]:
    in_force = Case.objects.filter(decision__isnull=False).values("decision")
    return list(Decision.objects.filter(pk__in=in_force).exclude(outcome=""))


def show(request: HttpRequest) -> HttpResponse:
    decisions = decisions_in_force()
    overturned = (
        Decision.objects.filter(in_force_in__isnull=False)
        .exclude(outcome="")
        .exclude(outcome=F("model_outcome"))
    )
    return render(
        request,
        "review/figures.html",
        {
            **admin.site.each_context(request),
            "title": "Model and people",
            "all": [
                {
                    "figures": figures,
                    "chart": over_time.chart_of(
                        each for each in decisions if each.bundle == figures.bundle
                    ),
                    "reliability": over_time.reliability_of(figures.bins),
                }
                for figures in figures_of(decisions)
            ],
            "overturned": overturned.order_by("-pk")[:50],
            "may_export": request.user.has_perm("review.export_cases"),
        },
    )


def _figures(bundle: str, rows: Sequence[Decision]) -> Figures:
    rates = rates_of(rows)
    blind = [row for row in rows if row.blind]
    return Figures(
        bundle=bundle,
        decided=len(rows),
        agreement=_in_words(rates.agreement),
        precision=_in_words(rates.precision),
        recall=_in_words(rates.recall),
        blind=len(blind),
        blind_agreement=_in_words(rates_of(blind).agreement),
        bins=rates.bins,
    )


def _in_words(share: Share) -> str | None:
    if share.value is None:
        return None
    return f"{100 * share.value:.0f} % ({share.part} of {share.whole})"
