"""How lists of products are narrowed and sorted, by the API and on pages."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as InvalidGtin
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError

from catalog.gtins import validate_gtin, with_gtins
from catalog.models import Category, Variant
from catalog.querysets import ProductQuerySet
from catalog.selectors import descendant_ids
from core import clock
from core.api.filters import TruthFilter, UpdatedSinceFilter
from core.api.keys import by_id_or_slug
from core.errors import InvalidInput
from core.money import Money
from core.text.codes import bare_code

ORDERINGS = {
    "newest": ("-created_at", "-id"),
    "price": ("from_price_minor", "id"),
    "-price": ("-from_price_minor", "id"),
}
ORDERING_CHOICES = [
    ("newest", _("Newest")),
    ("price", _("Price: low to high")),
    ("-price", _("Price: high to low")),
]


def in_stock() -> Q:
    """Products with an active variant of which there is something left to sell, now or to come."""
    free = Q(
        stock_items__on_hand__gt=F("stock_items__reserved")
        + F("stock_items__backordered")
        - F("stock_items__backorder_limit")
    )
    # A hold that has run out and was not swept away yet gives something back.
    run_out = Variant.objects.filter(
        stock_items=OuterRef("stock_items"), stock_items__reservations__expires_at__lte=clock.now()
    )
    sellable = Variant.objects.filter(free | Exists(run_out), is_active=True, stock_items__location__is_active=True)
    return Q(pk__in=sellable.values("product_id"))


class ProductFilter(filters.FilterSet):
    """Narrows products on sale; prices are those of the cheapest active variant."""

    category = filters.CharFilter(
        method="of_category",
        max_length=220,
        help_text="Id or slug of a category. Products of its subcategories are included.",
    )
    q = filters.CharFilter(
        method="matching",
        max_length=200,
        help_text="Words of name, brand, tags, categories or options in any language, or how a SKU or GTIN begins.",
    )
    gtin = filters.CharFilter(
        method="of_gtin", max_length=60, help_text="Number below a variant's bar code, with or without blanks."
    )
    brand = filters.CharFilter(lookup_expr="iexact", max_length=120)
    min_price = filters.CharFilter(method="at_least", max_length=40, help_text="In the shop's currency: 12.50")
    max_price = filters.CharFilter(method="at_most", max_length=40, help_text="In the shop's currency: 12.50")
    in_stock = TruthFilter(method="with_stock")
    ordering = filters.ChoiceFilter(method="ordered", choices=ORDERING_CHOICES)

    def of_category(self, products: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        category = Category.objects.active().filter(by_id_or_slug(value)).first()
        if category is None:
            raise ValidationError({name: [_("There is no such category.")]}, code="unknown_category")
        return products.filter(category__in=descendant_ids(category.pk))

    def of_gtin(self, products: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        try:
            validate_gtin(bare_code(value))
        except InvalidGtin as error:
            raise ValidationError({name: error.messages}, code="invalid_gtin") from error
        return products.filter(pk__in=Variant.objects.filter(with_gtins([value])).values("product_id"))

    def matching(self, products: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        return products.matching(value)

    def at_least(self, products: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        return products.filter(from_price_minor__gte=_price(name, value))

    def at_most(self, products: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        return products.filter(from_price_minor__lte=_price(name, value))

    def with_stock(self, products: ProductQuerySet, name: str, value: bool) -> ProductQuerySet:
        return products.filter(in_stock() if value else ~in_stock())

    def ordered(self, products: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        return products.order_by(*ORDERINGS[value])


class ProductListFilter(ProductFilter):
    """How the API's list is narrowed: as on pages, and to what has changed."""

    updated_since = UpdatedSinceFilter()


def _price(name: str, value: Any) -> int:
    try:
        minor = Money.parse(value, settings.SHOP_CURRENCY).minor
    except InvalidInput as error:
        raise ValidationError({name: [str(error)]}, code=error.code) from error
    if minor < 0:
        raise ValidationError({name: [str(InvalidInput.message)]}, code="invalid_amount")
    return minor
