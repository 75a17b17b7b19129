from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from . import forms
from .models import Clip


def strict_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., object]:
    def answered(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Content-Security-Policy"] = settings.CONTENT_SECURITY_POLICY
        return response

    return answered


def post(request: HttpRequest, form_class: type[forms._ClipForm]) -> HttpResponse:
    form = form_class(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return redirect("clip", form.save().pk)
    return render(request, "clips/post.html", {"form": form})


def clip(request: HttpRequest, number: int) -> HttpResponse:
    return render(request, "clips/clip.html", {"clip": get_object_or_404(Clip, pk=number)})
