"""Site accounts, as administrators keep them: who they are, what they may, what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from analysis.finding import Outcome
from detector_service.checks import keys, words
from detector_service.checks.problems import Refused
from detector_service.posters import callbacks, charts, signing
from detector_service.posters.accounts import (
    SITE_SCOPES,
    NotAnOrigin,
    add_origin,
    enable_callbacks,
    issue_site_key,
    make_site,
)
from detector_service.posters.models import Callback, Site, SiteKey, SiteOrigin
from detector_service.posters.sending import check_callback_url
from detector_service.review import audit

PERMISSION = "posters.manage_site"
_SHOWN_CALLBACKS = 50


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    """The policy, the quotas and the address of the callbacks."""

    warn_on = forms.MultipleChoiceField(
        choices=[(outcome.value, words.headline(outcome.value)) for outcome in Outcome],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Warn at",
        help_text="The answers at which the person who posts is warned.",
    )
    redress_url = forms.URLField(
        required=False,
        assume_scheme="https",
        label="Redress",
        help_text="Where the site hears complaints. Empty: our own page.",
    )

    class Meta:
        model = Site
        fields = (
            "name",
            "contact",
            "is_open",
            "warn_on",
            "on_failure",
            "second_look",
            "keep_files",
            "ground",
            "redress_url",
            "callback_url",
            "uploads_per_day",
            "bytes_per_day",
            "uploads_at_once",
            "max_file_bytes",
            "asks_per_minute",
        )

    def clean_callback_url(self) -> str:
        url: str = self.cleaned_data["callback_url"]
        try:
            if url:
                check_callback_url(url)
        except Refused as refused:
            raise ValidationError(refused.detail) from refused
        return url


class NewSiteForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Site
        fields = ("name", "contact")


@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    return _list(request, NewSiteForm())


def make(request: HttpRequest) -> HttpResponse:
    _require(request)
    form = NewSiteForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    with transaction.atomic():
        site = make_site(**form.cleaned_data)
        _write_down("made", site, {"contact": site.contact})
    return redirect("admin:posters_site_change", site.pk)


def _list(request: HttpRequest, form: NewSiteForm) -> HttpResponse:
    _require(request)
    real = Q(postings__test=False)
    rows = Site.objects.annotate(asked=Count("postings", filter=real)).order_by("name")
    return render(request, "posters/sites.html", _context(request, sites=rows, form=form))


@never_cache
def site(request: HttpRequest, pk: int) -> HttpResponse:
    _require(request)
    row = get_object_or_404(Site, pk=pk)
    if request.method != "POST":
        return _show(request, row)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        return HttpResponseBadRequest("There is no such action.")
    with transaction.atomic():
        return act(request, row) or redirect("admin:posters_site_change", row.pk)


def _show(request: HttpRequest, row: Site, **more: Any) -> HttpResponse:
    waiting = row.callbacks.exclude(next_attempt_at=None).count()
    context = {
        "site": row,
        "form": SiteForm(instance=row),
        "origins": row.origins.order_by("origin"),
        "keys": row.keys.select_related("key").order_by("-pk"),
        "scopes": SITE_SCOPES,
        "secrets": row.secrets.order_by("-pk"),
        "usage": charts.usage_of(row),
        "series": charts.names(),
        "callbacks": row.callbacks.select_related("posting").order_by("-pk")[:_SHOWN_CALLBACKS],
        "waiting": waiting,
        "given_up": callbacks.given_up(row).count(),
        **more,
    }
    return render(request, "posters/site.html", _context(request, title=row.name, **context))


def _save(request: HttpRequest, row: Site) -> HttpResponse | None:
    form = SiteForm(request.POST, instance=row)
    if not form.is_valid():
        row.refresh_from_db()
        return _show(request, row, form=form)
    form.save()
    facts = {name: form.cleaned_data[name] for name in form.changed_data}
    _write_down("changed", row, facts)
    messages.success(request, "Saved.")
    return None


def _add_origin(request: HttpRequest, row: Site) -> HttpResponse | None:
    origin = request.POST.get("origin", "").strip().rstrip("/").lower()
    try:
        add_origin(row, origin)
    except NotAnOrigin:
        messages.error(request, "An origin is https://host, with nothing after it.")
    else:
        _write_down("origin_added", row, {"origin": origin})
    return None


def _drop_origin(request: HttpRequest, row: Site) -> HttpResponse | None:
    gone = get_object_or_404(SiteOrigin, site=row, pk=_number(request))
    gone.delete()
    _write_down("origin_dropped", row, {"origin": gone.origin})
    return None


def _issue_key(request: HttpRequest, row: Site) -> HttpResponse | None:
    wanted = [scope for scope in SITE_SCOPES if scope in request.POST.getlist("scopes")]
    name = request.POST.get("name", "").strip()[:100] or "server"
    if not wanted:
        messages.error(request, "A key without a scope can do nothing.")
        return None
    made, plain = issue_site_key(
        site=row, name=name, test="test" in request.POST, scopes=[str(scope) for scope in wanted]
    )
    facts = {"key": str(made.key), "test": made.test, "scopes": list(made.key.scopes)}
    _write_down("key_issued", row, facts)
    return _show(request, row, new_key=plain)


def _revoke_key(request: HttpRequest, row: Site) -> HttpResponse | None:
    gone = get_object_or_404(SiteKey.objects.select_related("key"), site=row, pk=_number(request))
    keys.revoke(gone.key)
    _write_down("key_revoked", row, {"key": str(gone.key)})
    return None


def _rotate_secret(request: HttpRequest, row: Site) -> HttpResponse | None:
    made = signing.rotate(row)
    _write_down("secret_rotated", row, {"secret": made.pk})
    return _show(request, row, new_secret=signing.secret_of(made))


def _enable(request: HttpRequest, row: Site) -> HttpResponse | None:
    enable_callbacks(row)
    _write_down("callbacks_enabled", row, {})
    messages.success(request, "Callbacks are on: what waited is sent now.")
    return None


def _send_again(request: HttpRequest, row: Site) -> HttpResponse | None:
    callback = get_object_or_404(Callback, site=row, pk=_number(request))
    callbacks.send_again(callback)
    _write_down("callback_sent_again", row, {"callback": callback.public_id})
    messages.success(request, "It is sent again, under the same number.")
    return None


def _send_all_again(request: HttpRequest, row: Site) -> HttpResponse | None:
    count = callbacks.send_given_up(row)
    _write_down("callbacks_sent_again", row, {"count": count})
    messages.success(request, f"{count} are sent again.")
    return None


_ACTS: dict[str, Callable[[HttpRequest, Site], HttpResponse | None]] = {
    "save": _save,
    "add-origin": _add_origin,
    "drop-origin": _drop_origin,
    "issue-key": _issue_key,
    "revoke-key": _revoke_key,
    "rotate-secret": _rotate_secret,
    "enable-callbacks": _enable,
    "send-again": _send_again,
    "send-all-again": _send_all_again,
}


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _write_down(what: str, row: Site, facts: dict[str, Any]) -> None:
    audit.append(kind=f"site.{what}", subject=f"site {row.pk} {row.name}", facts=facts)


def _number(request: HttpRequest) -> int:
    text = request.POST.get("pk", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": "Sites", **more}
