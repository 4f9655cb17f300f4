"""Sample data in bulk: as many rows as one asks for, as consistent as those of real shoppers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.db.models import Count, F, Q, Sum

from accounts.models import Address, User
from catalog.models import Product, ProductImage, Variant
from inventory.models import Location, Reservation, StockItem, StockMove
from orders.models import Order, OrderLine, OrderTransition
from payments.models import Payment, PaymentTransaction
from pricing.calculator import calculate
from pricing.context import BuyerFacts, PricingContext, PricingLine, RateTable
from pricing.destinations import Destination
from pricing.selectors import tax_rules_for
from sampledata.bulk.loader import Filled, Sizes, fill_shop
from shipping.models import Shipment, ShippingMethod
from tests.sampledata.test_demo_shop import store_blank_pictures

pytestmark = pytest.mark.django_db

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
SIZES = Sizes(products=200, customers=100, orders=500)
TABLES: tuple[type[models.Model], ...] = (
    Address, Location, Order, OrderLine, OrderTransition, Payment, PaymentTransaction, Product, ProductImage,
    Reservation, Shipment, StockItem, StockMove, User, Variant,
)  # fmt: skip
# They belong to the database, not to the seed.
BY_DATABASE = {"updated_at", "category_id", "method_id"}


def fill(*, sizes: Sizes = SIZES, seed: int = 7, **options: Any) -> Filled:
    store_blank_pictures()
    return fill_shop(sizes=sizes, seed=seed, until=UNTIL, **options)


def rows() -> dict[str, list[dict[str, Any]]]:
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in BY_DATABASE}
            for row in seeded(model).order_by("pk").values()
        ]
        for model in TABLES
    }


def seeded(model: type[models.Model]) -> models.QuerySet[Any]:
    """All rows, but of locations the seed's own: the others are the demo shop's."""
    rows = model._default_manager.all()
    return rows.filter(source_key__endswith="-warehouse") if model is Location else rows


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_there_are_as_many_as_asked_for() -> None:
    fill()

    assert [Product.objects.count(), User.objects.count(), Order.objects.count()] == [200, 100, 500]


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    with rolled_back():
        fill()
        first = rows()
    with rolled_back():
        fill()
        assert rows() == first
    fill(seed=8)
    assert rows()["Order"] != first["Order"]


def test_a_second_run_changes_nothing() -> None:
    fill()
    before = rows()

    assert all(part.added == 0 for part in fill().parts)
    assert rows() == before


def stop_at_200_orders(name: str, done: int, _wanted: int) -> None:
    """Progress at which somebody presses Ctrl-C."""
    if name == "orders" and done == 200:
        raise KeyboardInterrupt


def test_a_killed_run_is_continued_to_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sampledata.bulk.loader.ORDERS_A_BATCH", 200)
    with rolled_back():
        fill()
        whole = rows()
    with pytest.raises(KeyboardInterrupt):
        fill(progress=stop_at_200_orders)
    assert Order.objects.count() == 200
    fill()
    assert rows() == whole


def test_stock_is_the_sum_of_its_moves_and_reserved_that_of_its_reservations() -> None:
    fill()
    moved = dict(StockMove.objects.values_list("stock_item").annotate(Sum("quantity")))
    held = dict(Reservation.objects.values_list("stock_item").annotate(Sum("quantity")))

    assert held
    for item in StockItem.objects.all():
        assert (item.on_hand, item.reserved) == (moved.get(item.pk, 0), held.get(item.pk, 0))


def test_paid_and_refunded_are_the_sums_of_the_ledger() -> None:
    fill()
    of_kind = {kind: Q(payments__transactions__kind=kind) for kind in ("capture", "refund")}
    amount = "payments__transactions__amount_minor"
    summed = Order.objects.annotate(
        captured=Sum(amount, filter=of_kind["capture"], default=0),
        given=Sum(amount, filter=of_kind["refund"], default=0),
    )

    assert summed.filter(captured__gt=0).exists()
    assert not summed.exclude(captured=F("paid_minor"), given=F("refunded_minor")).exists()


def test_every_order_is_priced_as_the_calculator_prices_it() -> None:
    fill()
    methods = {method.code: method for method in ShippingMethod.objects.all()}
    for order in Order.objects.prefetch_related("lines__variant__product"):
        lines = [
            PricingLine(str(one.pk), one.unit_price, one.quantity, one.variant.product.tax_class)
            for one in order.lines.all()
            if one.variant
        ]
        destination = Destination.of(order.shipping_address)
        rate = replace(methods[order.shipping_method].rate, label=order.shipping_method_name)
        context = PricingContext(
            currency=order.currency,
            lines=tuple(lines),
            buyer=BuyerFacts(order.customer_id),
            destination=destination,
            taxes=tax_rules_for(destination),
            now=order.placed_at,
            shipping=RateTable((rate,), rate.code),
        )
        totals = calculate(context)

        assert (order.total, order.tax) == (totals.total, totals.tax)
        assert order.price_steps == [step.as_dict() for step in totals.steps]
        for line, priced in zip(order.lines.all(), totals.lines, strict=True):
            assert line.price_steps == [step.as_dict() for step in priced.steps]


def test_the_history_ends_in_the_state_of_the_order() -> None:
    fill()
    for order in Order.objects.prefetch_related("transitions"):
        reached = {"payment": "unpaid", "fulfilment": "unfulfilled"}
        for step in order.transitions.all():
            assert step.from_state == reached.get(step.kind, "")
            reached[step.kind] = step.to_state
        assert reached == {
            "status": order.status, "payment": order.payment_status, "fulfilment": order.fulfilment_status
        }  # fmt: skip


def test_products_are_found_by_their_folded_names() -> None:
    fill(sizes=Sizes(products=50))
    assert all(product.search_text == product.folded_text() for product in Product.objects.all())


def test_few_products_make_most_of_the_sales() -> None:
    fill()
    units = sorted(
        OrderLine.objects.values("variant").annotate(units=Sum("quantity")).values_list("units", flat=True),
        reverse=True,
    )
    assert sum(units[:40]) > sum(units) / 2


def test_many_customers_come_back() -> None:
    fill()
    again = Order.objects.exclude(customer=None).values("customer").annotate(orders=Count("pk")).filter(orders__gt=1)
    assert again.count() > 20


@pytest.mark.parametrize("option", ["--products", "--customers", "--orders"])
@pytest.mark.parametrize("number", ["-1", "999999999"])
def test_a_size_that_cannot_be_is_refused_by_name(option: str, number: str) -> None:
    with pytest.raises(CommandError, match=option):
        call_command("sampledata", option, number)


def test_orders_need_something_to_sell() -> None:
    with pytest.raises(CommandError, match="--products"):
        call_command("sampledata", "--orders", "10")
