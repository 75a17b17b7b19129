"""Signatures by the Standard Webhooks specification, so that a site can tell us from anybody else.

A secret is derived from a key that is kept apart from the database; what is stored of it is a
number that says nothing. While secrets change, each message is signed with both.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from detector_service.posters.models import SigningSecret, Site

SECRET_PREFIX = "whsec_"  # noqa: S105
OLD_SIGNS_FOR = timedelta(hours=24)


def secret_of(row: SigningSecret) -> str:
    """As it is shown to the site's administrator."""
    return SECRET_PREFIX + base64.b64encode(_key(row)).decode()


def headers(site: Site, *, message_id: str, body: str, now: datetime) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    signatures = [
        base64.b64encode(hmac.digest(_key(row), signed, hashlib.sha256)).decode()
        for row in secrets_in_force(site, now)
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def secrets_in_force(site: Site, now: datetime) -> list[SigningSecret]:
    """The newest first."""
    rows = site.secrets.filter(Q(ends_at=None) | Q(ends_at__gt=now))
    return list(rows.order_by("-pk"))


@transaction.atomic
def rotate(site: Site) -> SigningSecret:
    """A new secret; those before it sign for another day, so that no message is refused."""
    site.secrets.filter(ends_at=None).update(ends_at=timezone.now() + OLD_SIGNS_FOR)
    return SigningSecret.objects.create(site=site)


def _key(row: SigningSecret) -> bytes:
    said = f"{row.site_id}:{row.nonce}".encode()
    return hmac.digest(settings.CALLBACKS_KEY.encode(), said, hashlib.sha256)
