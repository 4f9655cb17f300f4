"""Addresses of this shop for readers elsewhere."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language

_PLACE = "slug"


def shop_url(address: str) -> str:
    """The whole address of a page of this shop, for mails: of settings.SHOP_URL, whatever host `address` may name.

    A request's host is for who sent the request; what another reads and follows must not be told by it.
    """
    path = urlsplit(address)._replace(scheme="", netloc="").geturl()
    return f"{settings.SHOP_URL.rstrip('/')}{path}"


def page_path(view: str, slug: str) -> str:
    """The path of a view whose address has one slug, as reverse() gives it, which looks the view up each time."""
    before, after = _around(view, get_language(), get_script_prefix())
    return f"{before}{slug}{after}"


@cache
def _around(view: str, language: str | None, prefix: str) -> tuple[str, str]:
    """What stands before and after the slug, which is not of this language and below this prefix alone."""
    before, _slug, after = reverse(view, args=[_PLACE]).rpartition(_PLACE)
    return before, after
