"""Site accounts: made by an administrator, closed without losing what they asked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from detector_service.checks.keys import Scope, issue_key
from detector_service.posters.models import SigningSecret, Site, SiteKey, SiteOrigin

SITE_SCOPES = (
    Scope.UPLOADS_WRITE,
    Scope.TOKENS_WRITE,
    Scope.CHECK_READ,
    Scope.CONTEST_WRITE,
)
_LONGEST_ORIGIN = 255
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?")


class NotAnOrigin(ValueError):
    """Not ``https://host`` in lower case, with nothing after it."""


@transaction.atomic
def make_site(*, name: str, contact: str, origins: Iterable[str] = (), **policy: Any) -> Site:
    site = Site(name=name, contact=contact, **policy)
    give_owner(site)
    site.save()
    SigningSecret.objects.create(site=site)
    for origin in origins:
        add_origin(site, origin)
    return site


def give_owner(site: Site) -> None:
    """The account that its keys belong to. Nobody can sign in with it."""
    owner = User(username=f"site-{secrets.token_hex(8)}")
    owner.set_unusable_password()
    owner.save()
    site.owner = owner


def add_origin(site: Site, origin: str) -> SiteOrigin:
    if len(origin) > _LONGEST_ORIGIN or not _ORIGIN.fullmatch(origin):
        raise NotAnOrigin(origin)
    made, _ = SiteOrigin.objects.get_or_create(site=site, origin=origin)
    return made


def issue_site_key(
    *, site: Site, name: str = "server", test: bool = False, scopes: Iterable[str] = SITE_SCOPES
) -> tuple[SiteKey, str]:
    """The row, and the key itself: nobody can read it again after this."""
    with transaction.atomic():
        key, plain = issue_key(owner=site.owner, name=name, scopes=scopes)
        return SiteKey.objects.create(site=site, key=key, test=test), plain


def enable_callbacks(site: Site) -> None:
    """What had to wait is due at once; what was given up stays so until it is sent again."""
    Site.objects.filter(pk=site.pk).update(
        callbacks_disabled_at=None, callbacks_disabled_why="", callbacks_failing_since=None
    )
    site.callbacks.exclude(next_attempt_at=None).update(next_attempt_at=timezone.now())
