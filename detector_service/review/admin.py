"""What the admin shows. Cases have pages of their own; what is append-only can only be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from detector_service.review import bulk, case_page, export, figures, player, promoting, queue
from detector_service.review.models import AuditRow, BankEntry, Case, Decision, Erasure

_Admin = admin.ModelAdmin


class ReadOnly(_Admin):  # type: ignore[type-arg]
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(ReadOnly):
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return queue.queue(request)

    def get_urls(self) -> list[URLPattern]:
        views: list[tuple[str, Callable[..., Any], str]] = [
            ("next/", queue.next_case, "review_next"),
            ("bulk/", bulk.bulk, "review_bulk"),
            ("figures/", figures.show, "review_figures"),
            ("bundles/", promoting.show, "review_bundles"),
            ("bundles/promote/", promoting.promote_view, "review_promote"),
            ("bundles/look-again/", promoting.look_again_view, "review_look_again"),
            ("export/", export.download, "review_export"),
            ("picture/<int:finding_pk>/<str:name>", case_page.picture, "review_picture"),
            ("<int:pk>/video/", player.video, "review_video"),
            ("<int:pk>/decide/", case_page.decide, "review_decide"),
            *(
                (f"<int:pk>/{name}/", view, f"review_{name}")
                for name, view in case_page.ACTIONS.items()
            ),
        ]
        return [
            path("", self.admin_site.admin_view(queue.queue), name="review_case_changelist"),
            *(
                path(where, self.admin_site.admin_view(view), name=name)
                for where, view, name in views
            ),
            path(
                "<int:pk>/",
                self.admin_site.admin_view(case_page.show),
                name="review_case_change",
            ),
        ]


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ("created_at", "case", "outcome", "effect", "by_name", "model_outcome")
    list_filter = ("effect", "outcome", "bundle")


@admin.register(AuditRow)
class AuditAdmin(ReadOnly):
    list_display = ("number", "at", "actor", "kind", "subject")
    list_filter = ("kind",)
    search_fields = ("subject", "actor")
    ordering = ("-number",)


@admin.register(BankEntry)
class BankAdmin(ReadOnly):
    list_display = ("video", "bank", "reason", "by", "created_at")
    list_select_related = ("video", "by")
    list_filter = ("bank",)


@admin.register(Erasure)
class ErasureAdmin(ReadOnly):
    list_display = ("video_sha256", "by_name", "created_at", "reason")


admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
    """Roles are given by group. Only a superuser touches a superuser, or single permissions."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if request.user.is_superuser:
            return ()
        return ("is_superuser", "is_staff", "user_permissions", "last_login", "date_joined")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_delete_permission(request, obj)
