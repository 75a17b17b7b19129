"""A token that may stand in a page where a key may not: short-lived, and good for one posting.

Signed, not stored. That it was used is kept by the database: two postings cannot have its nonce.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from detector_service.checks.keys import Scope
from detector_service.checks.problems import Refused
from detector_service.posters.models import SiteKey, new_nonce

TOKEN_PREFIX = "dfp_"  # noqa: S105
READABLE_FOR_S = 48 * 3600  # its own posting, once made: an upload may take its time
_SALT = "detector_service.posters.page_token"
_LONGEST_TOKEN = 2000


@dataclass(frozen=True, slots=True)
class PageToken:
    site_key: SiteKey
    origin: str
    nonce: str
    reference: str
    sha256: str  # empty: any one file, or one address
    language: str
    is_fresh: bool  # may still make its posting


def mint(*, site_key: SiteKey, origin: str, reference: str, sha256: str, language: str) -> str:
    if not site_key.site.origins.filter(origin=origin).exists():
        raise Refused("token.mismatch", "origin: not one that is registered with the site")
    said = [site_key.pk, origin, new_nonce(), reference, sha256, language]
    return TOKEN_PREFIX + signing.dumps(said, salt=_SALT, compress=True)


def read(token: str, *, origin: str) -> PageToken:
    """``Refused`` unless it is whole, young, asked from its own page, and its key still good."""
    if len(token) > _LONGEST_TOKEN:
        raise Refused("token.invalid")
    signed = token.removeprefix(TOKEN_PREFIX)
    try:
        said = signing.loads(signed, salt=_SALT, max_age=READABLE_FOR_S)
        is_fresh = _is_fresh(signed)
    except signing.BadSignature:
        raise Refused("token.invalid") from None
    key_pk, bound_to, nonce, reference, sha256, language = said
    site_key = (
        SiteKey.objects.select_related("site__owner", "key__owner")
        .filter(pk=key_pk, key__revoked_at=None, site__is_open=True)
        .first()
    )
    if site_key is None or not _scopes(site_key.key.scopes) >= {Scope.UPLOADS_WRITE}:
        raise Refused("token.invalid")
    if origin != bound_to or not site_key.site.origins.filter(origin=origin).exists():
        raise Refused("token.mismatch", "origin: not the one that the token was made for")
    return PageToken(
        site_key=site_key,
        origin=bound_to,
        nonce=nonce,
        reference=reference,
        sha256=sha256,
        language=language,
        is_fresh=is_fresh,
    )


def _is_fresh(signed: str) -> bool:
    try:
        signing.loads(signed, salt=_SALT, max_age=settings.PAGE_TOKEN_S)
    except signing.SignatureExpired:
        return False
    return True


def _scopes(scopes: Iterable[str]) -> set[str]:
    return set(scopes)
