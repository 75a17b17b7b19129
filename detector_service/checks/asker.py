"""Who asks: a program with a key, or a browser known by nothing but a keyed hash of its address."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from detector_service.checks.models import ApiKey, Check


@dataclass(frozen=True, slots=True)
class Asker:
    key: ApiKey | None = None
    address_sha256: str = ""

    def is_owner_of(self, check: Check, *, cancel_token: str = "") -> bool:
        """By the key that asked, or by the token that only the creator's answer carried."""
        if self.key is not None and check.asked_by_id == self.key.pk:
            return True
        return bool(cancel_token and check.cancel_token_sha256) and hmac.compare_digest(
            hash_of_token(cancel_token), check.cancel_token_sha256
        )

    def asked_for(self, check: Check) -> bool:
        """Whether this is, as far as we can know, the one who asked first."""
        if self.key is not None:
            return check.asked_by_id == self.key.pk
        return bool(self.address_sha256) and self.address_sha256 == check.asked_from_sha256


def hash_of_address(address: str) -> str:
    """A network address, so that it can be counted but not read back without our secret."""
    return salted_hmac("detector_service.asker", address, algorithm="sha256").hexdigest()


def hash_of_owner(owner_pk: int) -> str:
    """Whoever owns the key, whichever key it is."""
    return hash_of_address(f"owner of keys {owner_pk}")


def hash_of_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
