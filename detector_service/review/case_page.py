"""One case on one page: what is there to see, what was said, and the form that decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from analysis.finding import Finding as Seen
from analysis.finding import Outcome
from detector_service.checks import store
from detector_service.checks.models import Finding
from detector_service.checks.queries import verdict_of
from detector_service.checks.words import headline
from detector_service.review import banks, claims, deciding, erasing, notes, telling
from detector_service.review.faces import faces_of, picture_names
from detector_service.review.models import BankEntry, Case, Decision, Match, Notice
from detector_service.review.opening import finding_of
from detector_service.review.queue import row_of
from detector_service.review.refusal import Refusal

CHOICES = [
    (Outcome.LIKELY_MANIPULATED.value, "Likely manipulated"),
    (Outcome.NO_MANIPULATION_FOUND.value, "No manipulation found"),
    (Outcome.INCONCLUSIVE.value, "Inconclusive"),
    ("keep", "The model's verdict stands"),
    ("withhold", "Tell nobody anything for now"),
]


class DecideForm(forms.Form):
    choice = forms.ChoiceField(choices=CHOICES)
    policy = forms.ChoiceField(choices=Decision.Policy.choices)
    public_reason = forms.CharField(max_length=2000)
    private_note = forms.CharField(max_length=4000, required=False)
    version = forms.IntegerField(min_value=0)
    finding = forms.IntegerField(min_value=0)

    def how(self) -> dict[str, Any]:
        choice = self.cleaned_data["choice"]
        is_effect = choice in Decision.Effect.values
        return {
            "effect": choice if is_effect else Decision.Effect.OVERRIDE.value,
            "outcome": "" if is_effect else choice,
            "policy": self.cleaned_data["policy"],
            "public_reason": self.cleaned_data["public_reason"],
            "private_note": self.cleaned_data["private_note"],
            "saw_version": self.cleaned_data["version"],
            "saw_finding": self.cleaned_data["finding"],
        }


def show(request: HttpRequest, pk: int, form: DecideForm | None = None) -> HttpResponse:
    from detector_service.review import matching

    rows = Case.objects.select_related("video__bank_entry", "video__override", "video__planned")
    case = get_object_or_404(rows.select_related("pending", "decision", "claimed_by"), pk=pk)
    video, finding = case.video, finding_of(case.video)
    seen = Seen.from_document(finding.document)
    told = None if case.blind else verdict_of(video)
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": f"Case {case.pk}",
        "case": case,
        "row": row_of(case, request.user),
        "finding": finding,
        "media": seen.media,
        "provenance": seen.provenance,
        "plays": bool(video.kept_file) and request.user.has_perm("review.decide_case"),
        "faces": faces_of(finding, blind=case.blind),
        "told": told,
        "told_headline": "" if told is None else headline(told.outcome),
        "findings": [] if case.blind else list(video.findings.order_by("-pk")),
        "addresses": list(video.addresses.all()),
        "checks": video.checks.count(),
        "contests": list(video.contests.select_related("appeal").order_by("-created_at")),
        "notes": list(case.notes.order_by("-pk")),
        "decisions": list(case.decisions.prefetch_related("steps", "notices").order_by("-pk")),
        "matches": [_side_by_side(match, case) for match in matching.matches_of(video)],
        "banks": BankEntry.Bank.choices,
        "policies": Decision.Policy.choices,
        "choices": CHOICES[:3] if case.blind else CHOICES,
        "form": form,
        "may": {
            name: request.user.has_perm(f"review.{name}")
            for name in (
                "decide_case",
                "approve_decision",
                "manage_banks",
                "erase_video",
                "view_contact",
            )
        },
        "decided_by_me": case.pending is not None and case.pending.by_id == user.pk,
        "appealed_against": deciding.is_appealed_against(case, user),
    }
    return render(request, "review/case.html", context, status=200 if form is None else 409)


def picture(request: HttpRequest, finding_pk: int, name: str) -> HttpResponseBase:
    finding = get_object_or_404(Finding, pk=finding_pk)
    if name not in picture_names(finding):
        raise Http404
    try:
        file = store.opened(f"{finding.evidence_folder}/{name}")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        file, content_type="image/webp", headers={"Cache-Control": "private, max-age=3600"}
    )


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    case, user = _case_and_user(request, pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose what to tell, on what ground, and say why.")
        return show(request, pk, form)
    try:
        decision = deciding.decide(case=case, by=user, **form.how())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return show(request, pk, form)
    if decision.why_held:
        messages.warning(request, f"Held for a second person. {decision.why_held}")
    elif decision.effect == Decision.Effect.WITHHOLD:
        messages.success(request, "Withheld at once: nobody is told anything about this video.")
    else:
        messages.success(request, "Decided. It can be undone until everybody is told.")
    return redirect("admin:review_case_change", pk)


def action(do: Callable[[Case, Any, Any], None], said: str) -> Callable[..., HttpResponse]:
    """A button: do it, say so, and come back to the case."""

    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        case, user = _case_and_user(request, pk)
        try:
            do(case, user, request.POST)
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, said)
        if not Case.objects.filter(pk=pk).exists():
            return redirect("admin:review_case_changelist")
        return redirect("admin:review_case_change", pk)

    return view


def _version(said: Any) -> int:
    text = said.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else -1


def _dismiss(case: Case, user: Any, said: Any) -> None:
    pk = said.get("match", "")
    matches = Match.objects.filter(pk=int(pk) if _is_number(pk) else 0)
    match = matches.filter(video=case.video).first() or matches.filter(other=case.video).first()
    if match is None:
        raise Refusal("match.gone", "This match is not there any more.")
    banks.dismiss(match, by=user)


def _passed_on(case: Case, user: Any, said: Any) -> None:
    pk = said.get("notice", "")
    notices = Notice.objects.filter(decision__case=case, pk=int(pk) if _is_number(pk) else 0)
    notice = notices.first()
    if notice is None:
        raise Refusal("notice.gone", "There is no such letter here.")
    telling.passed_on(notice, by=user)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 18


ACTIONS: dict[str, Callable[..., HttpResponse]] = {
    "claim": action(lambda case, user, said: claims.claim(case, by=user), "Claimed."),
    "release": action(lambda case, user, said: claims.release(case, by=user), "Released."),
    "note": action(
        lambda case, user, said: _drop(
            notes.add_note(case=case, by=user, text=said.get("text", ""))
        ),
        "Noted.",
    ),
    "undo": action(
        lambda case, user, said: deciding.undo(case=case, by=user, saw_version=_version(said)),
        "Undone: nobody was told.",
    ),
    "approve": action(
        lambda case, user, said: deciding.approve(case=case, by=user, saw_version=_version(said)),
        "Approved. It can be undone until everybody is told.",
    ),
    "refuse": action(
        lambda case, user, said: deciding.refuse(case=case, by=user, saw_version=_version(said)),
        "Refused. The case is open again.",
    ),
    "bank": action(
        lambda case, user, said: _drop(
            banks.put_in_bank(
                video=case.video,
                bank=said.get("bank", ""),
                by=user,
                reason=said.get("reason", ""),
            )
        ),
        "Put into the bank.",
    ),
    "passed_on": action(_passed_on, "Noted that they were told."),
    "dismiss": action(_dismiss, "This match is not proposed again."),
    "erase": action(
        lambda case, user, said: erasing.erase(
            video=case.video, by=user, reason=said.get("reason", "")
        ),
        "Erased. The video's hash and the audit are what is left.",
    ),
}


def _drop(_: object) -> None:
    return None


def _case_and_user(request: HttpRequest, pk: int) -> tuple[Case, Any]:
    return get_object_or_404(Case, pk=pk), request.user


def _side_by_side(match: Match, case: Case) -> dict[str, Any]:
    """From where this case stands: the other video, and how much of ours is in it."""
    mine = match.video_id == case.video_id
    other = match.other if mine else match.video
    finding = finding_of(other) if other.findings.exists() else None
    other_case = getattr(other, "case", None)
    return {
        "match": match,
        "share": round(100 * (match.share if mine else match.other_share)),
        "other_share": round(100 * (match.other_share if mine else match.share)),
        "case": other_case,
        "decision": None if other_case is None else other_case.decision,
        "bank": getattr(other, "bank_entry", None),
        "pictures": []
        if finding is None
        else [shown.url for face in faces_of(finding, blind=True) for shown in face.strip][:4],
    }
