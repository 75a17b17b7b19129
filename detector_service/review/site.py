"""The admin, for whoever has a role, behind a password and a second factor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse

from detector_service.review import second_factor
from detector_service.review.signing_in import SignInForm

View = TypeVar("View", bound=Callable[..., Any])


class ReviewSite(AdminSite):
    site_title = "Deepfake Check"
    site_header = "Deepfake Check"
    index_title = "Review"
    login_form = SignInForm
    login_template = "admin/sign_in.html"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter(request) and second_factor.is_satisfied(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if may_enter(request) and second_factor.must_enrol(request):
            return redirect("admin:second-factor")
        return super().login(request, extra_context)

    def index(  # type: ignore[override]  # a redirect, where Django has a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect(reverse("admin:review_case_changelist"))

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """No form of ours sends a zero character, and PostgreSQL keeps none.

        A form that comes after the session has ended leads back to its page: most of the addresses
        that forms are sent to are no pages themselves.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            sent = (text for data in (request.GET, request.POST) for text in _texts(data))
            if any("\x00" in text for text in sent):
                return HttpResponseBadRequest("There is a zero character in what was sent.")
            if request.method == "POST" and not self.has_permission(request):
                return _sign_in_first(request)
            return inner(request, *args, **kwargs)

        return cast("View", guarded)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("second-factor/", second_factor.enrol, name="second-factor"),
            path("everything/", self.admin_view(self.everything), name="everything"),
            *super().get_urls(),
        ]

    def everything(self, request: HttpRequest) -> HttpResponse:
        """Django's own list of tables, for whoever keeps accounts."""
        return super().index(request)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.path == reverse("admin:logout"):
        return redirect("admin:index")
    messages.warning(request, "You were not signed in, so nothing was done. Do it again.")
    page = urlsplit(request.headers.get("Referer", ""))
    is_ours = page.netloc == request.get_host()
    back = urlunsplit(("", "", page.path, page.query, "")) if is_ours else reverse("admin:index")
    return redirect_to_login(back, reverse("admin:login"))


def _texts(data: QueryDict) -> list[str]:
    return [text for name in data for text in (name, *data.getlist(name))]


def may_enter(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.has_perm("review.view_case")
