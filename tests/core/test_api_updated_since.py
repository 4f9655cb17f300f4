"""What has changed since a moment: every change of what is shown moves a row, and none is lost between pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import update_profile
from catalog.models import Category, OptionValue, Product, ProductImage, Variant, VariantOption
from catalog.services import update_product
from checkout.services.cancel_order import cancel_order
from checkout.services.fulfil_order import ship_order
from core.money import Money
from inventory.models import StockItem
from inventory.services import adjust_stock
from orders.models import Order
from payments.services import capture_payment, refund_payment
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.catalog import ProductFactory, ProductImageFactory, VariantOptionFactory
from tests.factories.checkout import completed_order, confirmed_order, order_awaiting_transfer
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def staff() -> APIClient:
    return client_of(StaffFactory())


@pytest.fixture
def product() -> Product:
    variant = stocked_variant()
    ProductImageFactory(product=variant.product)
    VariantOptionFactory(variant=variant)
    return aged(variant.product)


def aged(row: Any) -> Any:
    """The row as if nobody had touched it for long."""
    type(row).objects.filter(pk=row.pk).update(updated_at=LONG_AGO)
    row.refresh_from_db()
    assert row.updated_at == LONG_AGO
    return row


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


CHANGES: dict[str, Callable[[Product], object]] = {
    "a text": lambda p: update_product(product_id=p.pk, name_fr="Thé"),
    "a column by SQL": lambda p: sql("UPDATE catalog_product SET brand = 'Souk'"),
    "a flag by a bulk update": lambda p: Product.objects.filter(pk=p.pk).update(is_featured=True),
    "the price": lambda p: update_product(product_id=p.pk, base_price=Money(1, "USD")),
    "a price that is not the lowest": lambda p: Variant.objects.update(compare_at_minor=10**6),
    "the SKU": lambda p: Variant.objects.update(sku="OTHER"),
    "the weight": lambda p: Variant.objects.update(weight_grams=7),
    "another variant": lambda p: Variant.objects.create(product=p, sku="SECOND", price_minor=10**6, currency="USD"),
    "an option taken away": lambda p: VariantOption.objects.all().delete(),
    "the name of an option's value": lambda p: OptionValue.objects.update(name_en="Crimson"),
    "the category's name": lambda p: Category.objects.update(name_en="Teas"),
    "the category off": lambda p: Category.objects.update(is_active=False),
    "a picture's text": lambda p: ProductImage.objects.update(alt_en="A glass"),
    "another picture": lambda p: ProductImageFactory(product=p, is_primary=False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_of_a_product_moves_it(change: str, product: Product, staff: APIClient) -> None:
    before = timezone.now()
    CHANGES[change](product)
    product.refresh_from_db()
    assert product.updated_at >= before
    [row] = given(staff.get(f"{V1}/products", {"status": "all", "updated_since": before.isoformat()}))
    assert row["id"] == str(product.pk)


@pytest.mark.parametrize("statement", ["search_text = 'x'", "brand = brand", "from_price_minor = NULL"])
def test_what_nobody_is_shown_moves_no_product(statement: str, product: Product) -> None:
    sql(f"UPDATE catalog_product SET {statement}")
    product.refresh_from_db()
    assert product.updated_at == LONG_AGO


STEPS: dict[str, tuple[Callable[[], Order], Callable[[Order], object]]] = {
    "cancelling": (confirmed_order, lambda order: cancel_order(order_id=order.pk, actor=None)),
    "shipping": (confirmed_order, lambda order: ship_order(order_id=order.pk, actor=None)),
    "paying": (
        order_awaiting_transfer,
        lambda order: capture_payment(payment_id=order.payments.get().pk, actor=None),
    ),
    "refunding": (
        completed_order,
        lambda order: refund_payment(payment_id=order.payments.get().pk, amount=Money(1, order.currency), actor=None),
    ),
    "a tracking number": (completed_order, lambda order: order.shipments.update(tracking_number="1Z")),
}


@pytest.mark.parametrize("step", STEPS)
def test_what_happens_to_an_order_moves_it(step: str, staff: APIClient) -> None:
    make, take = STEPS[step]
    order = aged(make())
    aged(confirmed_order())
    before = timezone.now()
    take(Order.objects.get(pk=order.pk))
    [row] = given(staff.get(f"{V1}/orders", {"updated_since": before.isoformat()}))
    assert row["id"] == str(order.pk)
    assert datetime.fromisoformat(row["updated_at"]) >= before


def test_a_customer_moves_with_the_profile_and_not_with_a_log_in(staff: APIClient) -> None:
    customer = aged(UserFactory())
    User.objects.filter(pk=customer.pk).update(last_login=timezone.now())
    customer.refresh_from_db()
    assert customer.updated_at == LONG_AGO
    before = timezone.now()
    update_profile(user=customer, first_name="Amel")
    [row] = given(staff.get(f"{V1}/customers", {"updated_since": before.isoformat()}))
    assert row["first_name"] == "Amel"


def test_stock_moves_with_every_change_of_its_units(staff: APIClient) -> None:
    item: StockItem = aged(stocked_variant().stock_items.get())
    before = timezone.now()
    adjust_stock(stock_item_id=item.pk, quantity=1, reason="Counted", actor=None)
    item.refresh_from_db()
    assert item.updated_at >= before - timedelta(minutes=5)
    StockItem.objects.filter(pk=item.pk).update(updated_at=LONG_AGO)
    StockItem.objects.update(on_hand=99)
    [row] = given(staff.get(f"{V1}/stock-items", {"updated_since": before.isoformat()}))
    assert row["on_hand"] == 99


def test_the_moment_itself_is_included_and_rows_of_one_moment_are_all_read(staff: APIClient) -> None:
    moment = timezone.now() + timedelta(days=1)
    people = UserFactory.create_batch(5)
    User.objects.filter(pk__in=[one.pk for one in people]).update(updated_at=moment)
    address: str | None = f"{V1}/customers?page_size=2&updated_since={moment.isoformat().replace('+', '%2B')}"
    found = []
    while address:
        body = staff.get(address).json()
        found += [row["id"] for row in body["data"]]
        address = body["pagination"]["next"]
    assert sorted(found) == sorted(str(one.pk) for one in people)


def test_a_row_that_changes_between_pages_is_read_once_more_and_hides_none(staff: APIClient) -> None:
    rows = [ProductFactory() for _number in range(4)]
    for place, row in enumerate(rows):
        Product.objects.filter(pk=row.pk).update(updated_at=LONG_AGO + timedelta(seconds=place))
    query = {"status": "all", "page_size": 2, "updated_since": LONG_AGO.isoformat()}
    first = staff.get(f"{V1}/products", query).json()
    Product.objects.filter(pk=rows[0].pk).update(brand="Souk")
    rest = given(staff.get(first["pagination"]["next"]))
    assert [row["id"] for row in first["data"]] == [str(row.pk) for row in rows[:2]]
    assert [row["id"] for row in rest] == [str(row.pk) for row in rows[2:]]
    third = staff.get(staff.get(first["pagination"]["next"]).json()["pagination"]["next"])
    assert [row["id"] for row in given(third)] == [str(rows[0].pk)]


@pytest.mark.parametrize("value", ["yesterday", "", "2026-13-01", "1"])
def test_what_is_no_moment_is_refused(value: str, staff: APIClient) -> None:
    refused(staff.get(f"{V1}/orders", {"updated_since": value}), 400, "validation_error")


def test_drafts_are_for_staff_who_may_see_them(staff: APIClient, product: Product) -> None:
    draft = ProductFactory(is_active=False, name_en="Draft")
    listed = {
        status: {row["id"]: row["is_active"] for row in given(staff.get(f"{V1}/products", {"status": status}))}
        for status in ("on_sale", "draft", "all")
    }
    assert listed["on_sale"] == {str(product.pk): True}
    assert listed["draft"] == {str(draft.pk): False}
    assert listed["all"] == listed["on_sale"] | listed["draft"]
    refused(client_of(UserFactory()).get(f"{V1}/products", {"status": "draft"}), 403, "not_allowed")
    refused(APIClient().get(f"{V1}/products", {"status": "all"}), 401, "not_authenticated")
    refused(staff.get(f"{V1}/products", {"status": "none"}), 400, "validation_error")


def test_a_draft_without_a_variant_has_no_price(staff: APIClient) -> None:
    ProductFactory(is_active=False).variants.all().delete()
    [row] = given(staff.get(f"{V1}/products", {"status": "draft"}))
    assert (row["sku"], row["price"], row["in_stock"]) == (None, None, False)


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00 00:00", "yesterday", "1764547200", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("path", ["products", "orders", "customers", "stock-items"])
def test_what_is_no_moment_is_refused_with_an_example_of_one(staff: APIClient, path: str, text: str) -> None:
    told = faulty(staff.get(f"{V1}/{path}", {"updated_since": text}))["updated_since"]["message"]
    assert "2026-12-01T09:30:00Z" in told
