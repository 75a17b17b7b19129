"""What a test writes and counts is its own: it sees nothing of the one before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.cache import caches

from detector_service.checks import quota


def own_store(settings: Any, folder: Path) -> Path:
    settings.SCRATCH_DIR = folder / "scratch"
    settings.STORE_DIR = folder / "store"
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": settings.STORE_DIR},
        },
    }
    return folder / "store"


def forget_budgets() -> None:
    quota._here.counts.clear()
    for cache in caches.all():
        cache.clear()
