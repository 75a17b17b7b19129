"""Signing in: Django's own view, and a limit on how fast passwords can be tried."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError

from detector_service.checks.client_address import client_address
from detector_service.checks.problems import Refused
from detector_service.checks.quota import spend_sign_in
from detector_service.pages.problems import problem_view


class PatientForm(AuthenticationForm):
    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        try:
            spend_sign_in(client_address(self.request)).refuse_if_exceeded()
        except Refused as refusal:
            raise ValidationError(problem_view(refusal.code).what_to_do) from refusal
        return super().clean()


class SignIn(LoginView):
    template_name = "pages/sign_in.html"
    authentication_form = PatientForm
    redirect_authenticated_user = True
