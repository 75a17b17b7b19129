"""The addresses of the pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.i18n import set_language

from detector_service.pages import about, asking, connecting, contesting, report, watching
from detector_service.pages.signing_in import SignIn

app_name = "pages"


class CheckNumber(StringConverter):
    """No database is asked about what cannot be one: PostgreSQL breaks at a NUL."""

    regex = "[A-Za-z0-9_-]{22}"


register_converter(CheckNumber, "check_number")

urlpatterns = [
    path("", asking.front, name="front"),
    path("checks", asking.start, name="start"),
    path("checks/<check_number:public_id>", watching.check, name="check"),
    path("checks/<check_number:public_id>/progress", watching.progress, name="progress"),
    path("checks/<check_number:public_id>/cancel", watching.cancel, name="cancel"),
    path("checks/<check_number:public_id>/contest", contesting.contest, name="contest"),
    path("checks/<check_number:public_id>/report.json", report.as_json, name="report-json"),
    path("checks/<check_number:public_id>/report.html", report.as_one_file, name="report-html"),
    path("checks/<check_number:public_id>/video", report.video, name="video"),
    path("connect", connecting.connect, name="connect"),
    path("connect/keys", connecting.make_key, name="make-key"),
    path("connect/keys/<int:key_pk>/revoke", connecting.revoke_key, name="revoke-key"),
    path("connect/pair", connecting.pair, name="pair"),
    path("about", about.about, name="about"),
    path("model", about.model_card, name="model-card"),
    path("status", about.status, name="status"),
    path("language", set_language, name="language"),
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
]
