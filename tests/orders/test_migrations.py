"""Columns and rows that migrations fill in for orders that were there before."""

from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from orders.models import Order, OrderAdjustment, OrderLine
from pricing.models import TaxRate
from tests.edits import order_of
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory

pytestmark = pytest.mark.django_db


def fill(migration: str) -> None:
    module: Any = import_module(f"orders.migrations.{migration}")
    module.fill(None, SimpleNamespace(connection=connection))


def test_the_tax_rate_of_shipping_is_found_in_the_steps() -> None:
    TaxRateFactory(rate="0.20")
    TaxRate.objects.create(zone=TaxRate.objects.get().zone, tax_class="reduced", rate="0.055", name="Reduced")
    reduced = stocked_variant(price_minor=3_000, product__tax_class="reduced")
    alone, beside = order_of(reduced, quantity=1), order_of(reduced, stocked_variant(price_minor=777), quantity=1)
    assert alone.shipping_tax_minor > 0, "the fixture taxes delivery"
    Order.objects.update(shipping_tax_rate=0)

    fill("0011_fill_shipping_tax_rate")

    assert set(Order.objects.values_list("pk", "shipping_tax_rate")) == {
        (alone.pk, Decimal("0.20")),
        (beside.pk, Decimal("0.20")),
    }


def test_lines_with_a_discount_get_their_row_once() -> None:
    order = order_of(stocked_variant(price_minor=1_000), stocked_variant(price_minor=1_000), quantity=2)
    first = order.lines.all()[0]
    OrderLine.objects.filter(pk=first.pk).update(discount_minor=150, total_minor=1_850)

    for _time in range(2):
        fill("0015_fill_order_adjustments")

    rows = OrderAdjustment.objects.values_list("order", "line", "kind", "source", "units", "amount_minor")
    assert list(rows) == [(order.pk, first.pk, "discount", "import", 2, 150)]
