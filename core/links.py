"""Addresses of this shop for readers elsewhere."""

from urllib.parse import urlsplit

from django.conf import settings


def shop_url(address: str) -> str:
    """The whole address of a page of this shop, for mails: of settings.SHOP_URL, whatever host `address` may name.

    A request's host is for who sent the request; what another reads and follows must not be told by it.
    """
    path = urlsplit(address)._replace(scheme="", netloc="").geturl()
    return f"{settings.SHOP_URL.rstrip('/')}{path}"
