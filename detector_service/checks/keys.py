"""API keys: shown once, kept as a hash, limited to scopes, revocable."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from detector_service.checks.models import ApiKey
from detector_service.checks.problems import Refused

KEY_PREFIX = "dfc_"
LAST_USED_EVERY = timedelta(minutes=10)
PAIRING_VALID_FOR_S = 300
_LONGEST_KEY = 100


class Scope(StrEnum):
    """What a key lets its holder do."""

    CHECK_WRITE = "check:write"  # ask for a check, cancel one's own
    CHECK_READ = "check:read"  # read a check, its pictures and its finding
    VERDICTS_READ = "verdicts:read"  # look up known verdicts by hash prefix
    CONTEST_WRITE = "contest:write"  # say that a verdict is wrong
    UPLOADS_WRITE = "uploads:write"  # ask for a site, by file or by address
    TOKENS_WRITE = "tokens:write"  # make tokens for a site's pages


#: What the extension and a person's own programs need.
PERSONAL = (Scope.CHECK_WRITE, Scope.CHECK_READ, Scope.VERDICTS_READ, Scope.CONTEST_WRITE)


def issue_key(*, owner: User, name: str, scopes: Iterable[str] = PERSONAL) -> tuple[ApiKey, str]:
    """The row, and the key itself: nobody can read it again after this."""
    plain = KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        owner=owner,
        name=name,
        prefix=plain[: len(KEY_PREFIX) + 6],
        key_sha256=_sha256(plain),
        scopes=[Scope(scope).value for scope in scopes],
    )
    return key, plain


def find_key(plain: str) -> ApiKey | None:
    """The key that this is, unless it is unknown, revoked, or whose it is has been closed."""
    if not plain.startswith(KEY_PREFIX) or len(plain) > _LONGEST_KEY or not plain.isascii():
        return None
    digest = _sha256(plain)
    key = (
        ApiKey.objects.select_related("owner")
        .filter(
            Q(site_key=None) | Q(site_key__site__is_open=True),
            key_sha256=digest,
            revoked_at=None,
            owner__is_active=True,
        )
        .first()
    )
    # The look-up is by the hash of a long random secret, so its timing tells nothing of the key.
    if key is None or not hmac.compare_digest(key.key_sha256, digest):
        return None
    _note_use(key)
    return key


def revoke(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    key.refresh_from_db(fields=["revoked_at"])


def offer_pairing(*, owner: User, name: str) -> str:
    """A code that a browser can turn into a key, once and within minutes: no key in any link."""
    code = secrets.token_urlsafe(24)
    cache.set(_pairing(code), (owner.pk, name), PAIRING_VALID_FOR_S)
    return code


def claim_pairing(code: str) -> tuple[ApiKey, str]:
    """``Refused`` if the code is unknown, used or too old."""
    offered = cache.get(_pairing(code))
    # Of two who claim at once, only one deletes.
    if offered is None or not cache.delete(_pairing(code)):
        raise Refused("pairing.invalid")
    owner_pk, name = offered
    owner = User.objects.filter(pk=owner_pk, is_active=True).first()
    if owner is None:
        raise Refused("pairing.invalid")
    return issue_key(owner=owner, name=name)


def _pairing(code: str) -> str:
    return f"pairing:{_sha256(code)}"


def _note_use(key: ApiKey) -> None:
    """At most one write in ten minutes: reading with a key must not become a write."""
    now = timezone.now()
    stale = now - LAST_USED_EVERY
    if key.last_used_at is None or key.last_used_at < stale:
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=stale), pk=key.pk).update(
            last_used_at=now
        )


def _sha256(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
