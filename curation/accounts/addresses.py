"""By which address a client counts: one answer for all that counts by address."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings

IPV6_PREFIX = 64  # what one customer of a network has at least


def client_of(environ: Mapping[str, Any]) -> str:
    """The address that a request counts for: the sender's, behind a proxy the one that the proxy names.

    Of an IPv6 address the network, since one computer has all addresses in it; an IPv4 address in the form of an IPv6 one is
    that IPv4 address.
    """
    named = environ.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    text = str(named.rpartition(",")[2].strip() or environ.get("REMOTE_ADDR", ""))
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> IPV6_PREFIX << IPV6_PREFIX))
