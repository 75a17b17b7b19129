"""The model measured against people, by bundle.

Cases come before people because of a score or a contest, so these numbers are of what was looked
at, not of all videos. The blind sample is drawn by chance and judged without knowing the model's
verdict: it alone speaks of the model in general.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from analysis.finding import Outcome
from detector_service.review.models import Case, Decision

BINS = 5
MANIPULATED = Outcome.LIKELY_MANIPULATED.value
NOTHING_FOUND = Outcome.NO_MANIPULATION_FOUND.value


@dataclass(frozen=True, slots=True)
class Bin:
    low: float
    high: float
    count: int
    mean_score: float
    share: float  # that people found manipulated


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
    from detector_service.review import over_time

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
    judged = [row for row in rows if row.outcome in (MANIPULATED, NOTHING_FOUND)]
    flagged = [row for row in judged if row.model_outcome == MANIPULATED]
    manipulated = [row for row in judged if row.outcome == MANIPULATED]
    blind = [row for row in rows if row.blind]
    hits = sum(row.outcome == MANIPULATED for row in flagged)
    return Figures(
        bundle=bundle,
        decided=len(rows),
        agreement=_share(sum(row.outcome == row.model_outcome for row in rows), len(rows)),
        precision=_share(hits, len(flagged)),
        recall=_share(hits, len(manipulated)),
        blind=len(blind),
        blind_agreement=_share(sum(row.outcome == row.model_outcome for row in blind), len(blind)),
        bins=tuple(calibration_bins(judged)),
    )


def calibration_bins(judged: Sequence[Decision]) -> list[Bin]:
    scored = [(row.fake_probability, row) for row in judged if row.fake_probability is not None]
    insides = (
        [(score, row) for score, row in scored if min(int(score * BINS), BINS - 1) == at]
        for at in range(BINS)
    )
    return [
        Bin(
            low=at / BINS,
            high=(at + 1) / BINS,
            count=len(inside),
            mean_score=sum(score for score, _ in inside) / len(inside),
            share=sum(row.outcome == MANIPULATED for _, row in inside) / len(inside),
        )
        for at, inside in enumerate(insides)
        if inside
    ]


def _share(part: int, whole: int) -> str | None:
    return f"{100 * part / whole:.0f} % ({part} of {whole})" if whole else None
