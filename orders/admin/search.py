"""The one box that finds orders, people, products and SKUs; each only for those who may see it."""

from collections.abc import Callable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _now
from unfold.dataclasses import SearchResult

from accounts.models import User
from catalog.models import Product, Variant
from core.text.cleaning import visible
from core.text.codes import plain_code
from orders.models import Order
from orders.selectors import numbers_beginning

_SHOWN = 8


def find_anywhere(request: HttpRequest, term: str) -> list[SearchResult]:
    """unfold's search_callback. One query a kind, each by an index; orders and SKUs by how they begin."""
    term = visible(term)
    if len(term) < 2:
        return []
    return [
        result
        for model, find in _FINDERS.items()
        if any(request.user.has_perm(f"{model.split('.')[0]}.{do}_{model.split('.')[1]}") for do in ("view", "change"))
        for result in find(term)
    ]


def _orders(term: str) -> list[SearchResult]:
    found = Order.objects.filter(numbers_beginning(term)).order_by("number")
    return [
        SearchResult(order.number, _now("Order"), reverse("admin:orders_order_change", args=[order.pk]), "receipt_long")
        for order in found[:_SHOWN]
    ]


def _people(term: str) -> list[SearchResult]:
    found = User.objects.filter(email__startswith=term.lower()).order_by("email")
    return [
        SearchResult(
            str(person.email),
            person.get_full_name() or _now("Customer"),
            reverse("admin:accounts_user_change", args=[person.pk]),
            "person",
        )
        for person in found[:_SHOWN]
    ]


def _variants(term: str) -> list[SearchResult]:
    # Two ranges of the index on the SKU; a comparison without case would read every row.
    code = plain_code(term)
    found = Variant.objects.filter(sku__startswith=code.upper()) | Variant.objects.filter(sku__startswith=code)
    return [
        SearchResult(
            variant.sku,
            variant.product.name,
            reverse("admin:catalog_product_change", args=[variant.product_id]),
            "barcode",
        )
        for variant in found.select_related("product").order_by("sku")[:_SHOWN]
    ]


def _products(term: str) -> list[SearchResult]:
    found = Product.objects.matching(term).order_by("-created_at", "-id")
    return [
        SearchResult(product.name, _now("Product"), reverse("admin:catalog_product_change", args=[product.pk]), "sell")
        for product in found[:_SHOWN]
    ]


_FINDERS: dict[str, Callable[[str], list[SearchResult]]] = {
    "orders.order": _orders,
    "accounts.user": _people,
    "catalog.variant": _variants,
    "catalog.product": _products,
}
