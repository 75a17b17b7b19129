"""Password and code in one form, and a limit on how often they can be tried.

Failures are counted for a name from one address, so that nobody can lock somebody else out from
afar, and for one address over all names, so that one password cannot be tried on everybody.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django_otp import match_token, user_has_device

from detector_service.checks.client_address import client_address

FAILURES_OF_A_NAME = 5
FAILURES_OF_AN_ADDRESS = 30
LOCKED_FOR_S = 15 * 60


class SignInForm(AdminAuthenticationForm):
    code = forms.CharField(
        required=False,
        max_length=16,
        label="Code",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        counters = self._counters()
        if any(cache.get(key, 0) >= limit for key, limit in counters):
            raise ValidationError("Too many tries. Wait a quarter of an hour.", code="locked")
        try:
            cleaned = super().clean()
            self._check_code()
        except ValidationError:
            for key, _ in counters:
                cache.add(key, 0, LOCKED_FOR_S)
                cache.incr(key)
                cache.touch(key, LOCKED_FOR_S)  # not every cache remembers how long it was for
            raise
        cache.delete(counters[0][0])
        return cleaned

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Nobody is told whether it was the name, the password or the role."""
        if not user.is_active or not user.has_perm("review.view_case"):  # type: ignore[attr-defined]
            raise self._refusal()

    def _check_code(self) -> None:
        user: Any = self.get_user()
        if not user_has_device(user):
            return  # made to enrol after signing in, where a second factor is asked for
        device = match_token(user, self.cleaned_data.get("code", ""))
        if device is None:
            raise self._refusal()
        user.otp_device = device

    def _refusal(self) -> ValidationError:
        return ValidationError("Name, password and code do not fit together.", code="refused")

    def get_invalid_login_error(self) -> ValidationError:
        return self._refusal()

    def _counters(self) -> tuple[tuple[str, int], tuple[str, int]]:
        address = client_address(self.request) if self.request is not None else ""
        name = f"{self.cleaned_data.get('username', '')} {address}"
        return (
            (_key("name", name), FAILURES_OF_A_NAME),
            (_key("address", address), FAILURES_OF_AN_ADDRESS),
        )


def _key(what: str, value: str) -> str:
    digest = hashlib.sha256(f"{settings.SECRET_KEY} {value}".encode()).hexdigest()
    return f"review:failures:{what}:{digest}"
