"""Keys for the extension and for programs: made, shown once, revoked; and the pairing link."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from detector_service.checks.keys import PAIRING_VALID_FOR_S, issue_key, offer_pairing, revoke
from detector_service.checks.models import ApiKey

LONGEST_NAME = 100


@require_safe
@never_cache
def connect(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _from_the_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Whoever has to sign in first comes from there by a link, and sees the page again."""
    for_people = login_required(view)

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return redirect("pages:connect")
        return for_people(request, *args, **kwargs)

    return guarded


@_from_the_page
@never_cache
def make_key(request: HttpRequest) -> HttpResponse:
    """The key stands in this one answer and nowhere else."""
    key, plain = issue_key(owner=_person(request), name=_name(request))
    return _page(request, new_key=plain, new_name=key.name)


@_from_the_page
def revoke_key(request: HttpRequest, key_pk: int) -> HttpResponseBase:
    revoke(get_object_or_404(ApiKey, pk=key_pk, owner=_person(request)))
    return redirect("pages:connect")


@_from_the_page
@never_cache
def pair(request: HttpRequest) -> HttpResponseBase:
    """The code goes into the fragment, so that it reaches no log, no referrer and no proxy."""
    code = offer_pairing(owner=_person(request), name=_name(request))
    return redirect(f"{reverse('pages:connect')}#code={code}")


def _page(request: HttpRequest, **more: Any) -> HttpResponse:
    keys = (
        ApiKey.objects.filter(owner=_person(request), revoked_at=None).order_by("-created_at")
        if request.user.is_authenticated
        else ApiKey.objects.none()
    )
    context = {
        "keys": keys,
        "open_to_all": settings.ALLOW_ANONYMOUS,
        "longest_name": LONGEST_NAME,
        "minutes": PAIRING_VALID_FOR_S // 60,
        "service_url": settings.PUBLIC_URL,
    }
    return render(request, "pages/connect.html", context | more)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _name(request: HttpRequest) -> str:
    name = request.POST.get("name", "").replace("\0", "")  # which PostgreSQL does not keep
    return name.strip()[:LONGEST_NAME] or gettext("My browser")
