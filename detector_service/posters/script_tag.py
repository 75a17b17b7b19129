"""The tag that a site puts into its page: this version of the script, and no other byte."""

from __future__ import annotations

import base64
import hashlib

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html
from django.utils.safestring import SafeString

SCRIPT = "posters/check-before-posting.js"


def script_address() -> str:
    """Named by its content where the service collects its files, so that it never changes."""
    return f"{settings.PUBLIC_URL}{staticfiles_storage.url(SCRIPT)}"


def script_integrity() -> str:
    if staticfiles_storage.exists(SCRIPT):
        with staticfiles_storage.open(SCRIPT) as collected:
            content = collected.read()
    else:
        found = finders.find(SCRIPT)
        assert isinstance(found, str)
        with open(found, "rb") as source:  # noqa: PTH123
            content = source.read()
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def script_tag() -> SafeString:
    return format_html(
        '<script src="{}" integrity="{}" crossorigin="anonymous" defer></script>',
        script_address(),
        script_integrity(),
    )
