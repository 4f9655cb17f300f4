"""What a customer may like: products of the categories they bought most of, as far as they can be bought."""

from uuid import UUID

from django.conf import settings
from django.db.models import IntegerField, Max, QuerySet, Sum, Value

from accounts.models import User
from catalog.filters import in_stock
from catalog.querysets import ProductQuerySet
from catalog.reads.summaries import ProductSummary, product_summaries
from catalog.selectors import products_on_sale
from inventory.selectors import available_by_variant
from orders.models import OrderLine
from orders.selectors import orders_of
from orders.states import OrderStatus

# What was bought before these says little, and reading it would take longest for the best customers.
_RECENT_ORDERS = 100
_CATEGORIES = 3


def recommended_products(*, customer: User) -> list[ProductSummary]:
    """RECOMMENDATIONS_PER_USER products, the best first.

    The categories of which the customer ordered most units lately come first, the newest product of each first; what
    was ordered is left out. The newest products of the shop fill up what is missing. Four queries.
    """
    limit = settings.RECOMMENDATIONS_PER_USER
    recent = orders_of(customer).exclude(status=OrderStatus.CANCELLED).order_by("-placed_at", "-id")
    lines = OrderLine.objects.filter(order__in=recent.values("pk")[:_RECENT_ORDERS], variant__isnull=False)
    buyable = products_on_sale().filter(in_stock())
    new_to_them = buyable.exclude(pk__in=lines.values("variant__product_id"))
    return product_summaries(_picked(new_to_them, _favourites(lines), limit), available=available_by_variant)


def _favourites(lines: QuerySet[OrderLine]) -> list[UUID]:
    category = "variant__product__category_id"
    ranked = lines.order_by().values(category).annotate(units=Sum("quantity"), last=Max("order__placed_at"))
    return list(ranked.order_by("-units", "-last", category).values_list(category, flat=True)[:_CATEGORIES])


def _picked(products: ProductQuerySet, categories: list[UUID], limit: int) -> list[UUID]:
    """The ids from all shelves in one query; each shelf alone can use its index and stop early."""
    shelves = [*(products.filter(category=category) for category in categories), products]
    first, *others = [
        shelf.annotate(rank=Value(rank, output_field=IntegerField()))
        .order_by("-created_at", "-id")
        .values_list("rank", "created_at", "pk")[:limit]
        for rank, shelf in enumerate(shelves)
    ]
    rows = sorted(first.union(*others, all=True), key=lambda row: (-row[0], row[1], row[2]), reverse=True)
    return list(dict.fromkeys(pk for _rank, _created_at, pk in rows))[:limit]
