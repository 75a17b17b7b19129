"""Enrolling an authenticator: a code to scan, one code to prove it, ten to keep in a drawer."""

from __future__ import annotations

import base64
import io
import secrets
from typing import Any

import qrcode  # type: ignore[import-untyped]
import qrcode.image.svg  # type: ignore[import-untyped]
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as otp_login
from django_otp import user_has_device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from detector_service.review import audit

RECOVERY_CODES = 10


def is_satisfied(request: HttpRequest) -> bool:
    """Whoever has enrolled is asked for it, also where it is not demanded of everybody."""
    user: Any = request.user
    if user.is_verified():
        return True
    return not settings.REVIEW_SECOND_FACTOR and not user_has_device(user)


def must_enrol(request: HttpRequest) -> bool:
    return bool(settings.REVIEW_SECOND_FACTOR) and not user_has_device(request.user)


@never_cache
@sensitive_post_parameters("code")
def enrol(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if not (user.is_active and user.has_perm("review.view_case")) or user_has_device(user):
        return redirect("admin:index")  # a second device is not for whoever holds the first session
    device = being_enrolled(user)
    context = {**admin.site.each_context(request), "title": "Second factor", "device": device}
    if request.method == "POST":
        if device.verify_token(request.POST.get("code", "")):
            device.confirmed = True
            device.save()
            otp_login(request, device)
            audit.append(
                kind="rights.second_factor", subject=f"user {user.get_username()}", facts={}
            )
            return render(
                request, "review/recovery_codes.html", {**context, "codes": _recovery_codes(user)}
            )
        context["wrong"] = True
    return render(
        request,
        "review/enrol.html",
        {**context, "picture": _picture(device.config_url), "secret": _readable(device)},
        status=422 if context.get("wrong") else 200,
    )


def being_enrolled(user: User) -> TOTPDevice:
    """One for each person, whose code every tab shows: of two opened at once the second waits."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        begun = TOTPDevice.objects.filter(user=user, confirmed=False).order_by("pk").first()
        return begun or TOTPDevice.objects.create(user=user, confirmed=False, name="authenticator")


def _recovery_codes(user: Any) -> list[str]:
    device = StaticDevice.objects.create(user=user, name="recovery codes")
    codes = [secrets.token_hex(5) for _ in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=code)
    return codes


def _picture(config_url: str) -> str:
    out = io.BytesIO()
    qrcode.make(config_url, border=2, image_factory=qrcode.image.svg.SvgPathFillImage).save(out)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def _readable(device: Any) -> str:
    text = base64.b32encode(device.bin_key).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
