"""The same for many cases: first a page that says what will happen, then each on its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from analysis.finding import Outcome
from detector_service.review import claims, deciding
from detector_service.review.models import Case
from detector_service.review.queue import row_of
from detector_service.review.refusal import Refusal

MOST = 200
_PICK = re.compile(r"([0-9]{1,18}):([0-9]{1,9}):([0-9]{1,18})")
# name: (what the button says, what will happen, whether it is a decision)
BULK: Mapping[str, tuple[str, str, bool]] = {
    "claim": ("Claim", "These cases will be yours for as long as a claim lasts.", False),
    "release": ("Release", "These cases will be free for everybody.", False),
    "keep": ("Keep the verdicts", "The model's verdict of each will stand.", True),
    "clear": (
        "Tell: no manipulation found",
        "Everybody will be told that no manipulation was found.",
        True,
    ),
    "withhold": ("Withhold", "Nobody will be told anything about these videos, at once.", True),
}
_EFFECTS = {
    "keep": ("keep", ""),
    "clear": ("override", Outcome.NO_MANIPULATION_FOUND.value),
    "withhold": ("withhold", ""),
}


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("action", "")
    if name not in BULK:
        messages.error(request, "Choose what to do.")
        return redirect("admin:review_case_changelist")
    seen = _seen(request.POST.getlist("case"))
    cases = list(Case.objects.select_related("video", "claimed_by").filter(pk__in=seen))
    if not cases:
        messages.error(request, "Choose at least one case.")
        return redirect("admin:review_case_changelist")
    if request.POST.get("confirmed") != "yes":
        return _confirm(request, name, cases)
    reason = request.POST.get("public_reason", "").strip()
    done, refused = 0, Counter[str]()
    for case in cases:
        try:
            _do(name, case, request.user, seen[case.pk], reason)
            done += 1
        except Refusal as refusal:
            refused[refusal.sentence] += 1
    messages.success(request, f"{BULK[name][0]}: {done} of {len(cases)} cases.")
    for sentence, count in refused.items():
        messages.warning(request, f"{count} left as they are. {sentence}")
    return redirect("admin:review_case_changelist")


def _confirm(request: HttpRequest, name: str, cases: list[Case]) -> HttpResponse:
    words, consequence, is_decision = BULK[name]
    return render(
        request,
        "review/bulk.html",
        {
            **admin.site.each_context(request),
            "title": f"{words}: {len(cases)}",
            "action": name,
            "words": words,
            "consequence": consequence,
            "is_decision": is_decision,
            "rows": [row_of(case, request.user) for case in cases],
            "reach": sum(case.reach for case in cases),
        },
    )


def _do(name: str, case: Case, by: Any, seen: tuple[int, int], reason: str) -> None:
    if name == "claim":
        claims.claim(case, by=by)
    elif name == "release":
        claims.release(case, by=by)
    else:
        effect, outcome = _EFFECTS[name]
        saw_version, saw_finding = seen
        deciding.decide(
            case=case,
            by=by,
            saw_version=saw_version,
            saw_finding=saw_finding,
            effect=effect,
            outcome=outcome,
            policy="other",
            public_reason=reason,
        )


def _seen(chosen: list[str]) -> dict[int, tuple[int, int]]:
    """Each as ``case:version:finding``: what has changed since the list was drawn is left alone."""
    picks = [found.groups() for text in chosen[:MOST] if (found := _PICK.fullmatch(text))]
    return {int(case): (int(version), int(finding)) for case, version, finding in picks}
