"""The service with one address more: a view that does nothing, to measure the rest against."""

import os
import tempfile

os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="deepfake-check-bench-"))
# Counted as always, and never reached.
os.environ["READS_PER_MINUTE"] = str(10**9)

from django.http import HttpRequest, JsonResponse
from django.urls import path

from detector_service.settings import *  # noqa: F403
from detector_service.settings import VAR_DIR

ROOT_URLCONF = "tests.api.bench_site"
BUNDLE = str(VAR_DIR / "bundle")


def bare(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"hello": "world"})


def _urlpatterns() -> list:
    from detector_service.urls import urlpatterns

    return [path("bare", bare), *urlpatterns]


def __getattr__(name: str) -> list:
    """Late, because this module is the settings too, and addresses import models."""
    if name == "urlpatterns":
        return _urlpatterns()
    raise AttributeError(name)
