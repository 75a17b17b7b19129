"""Somebody's role. A test that empties the tables takes the rows of the migrations with it."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

_MADE_BY = (
    ("detector_service.review.migrations.0002_roles", "make_roles"),
    ("detector_service.review.migrations.0004_promoting", "give"),
    ("detector_service.posters.migrations.0002_roles", "give"),
)


def role(name: str) -> Group:
    if not Group.objects.exists():
        ContentType.objects.clear_cache()
        for module, function in _MADE_BY:
            getattr(import_module(module), function)(apps, None)
    return Group.objects.get(name=name)
