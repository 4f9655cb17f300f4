"""What the rows say after a round of the storm: everything sold once, nothing lost, no invariant broken."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection
from django.db.models import Count, Sum

from benchmarks.shelf import EMAIL
from benchmarks.tally import Tally
from core.integrity import check_integrity
from core.outbox.relay import run_once
from inventory.models import StockItem
from orders.models import Order, OrderLine
from orders.states import OrderStatus

# What a violation begins with.
KINDS = ("oversold", "unsold", "negative", "lost reservation", "lost", "orphan", "two orders", "drift", "error")
_CHECK = "inventory_stockitem_not_oversold"


def deadlocks() -> int:
    """How many the database has had to break up so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def violations(*, variants: Collection[UUID], units: int, tally: Tally) -> list[str]:
    """A sentence for each thing that is not as it has to be when `units` of each variant were to be sold."""
    run_once()
    report = check_integrity(limit=3)
    return [
        *_of_sales(variants, units),
        *_of_stock(variants, units),
        *_of_orders(variants, tally),
        *(f"error: {error}" for error in tally.broken),
        *(f"drift: {one.code}, {one.violations} rows, {one.examples}" for one in report.drifted),
        *(f"drift: {one.code} could not be checked: {one.error}" for one in report.failed),
    ]


def _of_sales(variants: Collection[UUID], units: int) -> Iterator[str]:
    lines = OrderLine.objects.filter(variant__in=variants).exclude(order__status=OrderStatus.CANCELLED)
    sold = dict(lines.order_by().values_list("variant_id").annotate(units=Sum("quantity")))
    for variant in variants:
        number = sold.get(variant, 0)
        if number != units:
            yield f"{'oversold' if number > units else 'unsold'}: {number} of {units} units of {variant}"


def _of_stock(variants: Collection[UUID], units: int) -> Iterator[str]:
    left: dict[UUID, int] = defaultdict(int)
    items = StockItem.objects.filter(variant__in=variants)
    items = items.annotate(promised=Sum("reservations__quantity", default=0), holds=Count("reservations__expires_at"))
    for item in items:
        left[item.variant_id] += item.on_hand
        if min(item.reserved, item.available) < 0:
            yield f"negative: {item.reserved} of {item.on_hand} reserved at {item.pk}"
        if item.reserved != item.promised:
            yield f"lost reservation: {item.reserved} reserved at {item.pk}, {item.promised} promised"
        if item.holds:
            yield f"orphan: {item.holds} holds left at {item.pk}"
    moved = StockItem.objects.filter(variant__in=variants, moves__kind="shipment").order_by()
    sent = dict(moved.values_list("variant_id").annotate(units=-Sum("moves__quantity")))
    for variant in variants:
        if left[variant] + sent.get(variant, 0) != units:
            yield f"lost: {left[variant]} units of {variant} on hand and {sent.get(variant, 0)} sent, of {units}"


def _of_orders(variants: Collection[UUID], tally: Tally) -> Iterator[str]:
    told: dict[UUID, set[UUID]] = defaultdict(set)
    for cart, order in tally.answers:
        told[cart].add(order)
    yield from (f"two orders: cart {cart} was told {orders}" for cart, orders in told.items() if len(orders) > 1)
    made = Order.objects.filter(lines__variant__in=variants).distinct()
    carts = made.order_by().values_list("cart_id").annotate(orders=Count("pk", distinct=True)).filter(orders__gt=1)
    yield from (f"two orders: {orders} of cart {cart}" for cart, orders in carts)
    live = set(made.exclude(status=OrderStatus.CANCELLED).values_list("pk", flat=True))
    kept = set(tally.kept)
    yield from (f"lost: order {order} was promised and is gone" for order in kept - live)
    yield from (f"orphan: order {order} has units and no shopper" for order in live - kept)


@contextmanager
def unguarded(*, check: bool) -> Iterator[None]:
    """Room for a storm that breaks things: its rows are gone afterwards. With `check` the CHECK on stock is off.

    Raises SystemExit where others have ordered, as their orders would go, too.
    """
    if Order.objects.exclude(email=EMAIL).exists():
        raise SystemExit("This shop has orders of its own. Give DATA_DIR a directory that is only for the storm.")
    if check:
        _execute(f"ALTER TABLE inventory_stockitem DROP CONSTRAINT {_CHECK}")
    try:
        yield
    finally:
        _execute("TRUNCATE inventory_stockitem, orders_order, carts_cart CASCADE")
        if check:
            [constraint] = [one for one in StockItem._meta.constraints if one.name == _CHECK]
            with connection.schema_editor() as editor:
                editor.add_constraint(StockItem, constraint)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
