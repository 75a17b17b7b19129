"""Every address that the service answers."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("detector_service.posters.urls")),
    path("api/v1/", include("detector_service.api.urls")),
    path("admin/", admin.site.urls),
    path("", include("detector_service.pages.urls")),
]
