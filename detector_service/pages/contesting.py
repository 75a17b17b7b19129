"""Saying that a verdict is wrong, and the number under which it is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from detector_service.checks import words
from detector_service.checks.client_address import client_address
from detector_service.checks.contests import LONGEST_WORDS, ContestReason, make_contest
from detector_service.checks.problems import Refused
from detector_service.checks.queries import check_view, get_check
from detector_service.checks.quota import spend_ask
from detector_service.pages.asking import asker_of
from detector_service.pages.problems import problem_view

REASONS: Mapping[ContestReason, Any] = {
    ContestReason.NOT_MANIPULATED: _("It was not manipulated"),
    ContestReason.IS_MANIPULATED: _("It was manipulated"),
    ContestReason.WRONG_STRETCH: _("The wrong part of it is marked"),
    ContestReason.SHOWS_ME: _("It shows me"),
    ContestReason.OTHER: _("Something else"),
}
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d{1,3})?)|(\d{1,6}(?:[.,]\d{1,3})?)")


class ClockField(forms.CharField):
    """A moment of the video as people write it: 1:05, 0:03.5 or 65."""

    def clean(self, value: Any) -> float | None:
        text = super().clean(value)
        if not text:
            return None
        match = _CLOCK.fullmatch(text)
        if match is None:
            raise ValidationError(_("Write a time as minutes and seconds, like 1:05."))
        hours, minutes, seconds, plain = match.groups()
        if plain:
            return float(plain.replace(",", "."))
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))


class ContestForm(forms.Form):
    reason = forms.ChoiceField(
        choices=[(reason.value, words_of) for reason, words_of in REASONS.items()],
        error_messages={"required": _("Choose what is wrong.")},
    )
    words = forms.CharField(required=False, max_length=LONGEST_WORDS)
    start = ClockField(required=False, max_length=12)
    end = ClockField(required=False, max_length=12)
    contact = forms.CharField(required=False, max_length=254)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start_s, end_s = cleaned.get("start"), cleaned.get("end")
        if start_s is not None and end_s is not None and end_s < start_s:
            self.add_error("end", _("The end lies before the beginning."))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def contest(request: HttpRequest, public_id: str) -> HttpResponse:
    row = get_check(public_id)
    view = None if row is None else check_view(row)
    if row is None or view is None or view.verdict is None:
        raise Http404
    context: dict[str, Any] = {
        "check": view,
        "headline": words.headline(view.verdict.outcome),
        "longest_words": LONGEST_WORDS,
    }
    form = ContestForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                spend_ask(client_address(request)).refuse_if_exceeded()
                context["contest"] = make_contest(
                    check=row,
                    reason=ContestReason(form.cleaned_data["reason"]),
                    asker=asker_of(request),
                    words=form.cleaned_data["words"],
                    start_s=form.cleaned_data["start"],
                    end_s=form.cleaned_data["end"],
                    contact=form.cleaned_data["contact"],
                )
            except Refused as refusal:
                problem = problem_view(refusal.code)
                if refusal.code != "service.rate_limited":
                    context["refusal"] = problem
                    return render(request, "pages/contested.html", context, status=409)
                form.add_error(None, f"{problem.title} {problem.what_to_do}")
                status = 429
            else:
                return render(request, "pages/contested.html", context, status=201)
    return render(request, "pages/contest.html", context | {"form": form}, status=status)
