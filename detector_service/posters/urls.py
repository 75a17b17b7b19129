"""The addresses for sites, beside those of the API."""

from __future__ import annotations

from django.urls import path

from detector_service.posters import tus, views

app_name = "posters"
urlpatterns = [
    path("page-tokens", views.PageTokensEndpoint.as_view(), name="page-tokens"),
    path("postings", views.PostingsEndpoint.as_view(), name="postings"),
    path("postings/<str:posting_id>", views.PostingEndpoint.as_view(), name="posting"),
    path("postings/<str:posting_id>/choice", views.ChoiceEndpoint.as_view(), name="choice"),
    path("uploads", tus.UploadsEndpoint.as_view(), name="uploads"),
    path("uploads/<str:posting_id>", tus.UploadEndpoint.as_view(), name="upload"),
]
