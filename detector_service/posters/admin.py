"""Site accounts in the admin, for whoever may keep them. The pages are our own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path

from detector_service.posters import account_pages
from detector_service.posters.models import Site

_Admin = admin.ModelAdmin


@admin.register(Site)
class SiteAdmin(_Admin):  # type: ignore[type-arg]
    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(account_pages.PERMISSION))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("", view(account_pages.sites), name="posters_site_changelist"),
            path("make/", view(account_pages.make), name="posters_site_make"),
            path("<int:pk>/", view(account_pages.site), name="posters_site_change"),
        ]
