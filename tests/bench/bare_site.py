"""The service with two addresses more, which do nothing, to measure the rest against."""

import os
import tempfile

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="deepfake-check-bench-"))
# Counted as always, and never reached.
os.environ["READS_PER_MINUTE"] = str(10**9)

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import path

from detector_service.settings import *  # noqa: F403
from detector_service.settings import VAR_DIR

ROOT_URLCONF = "tests.bench.bare_site"
BUNDLE = str(VAR_DIR / "bundle")


def bare(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"hello": "world"})


def bare_page(request: HttpRequest) -> HttpResponse:
    page = engines["django"].from_string("<!doctype html><title>{{ hello }}</title>{{ hello }}")
    return HttpResponse(page.render({"hello": "world"}, request))


def _urlpatterns() -> list:
    from detector_service.urls import urlpatterns

    return [path("bare", bare), path("bare-page", bare_page), *urlpatterns]


def __getattr__(name: str) -> list:
    """Late, because this module is the settings too, and addresses import models."""
    if name == "urlpatterns":
        return _urlpatterns()
    raise AttributeError(name)
