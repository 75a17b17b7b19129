"""The addresses of version 1. What is not here is answered with a problem, never with a page."""

from __future__ import annotations

from django.urls import path, re_path

from detector_service.api import health, schema, views

app_name = "api"
urlpatterns = [
    path("checks", views.ChecksEndpoint.as_view(), name="checks"),
    path("checks/<str:check_id>", views.CheckEndpoint.as_view(), name="check"),
    path("checks/<str:check_id>/finding", views.FindingEndpoint.as_view(), name="finding"),
    path("checks/<str:check_id>/contests", views.ContestsEndpoint.as_view(), name="contests"),
    path(
        "checks/<str:check_id>/evidence/<str:name>",
        views.EvidenceEndpoint.as_view(),
        name="evidence",
    ),
    path("verdicts/<str:prefix>", views.VerdictsEndpoint.as_view(), name="verdicts"),
    path("bundles/current", views.BundleEndpoint.as_view(), name="bundle"),
    path("pairings", views.PairingsEndpoint.as_view(), name="pairings"),
    path("problems/<str:code>", views.ProblemEndpoint.as_view(), name="problem"),
    path("health/live", health.LiveEndpoint.as_view(), name="live"),
    path("health/ready", health.ReadyEndpoint.as_view(), name="ready"),
    path("schema", schema.schema, name="schema"),
    path("docs", schema.docs, name="docs"),
    re_path("", views.UnknownEndpoint.as_view()),
]
