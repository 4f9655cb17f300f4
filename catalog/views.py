"""The pages where a shopper looks around: home, category, product, search."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.forms import ListingForm
from catalog.models import Product
from catalog.querysets import ProductQuerySet
from catalog.reads.brands import brands_of
from catalog.reads.details import ProductDetail, VariantDetail, product_detail
from catalog.reads.navigation import Node, node_of, path_to
from catalog.reads.places import PlacePaginator
from catalog.reads.summaries import ProductSummary, product_summaries
from catalog.selectors import active_category, products_in, related_products, search_products
from catalog.seo.structured_data import breadcrumb_data, product_data, shop_data
from core.shop import SHOP_NAME
from core.web.caching import public_page
from inventory.selectors import available_by_variant, stock_of
from inventory.shop_settings import LOW_STOCK_UNITS, UNITS_LEFT_SHOWN
from notifications.views import notice_context

PAGE_SIZE = 24
_SHELF = 8
_SUGGESTIONS = 6
_QUERY_LENGTH = 100


@public_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is recommended, what is new, and the ways into the catalogue."""
    products = Product.objects.on_sale().values_list("pk", flat=True)
    featured = list(products.filter(is_featured=True)[:_SHELF])
    newest = [one for one in products[: 2 * _SHELF] if one not in featured][:_SHELF]
    shown = product_summaries([*featured, *newest], available=available_by_variant)
    context = {
        "featured": shown[: len(featured)],
        "newest": shown[len(featured) :],
        "canonical": _canonical(request),
        "data": shop_data(request, SHOP_NAME.text),
    }
    return render(request, "catalog/home.html", context)


@public_page
@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The products of a category and everything below it."""
    found = active_category(slug)
    if found is None:
        raise Http404
    node = node_of(found.pk)
    context = {
        "category": found,
        "children": node.children if node else [],
        "crumbs": _crumbs(path_to(found.pk)[:-1]),
    }
    return _listing(request, products_in(found.subtree), "catalog/category.html", context)


@public_page
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The products that match what was typed."""
    text = _typed(request)
    return _listing(request, search_products(text), "catalog/search.html", {"search_text": text})


@public_page
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The first products for the letters typed so far, as a fragment below the search box."""
    text = _typed(request)
    found = search_products(text).values_list("pk", flat=True)[:_SUGGESTIONS] if len(text) > 1 else []
    context = {"products": product_summaries(found, available=None), "search_text": text}
    return render(request, "catalog/suggestions.html", context)


@public_page
@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product; `?variant=` names the variant whose price and availability are shown."""
    found = product_detail(slug)
    if found is None or not found.is_on_sale or found.slug != slug:
        raise Http404
    found, related = _with_related(found)
    chosen = _chosen(found.variants, request.GET.get("variant"))
    context = {"product": found, "chosen": chosen, "low_stock": LOW_STOCK_UNITS.value if UNITS_LEFT_SHOWN.value else 0}
    if not chosen.available:
        context |= notice_context(request, chosen.id)
    if request.htmx and not request.htmx.history_restore_request:
        return _varying(render(request, "catalog/chosen.html", context))
    context |= {
        "related": related,
        "crumbs": _crumbs(path_to(found.category.id)),
        "canonical": _canonical(request),
        "image": next((request.build_absolute_uri(one.large_url) for one in found.images), ""),
    }
    way = [*context["crumbs"], (found.name, request.path)]
    context["data"] = [product_data(request, found), breadcrumb_data(request, _from_home(way))]
    return _varying(render(request, "catalog/product.html", context))


def _listing(request: HttpRequest, products: ProductQuerySet, template: str, context: dict[str, Any]) -> HttpResponse:
    name = ":".join([str(context["category"].pk) if "category" in context else "", context.get("search_text", "")])
    form = ListingForm(request.GET, brands=brands_of(products, name=name) if name != ":" else ())
    page = PlacePaginator(form.apply(products).places, PAGE_SIZE).get_page(request.GET.get("page"))
    products_shown = product_summaries((place.id for place in page), available=available_by_variant)
    context |= {"form": form, "page": page, "products": products_shown, "is_filtered": form.narrows}
    if request.htmx and not request.htmx.history_restore_request:
        return _varying(render(request, "catalog/results.html", context))
    page_query = f"?page={page.number}" if page.number > 1 else ""
    context |= {"canonical": _canonical(request) + page_query, "page_query": page_query}
    context |= {"image": _first_picture(request, products_shown), "data": _listing_data(request, context)}
    return _varying(render(request, template, context))


def _with_related(product: ProductDetail) -> tuple[ProductDetail, list[ProductSummary]]:
    """The product with its stock, and others of its category; one query reads the stock of all."""
    related = product_summaries(related_products(product.id, product.category.id), available=None)
    stock = stock_of([*product.variant_ids, *(variant_id for one in related for variant_id in one.variant_ids)])
    return product.with_stock(stock), [one.with_stock(stock) for one in related]


def _chosen(variants: Sequence[VariantDetail], wanted: str | None) -> VariantDetail:
    """The variant asked for, else the first that can be bought, else the first."""
    asked = next((one for one in variants if str(one.id) == wanted), None)
    return asked or next((one for one in variants if one.available), variants[0])


def _typed(request: HttpRequest) -> str:
    # PostgreSQL takes no NUL character in a text.
    return request.GET.get("q", "").replace("\x00", "").strip()[:_QUERY_LENGTH]


def _crumbs(path: list[Node]) -> list[tuple[str, str]]:
    return [(node.name, node.url) for node in path]


def _from_home(way: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(_("Home"), reverse("catalog:home")), *way]


def _listing_data(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any] | None:
    """The way to a category; search engines are not shown searches."""
    if found := context.get("category"):
        return breadcrumb_data(request, _from_home([*context["crumbs"], (found.name, request.path)]))
    return None


def _first_picture(request: HttpRequest, products: list[ProductSummary]) -> str:
    return next((request.build_absolute_uri(one.image.large_url) for one in products if one.image), "")


def _canonical(request: HttpRequest) -> str:
    """This page's address without what only sorts or filters it."""
    return request.build_absolute_uri(request.path)


def _varying(response: HttpResponse) -> HttpResponse:
    # The same address answers a fragment to HTMX and a page to everybody else.
    patch_vary_headers(response, ["HX-Request"])
    return response
