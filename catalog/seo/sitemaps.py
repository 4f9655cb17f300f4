"""What the shop tells robots: where they may look, and every category and product in each language.

Django's own sitemaps read all products into memory before they show one page of them, so these page in the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.conf import settings
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog.models import Product
from catalog.selectors import category_tree

# Of three languages each with its alternates; a sitemap may have 50,000 addresses and 50 MB.
PRODUCTS_A_PAGE = 2000
# What shoppers keep to themselves, and what is endless.
_NOT_FOR_ROBOTS = ("account", "cart", "checkout", "orders", "search")

_kept_an_hour = cache_control(public=True, max_age=3600)


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in all languages: pairs of language code and absolute address."""

    addresses: list[tuple[str, str]]
    changed_at: datetime | None

    @property
    def default(self) -> str:
        """For readers of any other language."""
        return dict(self.addresses)[settings.LANGUAGE_CODE]


@require_safe
@_kept_an_hour
def robots(request: HttpRequest) -> HttpResponse:
    """Which pages are not for robots, and where the sitemap is."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /api/"]
    lines += [f"Disallow: /{code}/{area}/" for code, _name in settings.LANGUAGES for area in _NOT_FOR_ROBOTS]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@_kept_an_hour
def index(request: HttpRequest) -> HttpResponse:
    """The sitemaps of which this one is made. One query."""
    pages = max(1, ceil(Product.objects.on_sale().order_by().count() / PRODUCTS_A_PAGE))
    paths = [reverse("sitemap_categories")]
    paths += [reverse("sitemap_products", args=[number]) for number in range(1, pages + 1)]
    return _xml(request, "index", {"addresses": [request.build_absolute_uri(path) for path in paths]})


@require_safe
@_kept_an_hour
def categories(request: HttpRequest) -> HttpResponse:
    """The home page and every category that shoppers see. Two queries."""
    newest = Product.objects.on_sale().order_by().aggregate(at=Max("updated_at"))["at"]
    entries = [_entry(request, "catalog:home", [], newest)]
    entries += [_entry(request, "catalog:category", [one.slug], one.updated_at) for one in category_tree()]
    return _urls(request, entries)


@require_safe
@_kept_an_hour
def products(request: HttpRequest, page: int) -> HttpResponse:
    """One page of the products on sale. One query."""
    first = (page - 1) * PRODUCTS_A_PAGE
    rows = Product.objects.on_sale().order_by("pk").values_list("slug", "updated_at")
    entries = [
        _entry(request, "catalog:product", [slug], changed_at)
        for slug, changed_at in rows[first : first + PRODUCTS_A_PAGE]
    ]
    if page != 1 and not entries:
        raise Http404
    return _urls(request, entries)


def _entry(request: HttpRequest, view: str, arguments: list[str], changed_at: datetime | None) -> Entry:
    addresses = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            addresses.append((code, request.build_absolute_uri(reverse(view, args=arguments))))
    return Entry(addresses, changed_at)


def _urls(request: HttpRequest, entries: Iterable[Entry]) -> HttpResponse:
    return _xml(request, "urls", {"entries": entries})


def _xml(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    return render(request, f"sitemaps/{name}.xml", context, content_type="application/xml; charset=utf-8")
