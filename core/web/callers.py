"""From which address a request comes, asked in one place: limits, lists of devices and records must not differ."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

# Who has one IPv6 address has a whole network of them.
_IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str | None:
    """The caller's address in its canonical form; None for a socket that has none.

    Of X-Forwarded-For counts only what the TRUSTED_PROXY_COUNT proxies before us have added, from the right; whatever
    stands left of it was the caller's to write. A header that is too short did not come through them.
    """
    proxies: int = settings.TRUSTED_PROXY_COUNT
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    forwarded = _parsed(hops[-proxies]) if 0 < proxies <= len(hops) else None
    return forwarded or _parsed(request.META.get("REMOTE_ADDR", ""))


def client_network(request: HttpRequest) -> str:
    """What limits count by: the address, of IPv6 its network; empty without an address."""
    address = client_address(request) or ""
    return str(ipaddress.ip_network(f"{address}/{_IPV6_PREFIX}", strict=False)) if ":" in address else address


def guest_key(request: HttpRequest) -> str:
    """What stands for a guest's address in rows that need not show it."""
    return salted_hmac("core.web.callers.guest", client_network(request), algorithm="sha256").hexdigest()[:40]


def _parsed(text: str) -> str | None:
    """The address in what a server wrote, which may have added a port to it; None if there is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both protocols names IPv4 callers so.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
