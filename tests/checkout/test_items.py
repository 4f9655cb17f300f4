"""Orders straight from a list of items: the same rules as a cart's, for customers and for staff on their behalf."""

from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from carts.models import Cart
from catalog.models import Variant
from checkout.services.place_items import Item, place_items
from inventory.models import StockItem
from orders.models import Order
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import UserFactory, details_of, postal
from tests.factories.catalog import VariantFactory
from tests.factories.checkout import cart_with
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import colleague
from tests.races import at_once

pytestmark = pytest.mark.django_db

URL = f"{V1}/orders"


@pytest.fixture
def customer() -> User:
    ShippingMethodFactory()
    user: User = UserFactory()
    return user


def order(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A body with everything said that an order needs; None takes a field out."""
    said = {
        "items": items,
        "shipping_address": postal(),
        "shipping_method": ShippingMethodFactory().code,
        "payment_provider": "cash_on_delivery",
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def item(variant: Variant, quantity: int = 1) -> dict[str, Any]:
    return {"sku": variant.sku, "quantity": quantity}


def reserved(variant: Variant) -> int:
    return StockItem.objects.get(variant=variant).reserved


def test_items_become_an_order_in_one_step(customer: User) -> None:
    glass, pot = stocked_variant(10, price_minor=500), stocked_variant(10, price_minor=2_000)
    items = [item(glass, 2), {"variant_id": str(pot.pk)}, item(glass)]
    data = given(client_of(customer).post(URL, order(*items)), 201)
    assert (data["status"], data["email"]) == ("confirmed", customer.email)
    assert [(line["sku"], line["quantity"]) for line in data["lines"]] == [(glass.sku, 3), (pot.sku, 1)]
    assert (reserved(glass), reserved(pot)) == (3, 1)
    placed = Order.objects.get()
    assert (placed.customer, placed.cart, placed.payments.count()) == (customer, None, 1)
    assert placed.subtotal_minor == 3_500


def test_an_open_cart_is_left_alone(customer: User) -> None:
    variant = stocked_variant()
    cart = cart_with(variant, customer=customer)
    given(client_of(customer).post(URL, order(item(variant))), 201)
    assert Cart.objects.get().status == Cart.Status.OPEN
    assert cart.lines.count() == 1


def test_the_total_is_that_of_the_same_cart(customer: User) -> None:
    TaxRateFactory()
    variant = stocked_variant(price_minor=1_999)
    client = client_of(customer)
    straight = given(client.post(URL, order(item(variant, 3))), 201)
    given(client.post(f"{V1}/cart/items", {"variant_id": str(variant.pk), "quantity": 3}), 201)
    said = order()
    said.pop("items")
    given(client.patch(f"{V1}/checkout", said))
    assert given(client.post(f"{V1}/checkout/place"), 201)["total"] == straight["total"]


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"shipping_address": None}, 422, "checkout_incomplete", "shipping_address"),
        ({"shipping_method": None}, 422, "checkout_incomplete", "shipping_method"),
        ({"payment_provider": None}, 422, "checkout_incomplete", "payment_provider"),
        ({"shipping_method": "pigeon"}, 422, "unknown_shipping_method", "shipping_method"),
        ({"payment_provider": "barter"}, 422, "unknown_payment_provider", "payment_provider"),
        ({"items": [{"sku": "NONE"}]}, 409, "not_for_sale", "items.0.sku"),
        ({"expected_total": "1.00"}, 409, "total_changed", None),
    ],
)
def test_what_the_checkout_refuses_is_refused(
    customer: User, changes: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    variant = stocked_variant()
    response = client_of(customer).post(URL, order(item(variant), **changes))
    assert set(refused(response, status, code).get("fields", {})) == ({field} if field else set())
    assert (Order.objects.count(), reserved(variant)) == (0, 0)


@pytest.mark.parametrize(
    "items", [[], None, [{}], [{"sku": "A", "variant_id": "x"}], [{"sku": "A", "quantity": 0}], [{"sku": "A"}] * 201]
)
def test_items_that_make_no_sense_are_refused(customer: User, items: Any) -> None:
    body = order() | {"items": items}
    assert {path.partition(".")[0] for path in faulty(client_of(customer).post(URL, body))} == {"items"}


def test_more_than_there_is_is_refused_whole(customer: User) -> None:
    plenty, few = stocked_variant(10), stocked_variant(2)
    details = refused(client_of(customer).post(URL, order(item(plenty), item(few, 3))), 409, "out_of_stock")
    assert details["lines"] == [{"variant_id": str(few.pk), "requested": 3, "available": 2}]
    assert (Order.objects.count(), reserved(plenty)) == (0, 0)


def test_what_is_withdrawn_or_in_another_currency_is_refused(customer: User) -> None:
    client, variant = client_of(customer), stocked_variant()
    withdrawn = VariantFactory(product=variant.product, is_active=False)
    assert refused(client.post(URL, order(item(variant), item(withdrawn))), 409, "not_for_sale")["items"] == [1]
    dinars = stocked_variant(currency="TND")
    refused(client.post(URL, order(item(variant), item(dinars))), 409, "currency_mismatch")


def test_a_guest_has_to_log_in(api: APIClient) -> None:
    refused(api.post(URL, order({"sku": "A"})), 401, "not_authenticated")


def test_staff_who_may_add_orders_place_them_for_a_customer(customer: User) -> None:
    staff = colleague("orders.add_order")
    data = given(client_of(staff).post(URL, order(item(stocked_variant()), customer=str(customer.pk))), 201)
    placed = Order.objects.get(pk=data["id"])
    assert (placed.customer, placed.email) == (customer, customer.email)
    assert placed.transitions.order_by("id")[0].actor == staff


def test_nobody_else_places_orders_for_another(customer: User) -> None:
    body = order(item(stocked_variant()), customer=str(customer.pk))
    refused(client_of(UserFactory()).post(URL, body), 403, "not_allowed")
    refused(client_of(colleague("orders.view_order")).post(URL, body), 403, "not_allowed")
    assert not Order.objects.exists()
    given(client_of(customer).post(URL, body), 201)


def test_an_unknown_customer_is_named(customer: User) -> None:
    body = order(item(stocked_variant()), customer="01900000-0000-7000-8000-000000000000")
    assert refused(client_of(colleague()).post(URL, body), 422, "unknown_customer")["fields"].keys() == {"customer"}


def test_the_same_request_with_its_key_again_is_one_order(customer: User) -> None:
    variant = stocked_variant()
    client, body = client_of(customer), order(item(variant))
    first = client.post(URL, body, headers={"idempotency-key": "k"})
    again = client.post(URL, body, headers={"idempotency-key": "k"})
    assert (again.status_code, again["Idempotency-Replayed"], again.content) == (201, "true", first.content)
    assert (Order.objects.count(), reserved(variant)) == (1, 1)


def queries_of(customer: User, count: int) -> int:
    body = order(*[item(stocked_variant()) for _ in range(count)])
    client = client_of(customer)
    with CaptureQueriesContext(connection) as queries:
        given(client.post(URL, body), 201)
    return len(queries)


def test_queries_do_not_grow_with_the_items(customer: User) -> None:
    TaxRateFactory()
    assert (queries_of(customer, 2), queries_of(customer, 8)) == (14, 14)


@pytest.mark.django_db(transaction=True)
def test_fifty_buyers_of_ten_units_get_ten_orders() -> None:
    variant = stocked_variant(10)
    values = order()
    values.pop("items")
    details = details_of(**values)
    buyers = UserFactory.create_batch(50)

    def buy(buyer: User) -> Any:
        return lambda: place_items(items=[Item(1, sku=variant.sku)], customer=buyer, actor=buyer, details=details).order

    results = Counter(type(result).__name__ for result in at_once(*[buy(buyer) for buyer in buyers]))
    assert results == {"Order": 10, "OutOfStock": 40}
    assert (Order.objects.count(), reserved(variant)) == (10, 10)
