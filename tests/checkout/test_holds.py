"""Who is in the checkout has the units: held when it starts, longer while they go on, given back when they leave."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.erasure import erase_person
from carts.models import Cart
from carts.services import add_item, merge_at_login, set_quantity
from catalog.models import Variant
from checkout.selectors import Quote, quote_cart
from checkout.services.cancel_order import cancel_order
from checkout.services.place_order import place_order
from checkout.services.update_checkout import keep_units, update_checkout
from inventory.errors import OutOfStock
from inventory.models import Location, Reservation, StockItem
from inventory.services import receive_stock
from tests.api import V1, client_with_cart, given
from tests.factories.accounts import UserFactory, details_of, postal
from tests.factories.checkout import cart_ready_to_order, cart_with
from tests.factories.inventory import LocationFactory, stocked_variant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_modules_now")]

NOW = timezone.now()


def keep(cart: Cart, now: datetime = NOW) -> Quote:
    return keep_units(quote=quote_cart(cart), now=now)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def held() -> list[tuple[int, datetime | None]]:
    return list(Reservation.objects.order_by("id").values_list("quantity", "expires_at"))


def reserved(variant: Variant) -> int:
    return StockItem.objects.get(variant=variant).reserved


def test_starting_the_checkout_holds_every_line_for_a_quarter_of_an_hour() -> None:
    cart = cart_with(stocked_variant(5), quantity=2)
    add_item(cart_id=cart.pk, variant_id=stocked_variant(5).pk, quantity=3)
    assert keep(cart).held_until == NOW + minutes(15)
    assert held() == [(2, NOW + minutes(15)), (3, NOW + minutes(15))]


def test_how_long_is_a_setting(settings: Settings) -> None:
    settings.RESERVATION_MINUTES = 4
    assert keep(cart_with()).held_until == NOW + minutes(4)


def test_a_touch_while_most_of_the_time_is_left_writes_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    keep(cart := cart_with())
    quote = quote_cart(cart)
    with django_assert_num_queries(0):
        assert keep_units(quote=quote, now=NOW + minutes(4)).held_until == NOW + minutes(15)


def test_a_touch_after_a_third_of_the_time_extends_the_hold() -> None:
    keep(cart := cart_with())
    assert keep(cart, NOW + minutes(6)).held_until == NOW + minutes(21)
    assert held() == [(1, NOW + minutes(21))]


@pytest.mark.parametrize("lines", [1, 6])
def test_a_hold_takes_seven_statements_whatever_the_number_of_lines(
    lines: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cart = cart_with()
    for _ in range(lines - 1):
        add_item(cart_id=cart.pk, variant_id=stocked_variant().pk)
    quote = quote_cart(cart)
    with django_assert_num_queries(7):  # savepoint, cart, lines; lock, what is held, write; release of the savepoint
        keep_units(quote=quote)


def test_what_one_shopper_holds_the_next_cannot_have() -> None:
    variant = stocked_variant(1)
    mine, other = cart_with(variant), cart_with(variant)
    keep(mine)
    quote = keep(other)
    assert (quote.held_until, quote.lines[0].problem) == (None, "This item is sold out.")
    assert quote_cart(mine).lines[0].problem == ""


def test_a_quote_from_before_the_last_unit_went_is_answered_with_what_is_true_now() -> None:
    variant = stocked_variant(1)
    mine, other = cart_with(variant), cart_with(variant)
    quote = quote_cart(other)
    keep(mine)
    assert keep_units(quote=quote).lines[0].problem == "This item is sold out."


def test_a_cart_that_cannot_be_bought_holds_nothing() -> None:
    cart = cart_with(stocked_variant(5))
    gone = stocked_variant(1)
    add_item(cart_id=cart.pk, variant_id=gone.pk)
    StockItem.objects.filter(variant=gone).update(on_hand=0)
    assert keep(cart).held_until is None
    assert held() == []


def test_a_hold_that_ran_out_goes_to_who_comes_next() -> None:
    variant = stocked_variant(1)
    mine, other = cart_with(variant), cart_with(variant)
    keep(mine, NOW - minutes(20))
    assert keep(other).held_until == NOW + minutes(15)
    assert quote_cart(mine).lines[0].problem == "This item is sold out."


def test_the_own_units_can_be_added_to_and_more_than_there_is_cannot() -> None:
    variant = stocked_variant(3)
    keep(cart := cart_with(variant, quantity=2))
    assert add_item(cart_id=cart.pk, variant_id=variant.pk).quantity == 3
    with pytest.raises(OutOfStock) as refused:
        add_item(cart_id=cart.pk, variant_id=variant.pk)
    assert refused.value.details["lines"][0]["available"] == 3


@pytest.mark.parametrize("quantity", [1, 4])
def test_a_line_that_changes_changes_its_hold(quantity: int) -> None:
    keep(cart := cart_with(variant := stocked_variant(5), quantity=2))
    set_quantity(cart_id=cart.pk, line_id=cart.lines.get().pk, quantity=quantity)
    assert held() == [(quantity, NOW + minutes(15))]
    assert reserved(variant) == quantity


def test_a_line_that_is_taken_out_gives_its_units_back() -> None:
    keep(cart := cart_with(variant := stocked_variant(5), quantity=2))
    set_quantity(cart_id=cart.pk, line_id=cart.lines.get().pk, quantity=0)
    assert held() == []
    assert reserved(variant) == 0


def test_a_line_that_is_added_is_held_at_the_next_step() -> None:
    keep(cart := cart_with())
    add_item(cart_id=cart.pk, variant_id=stocked_variant(5).pk)
    assert quote_cart(cart).held_until is None
    assert keep(cart, NOW + minutes(1)).held_until == NOW + minutes(16)
    assert held() == [(1, NOW + minutes(16))] * 2


def test_logging_in_on_the_way_keeps_what_was_held() -> None:
    variant = stocked_variant(3)
    guest, customer = cart_with(variant, quantity=2), UserFactory()
    keep(guest)
    keep(cart_with(variant, customer=customer), NOW - minutes(3))
    merged = merge_at_login(customer=customer, token=guest.token)
    assert held() == [(3, NOW + minutes(15))]
    assert (quote_cart(merged).held_until, reserved(variant)) == (NOW + minutes(15), 3)


def test_logging_in_does_not_revive_what_had_run_out() -> None:
    variant, customer = stocked_variant(3), UserFactory()
    keep(guest := cart_with(variant, quantity=2), NOW - minutes(20))
    keep(cart_with(variant, customer=customer))
    merge_at_login(customer=customer, token=guest.token)
    assert held() == [(1, NOW + minutes(15))]
    assert reserved(variant) == 1


def test_after_logging_in_a_line_is_held_in_all_locations_as_long_as_in_the_last() -> None:
    variant, customer = stocked_variant(2), UserFactory()
    receive_stock(variant_id=variant.pk, location=LocationFactory(code="second", priority=1), quantity=2)
    keep(guest := cart_with(variant, quantity=2), NOW - minutes(3))
    keep(cart_with(variant, customer=customer, quantity=2))
    merge_at_login(customer=customer, token=guest.token)
    assert held() == [(2, NOW + minutes(15))] * 2


def test_logging_in_gives_back_what_stays_behind() -> None:
    guest, customer = cart_with(dinars := stocked_variant(3, currency="TND")), UserFactory()
    keep(guest)
    cart_with(customer=customer)
    merge_at_login(customer=customer, token=guest.token)
    assert held() == []
    assert reserved(dinars) == 0


def test_erasing_a_person_gives_back_what_they_held() -> None:
    keep(cart_with(variant := stocked_variant(3), customer=(customer := UserFactory())))
    erase_person(user_id=customer.pk)
    assert held() == []
    assert reserved(variant) == 0


def test_placing_turns_the_hold_into_the_orders() -> None:
    keep(cart := cart_ready_to_order(variant := stocked_variant(1)))
    order = place_order(cart_id=cart.pk, actor=None).order
    reservation = Reservation.objects.get()
    assert (reservation.holder, reservation.expires_at) == (order.lines.get().pk, None)
    assert reserved(variant) == 1
    cancel_order(order_id=order.pk, actor=None)
    assert reserved(variant) == 0


def test_a_hold_that_ran_out_does_not_matter_while_there_is_stock() -> None:
    keep(cart := cart_ready_to_order(stocked_variant(1)), NOW - minutes(20))
    order = place_order(cart_id=cart.pk, actor=None).order
    assert Reservation.objects.get().holder == order.lines.get().pk


def test_a_hold_that_ran_out_and_went_to_another_makes_no_order() -> None:
    variant = stocked_variant(1)
    keep(cart := cart_ready_to_order(variant), NOW - minutes(20))
    keep(cart_with(variant), NOW)
    with pytest.raises(OutOfStock):
        place_order(cart_id=cart.pk, actor=None)


def test_an_order_takes_the_run_out_units_of_others() -> None:
    variant = stocked_variant(1)
    keep(cart_with(variant), NOW - minutes(20))
    place_order(cart_id=cart_ready_to_order(variant).pk, actor=None)
    assert reserved(variant) == 1


def test_the_place_that_is_nearest_to_the_address_serves() -> None:
    variant = stocked_variant(5)
    france = LocationFactory(code="france", priority=9, countries=["FR"])
    receive_stock(variant_id=variant.pk, location=france, quantity=5)
    keep(cart := cart_ready_to_order(variant))
    assert Reservation.objects.get().stock_item.location.code == "main"
    place_order(cart_id=cart.pk, actor=None, details=details_of(shipping_address=postal(country="FR")))
    assert Reservation.objects.get().stock_item.location == france
    assert Location.objects.get(code="main").stock_items.get().reserved == 0


# --- Doors ----------------------------------------------------------------------------------------


def test_the_api_holds_when_something_is_said_and_not_when_one_looks() -> None:
    client = client_with_cart(cart_with().token)
    assert given(client.get(f"{V1}/checkout"))["held_until"] is None
    assert held() == []
    said = given(client.patch(f"{V1}/checkout", {}))["held_until"]
    assert given(client.get(f"{V1}/checkout"))["held_until"] == said is not None
    assert len(held()) == 1


def test_saying_something_takes_a_hold_along_in_the_same_transaction(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cart = cart_with()
    with django_assert_num_queries(9):  # seven to say and to price; lock, write
        update_checkout(customer=None, token=cart.token, details=details_of(email="guest@souk.example"))
    with django_assert_num_queries(7):
        update_checkout(customer=None, token=cart.token, details=details_of(email="guest@souk.example"))


@pytest.fixture
def guest(client: Client) -> Client:
    client.post("/en/cart/items/", {"variant": str(stocked_variant(2).pk), "quantity": 1})
    return client


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "We keep these items for you until"), ("fr", "Nous vous gardons ces articles jusqu’à"), ("ar", "نحتفظ")],
)
def test_the_page_holds_and_says_until_when(guest: Client, language: str, sentence: str) -> None:
    page = guest.get(f"/{language}/checkout/address/").content.decode()
    assert sentence in page
    assert [quantity for quantity, _until in held()] == [1]


def test_who_comes_too_late_is_sent_to_the_cart(guest: Client) -> None:
    cart = Cart.objects.get()
    line: Any = cart.lines.get()
    keep(cart_with(line.variant, quantity=2))
    response = guest.get("/en/checkout/address/", follow=True)
    assert response.redirect_chain == [("/en/cart/", 302)]
    assert "This item is sold out." in response.content.decode()
