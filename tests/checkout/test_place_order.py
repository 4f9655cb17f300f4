"""Placing an order: all of it or nothing, and once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import translation
from django.utils.translation import override
from pytest_django import Settings

from carts.errors import CartClosed
from carts.models import Cart
from carts.services import add_item, merge_at_login, set_checkout_details
from catalog.models import Product, Variant
from checkout.errors import CheckoutIncomplete, TotalChanged
from checkout.selectors import quote_cart
from checkout.services.cancel_order import expire_unpaid_orders
from checkout.services.place_order import place_order
from core.db.ids import new_id
from core.money import Money
from inventory.errors import OutOfStock
from inventory.models import StockItem
from notifications.mails import as_email
from notifications.models import Message
from notifications.services import write_message
from orders.models import Order
from orders.selectors import order_link_token
from shipping.models import ShippingMethod
from tests.factories.accounts import UserFactory, details_of, postal
from tests.factories.catalog import VariantOptionFactory
from tests.factories.checkout import cart_ready_to_order, confirmed_order
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import InclusiveZone, TaxRateFactory

pytestmark = pytest.mark.django_db


def nothing_happened() -> bool:
    return not Order.objects.exists() and not StockItem.objects.filter(reserved__gt=0).exists()


def test_an_order_keeps_what_was_agreed() -> None:
    TaxRateFactory()
    variant = stocked_variant(10)
    order = confirmed_order(variant=variant, quantity=2)
    Variant.objects.filter(pk=variant.pk).update(price_minor=1, sku="NEW")
    line = Order.objects.get(pk=order.pk).lines.get()
    assert (line.unit_price.minor, line.quantity, line.total.minor) == (1999, 2, 3998)
    assert [step["code"] for step in line.price_steps] == ["list_price", "tax_added"]
    assert (order.subtotal_minor, order.shipping_minor, order.tax_minor, order.total_minor) == (3998, 500, 371, 4869)


def test_an_order_speaks_the_language_it_was_placed_in() -> None:
    variant = stocked_variant(10)
    VariantOptionFactory(variant=variant, value__name_ar="وسط")
    cart = cart_ready_to_order(variant)
    with translation.override("ar"):
        order = place_order(cart_id=cart.pk, actor=None).order
    line = order.lines.get()
    assert (order.language, line.name, line.variant_name) == ("ar", variant.product.name_ar, "وسط")
    assert order.shipping_method_name == "توصيل عادي"


def test_taxes_follow_the_delivery_address() -> None:
    TaxRateFactory()
    TaxRateFactory(zone=InclusiveZone(), rate="0.2", name="TVA")
    cart = cart_ready_to_order()
    set_checkout_details(cart_id=cart.pk, details=details_of(shipping_address=postal(country="FR")))
    order = place_order(cart_id=cart.pk, actor=None).order
    assert (order.prices_include_tax, order.total_minor, order.tax_minor) == (True, 2499, 333 + 83)


def test_placing_again_finds_the_same_order() -> None:
    cart = cart_ready_to_order()
    assert place_order(cart_id=cart.pk, actor=None).order == place_order(cart_id=cart.pk, actor=None).order
    assert Order.objects.count() == 1
    assert StockItem.objects.get().reserved == 1


def test_the_cart_is_closed_and_the_stock_reserved() -> None:
    order = confirmed_order(quantity=3)
    assert Cart.objects.get(pk=order.cart_id).status == Cart.Status.ORDERED
    assert StockItem.objects.get().reserved == 3


@pytest.mark.parametrize(
    ("details", "step"),
    [
        ({"email": ""}, "address"),
        ({"shipping_address": None}, "address"),
        ({"shipping_method": ""}, "delivery"),
        ({"shipping_method": "gone"}, "delivery"),
        ({"payment_provider": ""}, "payment"),
        ({"payment_provider": "gold"}, "payment"),
    ],
)
def test_what_is_missing_is_named(details: dict[str, object], step: str) -> None:
    cart = cart_ready_to_order()
    set_checkout_details(cart_id=cart.pk, details=details_of(**details))
    with pytest.raises(CheckoutIncomplete) as refused:
        place_order(cart_id=cart.pk, actor=None)
    assert refused.value.field == step
    assert nothing_happened()


def test_an_empty_cart_is_no_order() -> None:
    cart = cart_ready_to_order()
    cart.lines.all().delete()
    with pytest.raises(CheckoutIncomplete):
        place_order(cart_id=cart.pk, actor=None)
    assert nothing_happened()


def test_a_total_other_than_the_one_shown_is_not_charged() -> None:
    variant = stocked_variant(10)
    cart = cart_ready_to_order(variant)
    seen = quote_cart(cart).totals.total
    Variant.objects.filter(pk=variant.pk).update(price_minor=9999)
    with pytest.raises(TotalChanged) as refused:
        place_order(cart_id=cart.pk, actor=None, expected_total=seen)
    assert refused.value.details == {"total": {"amount": "104.99", "currency": "USD"}}
    assert nothing_happened()
    assert place_order(cart_id=cart.pk, actor=None, expected_total=Money(9999 + 500, "USD")).order


def test_what_sold_out_meanwhile_is_no_order() -> None:
    variant = stocked_variant(2)
    cart = cart_ready_to_order(variant, quantity=2)
    confirmed_order(variant=variant)
    with pytest.raises(OutOfStock, match=r"Only 1 is left\."):
        place_order(cart_id=cart.pk, actor=None)
    assert StockItem.objects.get().reserved == 1
    assert quote_cart(cart).lines[0].problem == "Only 1 is left."


def test_what_was_withdrawn_meanwhile_is_no_order() -> None:
    variant = stocked_variant(2)
    cart = cart_ready_to_order(variant)
    Product.objects.filter(variants=variant).update(is_active=False)
    with pytest.raises(CheckoutIncomplete):
        place_order(cart_id=cart.pk, actor=None)
    assert nothing_happened()


def test_a_merged_cart_cannot_be_ordered_any_more() -> None:
    cart = cart_ready_to_order()
    merge_at_login(customer=UserFactory(), token=cart.token)
    with pytest.raises(CartClosed):
        place_order(cart_id=cart.pk, actor=None)
    assert nothing_happened()


def test_an_order_that_costs_nothing_is_paid_and_confirmed() -> None:
    cart = cart_ready_to_order(stocked_variant(price_minor=0), provider="bank_transfer")
    ShippingMethod.objects.update(price_minor=0)
    order = place_order(cart_id=cart.pk, actor=None).order
    assert (order.status, order.payment_status, order.payments.count()) == ("confirmed", "paid", 0)


@pytest.mark.parametrize(
    ("zone", "placed_at", "day"),
    [
        ("UTC", "2026-12-01T05:31:00+00:00", "2026-12-08"),
        ("Africa/Tunis", "2026-12-01T23:30:00+00:00", "2026-12-09"),
        ("America/New_York", "2026-10-30T23:00:00-04:00", "2026-11-06"),  # the clocks go back on 1 November
        ("America/New_York", "2026-10-25T12:00:00-04:00", "2026-11-01"),
        ("America/New_York", "2026-03-01T12:00:00-05:00", "2026-03-08"),  # and forward on this day
        ("Pacific/Apia", "2026-12-01T10:30:00+00:00", "2026-12-08"),
        ("Africa/Cairo", "2026-10-22T12:00:00+03:00", "2026-10-29"),  # back at the end of this day, at midnight
        ("America/Havana", "2026-10-25T12:00:00-04:00", "2026-11-01"),
    ],
)
def test_a_transfer_waits_until_the_day_that_is_told_is_over(
    settings: Settings, zone: str, placed_at: str, day: str
) -> None:
    settings.TIME_ZONE = zone
    cart = cart_ready_to_order(provider="bank_transfer")
    order = place_order(cart_id=cart.pk, actor=None, now=datetime.fromisoformat(placed_at)).order
    assert order.expires_at is not None

    last = order.expires_at.astimezone(ZoneInfo(zone))
    after = (order.expires_at + timedelta(microseconds=1)).astimezone(ZoneInfo(zone))
    assert (last.date().isoformat(), after.date() - last.date()) == (day, timedelta(days=1))
    assert expire_unpaid_orders(now=order.expires_at - timedelta(minutes=1)) == 0
    assert expire_unpaid_orders(now=order.expires_at + timedelta(microseconds=1)) == 1


@pytest.mark.parametrize(
    ("language", "day"), [("en", "Dec. 8, 2026"), ("fr", "8 décembre 2026"), ("ar", "8 ديسمبر، 2026")]
)
def test_pages_and_mails_tell_the_same_day_in_every_language(
    client: Client, settings: Settings, language: str, day: str
) -> None:
    settings.TIME_ZONE = "America/New_York"
    with override(language):
        placed_at = datetime.fromisoformat("2026-12-01T23:30:00-05:00")
        order = place_order(cart_id=cart_ready_to_order(provider="bank_transfer").pk, actor=None, now=placed_at).order
    write_message(order_id=order.pk, template=Message.Template.ORDER_PLACED, event_id=new_id(), ids={})
    mail = as_email(Message.objects.get(order=order))

    assert day in client.get(f"/{language}/orders/track/{order_link_token(order.pk)}/").text
    assert day in mail.body
    assert day in str(mail.alternatives[0][0])


def test_the_database_keeps_one_order_a_cart() -> None:
    order = confirmed_order()
    order.pk, order.number, order._state.adding = None, "OTHER", True
    with pytest.raises(IntegrityError):
        order.save(force_insert=True)


@pytest.mark.parametrize("lines", [1, 6])
def test_placing_takes_the_same_queries_whatever_the_number_of_lines(
    lines: int, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    cart = cart_ready_to_order()
    for _ in range(lines - 1):
        add_item(cart_id=cart.pk, variant_id=stocked_variant().pk)
    with django_assert_max_num_queries(28):
        place_order(cart_id=cart.pk, actor=None)
