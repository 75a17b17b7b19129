"""Whose request this is, as far as the network tells."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the last machine that is not one of our own proxies.

    Everything further left in X-Forwarded-For was written by the client and may be a lie, so it is
    read from the right, by exactly as many steps as there are proxies in front of us.
    """
    claimed = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.TRUSTED_PROXIES
    if proxies:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= proxies:
            claimed = hops[-proxies].strip()
    return _person(claimed)


@lru_cache(maxsize=4096)
def _person(claimed: str) -> str:
    """One household has one IPv4 address but 2^64 of IPv6: those count as one."""
    try:
        address = ip_address(claimed)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
