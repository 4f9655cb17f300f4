"""Differences are told row by row: two that cancel each other out in a sum are two."""

import pytest
from django.db.models import F

from accounts.models import User
from catalog.models import Variant
from etl.models import Run
from etl.report import render_report
from inventory.models import StockItem, StockMove
from orders.models import Order, OrderLine
from tests.etl.corner_shop import CornerShop
from tests.etl.test_command import etl

pytestmark = pytest.mark.django_db


def values(run: Run) -> set[tuple[str, ...]]:
    return {tuple(one.values()) for one in run.report["differing_rows"]}


def shift_totals(minor: int) -> None:
    """One order more and another as much less; each still adds up."""
    for number, change in (("501", minor), ("502", -minor)):
        Order.objects.filter(number=number).update(
            shipping_minor=F("shipping_minor") + change + 100, total_minor=F("total_minor") + change + 100
        )
    Order.objects.filter(number="503").update(
        shipping_minor=F("shipping_minor") - 200, total_minor=F("total_minor") - 200
    )


def test_orders_whose_differences_cancel_out_are_named_with_both_values(shop: CornerShop) -> None:
    shop.move_in()
    shift_totals(20)
    run = shop.move_in()

    assert {one["difference"] for one in run.report["comparisons"]} == {"0", "0.00"}
    assert values(run) >= {
        ("order", "501", "total", "49.88", "51.08"),
        ("order", "502", "total", "85.23", "86.03"),
        ("order", "503", "total", "18.43", "16.43"),
    }
    assert run.status == Run.Status.DIFFERS
    text = render_report(run)
    assert "equal" not in text
    assert "Row by row, 6 values differ" in text
    assert "source and shop differ in order shipping, order total" in text


def test_the_command_ends_with_1_where_rows_differ_though_sums_are_equal(shop: CornerShop) -> None:
    shop.move_in()
    shift_totals(20)
    code, output = etl("run", "northwind", "--source", str(shop.path))

    assert code == 1
    assert "51.08" in output


def test_prices_that_changed_places_are_told_by_product(shop: CornerShop) -> None:
    shop.move_in()
    Variant.objects.filter(source_key="1").update(price_minor=1200)
    Variant.objects.filter(source_key="2").update(price_minor=850)

    assert values(shop.move_in()) == {
        ("product", "1", "price", "8.50", "12.00"),
        ("product", "2", "price", "12.00", "8.50"),
    }


def test_units_that_changed_places_are_told_by_product(shop: CornerShop) -> None:
    shop.move_in()
    for sku, units in (("NW-1", -5), ("NW-2", 5)):
        item = StockItem.objects.get(variant__sku=sku)
        StockMove.objects.create(stock_item=item, kind=StockMove.Kind.IMPORT, quantity=units, door="import")

    assert values(shop.move_in()) == {("product", "1", "stock", "40", "35"), ("product", "2", "stock", "15", "20")}


def test_orders_that_changed_their_customers_are_told(shop: CornerShop) -> None:
    shop.move_in()
    karim, amina = (User.objects.get(source_key=key) for key in ("KARIM", "AMINA"))
    Order.objects.filter(number="501").update(customer=karim)
    Order.objects.filter(number="502").update(customer=amina)

    assert values(shop.move_in()) == {
        ("order", "501", "customer", "AMINA", "KARIM"),
        ("order", "502", "customer", "KARIM", "AMINA"),
    }


def test_lines_that_changed_their_products_are_told(shop: CornerShop) -> None:
    shop.move_in()
    OrderLine.objects.filter(source_key="501-1").update(variant=Variant.objects.get(source_key="2"))

    assert values(shop.move_in()) == {("order_line", "501-1", "product", "1", "2")}


def test_a_customers_orders_are_compared_though_the_sum_of_all_is_right(shop: CornerShop) -> None:
    shop.move_in()
    Order.objects.filter(number="502").update(customer=User.objects.get(source_key="AMINA"))
    run = shop.move_in()

    assert values(run) == {("order", "502", "customer", "KARIM", "AMINA")}
    assert run.status == Run.Status.DIFFERS


def test_many_differences_are_counted_and_the_first_shown(shop: CornerShop) -> None:
    for number in range(100, 150):
        shop.add_product(number)
    shop.move_in()
    Variant.objects.filter(source="northwind").update(price_minor=F("price_minor") + 1)
    run = shop.move_in()

    assert (run.report["differing_values"], len(run.report["differing_rows"])) == (54, 20)
    assert "… and 34 more" in render_report(run)


def test_rejected_rows_are_no_differences_and_the_rest_is_compared(shop: CornerShop) -> None:
    shop.add_order(600, ShipCountry="Atlantis", Freight=3)
    shop.add_line(600, 1)
    run = shop.move_in()

    assert run.report["differing_values"] == 0
    assert "equal" not in render_report(run)


def test_a_dry_run_compares_rows_too(shop: CornerShop) -> None:
    code, output = etl("run", "northwind", "--source", str(shop.path), "--dry-run")

    assert code == 0
    assert "equal in every row, count and sum" in output
