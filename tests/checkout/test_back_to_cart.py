"""A shopper takes an order back that waits for money: it is cancelled, and the cart has what it had."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from carts.models import MAX_LINE_QUANTITY, Cart
from carts.services import add_item
from catalog.models import Variant
from checkout.errors import NotEditable
from checkout.selectors import quote_cart
from checkout.services import back_to_cart as baskets
from checkout.services.back_to_cart import BackInCart, return_to_cart
from checkout.services.cancel_order import cancel_order, expire_unpaid_orders
from checkout.services.place_order import place_order
from core.errors import DomainError
from core.money import Money
from inventory.models import StockItem
from orders.models import Order
from orders.selectors import order_link_token
from payments.services import capture_payment
from tests.api import V1, client_of, client_with_cart, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.catalog import VariantFactory
from tests.factories.checkout import cart_ready_to_order, cart_with, confirmed_order, order_awaiting_transfer
from tests.factories.inventory import stocked_variant
from tests.factories.staff import messages_of
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> User:
    user: User = UserFactory()
    return user


def take_back(order: Order, customer: User | None = None, token: str | None = None) -> BackInCart:
    return return_to_cart(order_id=order.pk, customer=customer, token=token)


def placed_from(order: Order) -> str:
    """The token of the cart that a guest's order came from, which only who placed it has."""
    assert order.cart is not None
    return str(order.cart.token)


def guest_who_placed(order: Order) -> Client:
    """A browser whose session still has the token of the cart that was ordered."""
    guest = Client()
    session = guest.session
    session["cart_token"] = placed_from(order)
    session.save()
    return guest


def said_in(cart: Cart) -> tuple[object, ...]:
    return cart.email, cart.shipping_address, cart.billing_address, cart.shipping_method, cart.payment_provider


def contents(cart: Cart) -> dict[str, int]:
    return dict(cart.lines.values_list("variant__sku", "quantity"))


def reserved(variant: Variant) -> int:
    return StockItem.objects.get(variant=variant).reserved


class TestTheOrder:
    def test_is_cancelled_and_its_cart_has_what_it_had(self, customer: User) -> None:
        variant = stocked_variant(10)
        order = order_awaiting_transfer(variant=variant, quantity=3, customer=customer)

        back = take_back(order, customer)

        order.refresh_from_db()
        assert (order.status, order.became_cart, reserved(variant)) == ("cancelled", back.cart, 0)
        assert order.payments.get().status == "voided"
        assert (contents(back.cart), back.left_out) == ({variant.sku: 3}, [])

    def test_tells_the_cart_what_was_said_so_that_it_can_be_placed_again(self, customer: User) -> None:
        order = order_awaiting_transfer(customer=customer)

        again = place_order(cart_id=take_back(order, customer).cart.pk, actor=customer).order

        assert again.pk != order.pk
        for column in ("email", "shipping_address", "billing_address", "shipping_method", "total_minor"):
            assert getattr(again, column) == getattr(order, column), column

    def test_shows_the_price_that_was_agreed_against_todays(self, customer: User) -> None:
        variant = stocked_variant(price_minor=1_000)
        order = order_awaiting_transfer(variant=variant, customer=customer)
        Variant.objects.filter(pk=variant.pk).update(price_minor=1_200)

        [quoted] = quote_cart(take_back(order, customer).cart).lines

        assert (quoted.line.price_at_add, quoted.line.unit_price) == (Money(1_000, "USD"), Money(1_200, "USD"))

    @pytest.mark.parametrize("state", ["confirmed", "paid", "cancelled"])
    def test_stays_as_it_is_once_it_does_not_wait_for_money(self, customer: User, state: str) -> None:
        order = (confirmed_order if state == "confirmed" else order_awaiting_transfer)(customer=customer)
        if state == "paid":
            capture_payment(payment_id=order.payments.get().pk, actor=None)
        if state == "cancelled":
            cancel_order(order_id=order.pk, actor=None)

        with pytest.raises(NotEditable):
            take_back(order, customer)

        assert not Cart.objects.filter(status=Cart.Status.OPEN).exists()

    def test_asked_for_again_is_the_same_cart_with_the_same_lines(self, customer: User) -> None:
        order = order_awaiting_transfer(quantity=2, customer=customer)

        first, again = take_back(order, customer), take_back(order, customer)

        assert first.cart == again.cart
        assert list(contents(again.cart).values()) == [2]

    def test_asked_for_again_after_its_cart_was_ordered_is_refused(self, customer: User) -> None:
        order = order_awaiting_transfer(customer=customer)
        place_order(cart_id=take_back(order, customer).cart.pk, actor=customer)

        with pytest.raises(NotEditable):
            take_back(order, customer)

    def test_of_a_guest_comes_into_the_guests_open_cart_or_a_new_one(self) -> None:
        order, other = order_awaiting_transfer(), order_awaiting_transfer()
        open_cart = cart_with()

        assert take_back(order, token=open_cart.token).cart == open_cart
        assert take_back(other).cart.customer is None

    def test_taken_into_an_account_is_shown_to_nobody_else(self, customer: User) -> None:
        order = order_awaiting_transfer()
        take_back(order, customer)

        with pytest.raises(NotEditable):
            take_back(order)


class TestWhoPlacedIt:
    def test_as_a_guest_is_told_from_the_carts_token_and_gets_all_that_was_said(self) -> None:
        order = order_awaiting_transfer()

        back = take_back(order, token=placed_from(order)).cart

        assert said_in(back)[:2] == (order.email, order.shipping_address)
        assert place_order(cart_id=back.pk, actor=None).order.total_minor == order.total_minor

    def test_finds_the_cart_again_by_the_old_token_and_by_its_own(self) -> None:
        order = order_awaiting_transfer()

        back = take_back(order, token=placed_from(order)).cart

        assert [take_back(order, token=token).cart for token in (placed_from(order), back.token)] == [back, back]

    def test_is_not_led_into_the_cart_of_who_had_the_link_and_was_faster(self) -> None:
        order = order_awaiting_transfer()
        take_back(order)

        with pytest.raises(NotEditable):
            take_back(order, token=placed_from(order))

    def test_and_has_logged_in_since_shows_the_token_all_the_same(self, customer: User) -> None:
        order = order_awaiting_transfer()

        back = take_back(order, customer, token=placed_from(order)).cart

        assert (back.customer, back.email) == (customer, order.email)


class TestWhoHasOnlyTheLink:
    def test_gets_the_lines_in_a_cart_of_their_own_and_nothing_personal(self) -> None:
        order = order_awaiting_transfer(quantity=2)

        back = take_back(order).cart

        assert list(contents(back).values()) == [2]
        assert said_in(back) == ("", None, None, "", "")

    def test_is_told_nothing_personal_in_their_account_either(self, customer: User) -> None:
        assert said_in(take_back(order_awaiting_transfer(), customer).cart)[:3] == ("", None, None)

    def test_does_not_get_the_cart_that_who_placed_the_order_took_it_back_into(self) -> None:
        order = order_awaiting_transfer()
        take_back(order, token=placed_from(order))

        for token in (None, cart_with().token):
            with pytest.raises(NotEditable):
                take_back(order, token=token)

    def test_does_not_get_the_cart_of_another_who_has_it(self) -> None:
        order = order_awaiting_transfer()
        back = take_back(order).cart

        with pytest.raises(NotEditable):
            take_back(order)
        assert take_back(order, token=back.token).cart == back


class TestTheCart:
    def test_adds_up_with_what_is_in_it(self, customer: User) -> None:
        same, other = stocked_variant(20), stocked_variant(20)
        order = order_awaiting_transfer(variant=same, quantity=3, customer=customer)
        cart = cart_with(same, quantity=2, customer=customer)
        add_item(cart_id=cart.pk, variant_id=other.pk)

        assert contents(take_back(order, customer).cart) == {same.sku: 5, other.sku: 1}

    def test_adds_up_to_no_more_than_a_line_can_have(self, customer: User) -> None:
        variant = stocked_variant(2 * MAX_LINE_QUANTITY)
        order = order_awaiting_transfer(variant=variant, quantity=MAX_LINE_QUANTITY, customer=customer)
        cart_with(variant, quantity=2, customer=customer)

        assert contents(take_back(order, customer).cart) == {variant.sku: MAX_LINE_QUANTITY}

    def test_keeps_what_it_was_told_since(self, customer: User) -> None:
        order = order_awaiting_transfer(customer=customer)
        cart = cart_ready_to_order(customer=customer)
        Cart.objects.filter(pk=cart.pk).update(email="other@souk.example", billing_address=None)

        back = take_back(order, customer).cart

        assert (back.email, back.payment_provider) == ("other@souk.example", "cash_on_delivery")

    def test_goes_without_what_is_no_longer_sold_and_says_so(self, customer: User) -> None:
        stays, gone = stocked_variant(), stocked_variant()
        cart = cart_ready_to_order(stays, customer=customer, provider="bank_transfer")
        add_item(cart_id=cart.pk, variant_id=gone.pk)
        order = place_order(cart_id=cart.pk, actor=customer).order
        VariantFactory(product=gone.product)
        Variant.objects.filter(pk=gone.pk).update(is_active=False)

        back = take_back(order, customer)

        assert contents(back.cart) == {stays.sku: 1}
        assert [(one.sku, one.reason) for one in back.left_out] == [(gone.sku, "This item is no longer sold.")]

    def test_goes_without_another_currency(self, customer: User) -> None:
        order = order_awaiting_transfer(customer=customer)
        cart = cart_with(stocked_variant(currency="TND"), customer=customer)

        with pytest.raises(DomainError) as refused:
            take_back(order, customer)

        assert str(refused.value) == "Nothing of this order is sold any more or fits into your cart."
        assert cart.lines.count() == 1
        order.refresh_from_db()
        assert order.status == "pending"


class TestThePage:
    def test_of_an_own_order_asks_and_does_it(self, customer: User) -> None:
        order = order_awaiting_transfer(customer=customer)
        client = Client()
        client.force_login(customer)
        address = reverse("orders:own_back_to_cart", args=[order.number])

        assert address in client.get(reverse("accounts:order", args=[order.number])).content.decode()
        assert client.get(address).status_code == 302
        order.refresh_from_db()
        assert order.status == "pending", "a link changes nothing"
        page = client.post(address, follow=True)

        order.refresh_from_db()
        assert (order.status, page.request["PATH_INFO"]) == ("cancelled", reverse("carts:cart"))
        assert messages_of(page) == [
            "Your order is cancelled, and its items are in your cart: change them and order again."
        ]

    def test_of_a_guest_by_link_gives_the_session_the_cart(self) -> None:
        order, guest = order_awaiting_transfer(), Client()
        token = order_link_token(order.pk)
        address = reverse("orders:back_to_cart", args=[token])

        assert address in guest.get(reverse("orders:tracking", args=[token])).content.decode()
        for _click in range(2):
            page = guest.post(address, follow=True)

        assert order.lines.get().name in page.content.decode()
        assert Cart.objects.get(status=Cart.Status.OPEN).lines.get().quantity == 1

    def test_of_a_guest_who_ordered_again_and_fills_another_cart_leaves_them_that_cart(self) -> None:
        order = order_awaiting_transfer()
        guest, address = guest_who_placed(order), reverse("orders:back_to_cart", args=[order_link_token(order.pk)])
        guest.post(address)
        place_order(cart_id=Cart.objects.get(status=Cart.Status.OPEN).pk, actor=None)
        guest.post(reverse("carts:add"), {"variant": stocked_variant().pk, "quantity": 1})

        guest.post(address)

        assert guest.session["cart_token"] == Cart.objects.get(status=Cart.Status.OPEN).token

    def test_of_a_guest_whose_session_placed_it_says_again_what_was_said(self) -> None:
        order = order_awaiting_transfer()
        guest = guest_who_placed(order)

        guest.post(reverse("orders:back_to_cart", args=[order_link_token(order.pk)]))

        back = Cart.objects.get(status=Cart.Status.OPEN)
        assert (guest.session["cart_token"], back.email) == (back.token, order.email)

    def test_of_somebody_elses_link_says_that_it_is_over_and_leaves_the_session_as_it_is(self) -> None:
        order, other = order_awaiting_transfer(), Client()
        address = reverse("orders:back_to_cart", args=[order_link_token(order.pk)])
        Client().post(address)

        page = other.post(address, follow=True)

        assert messages_of(page) == ["This order can no longer be changed."]
        assert "cart_token" not in other.session

    def test_offers_nothing_once_it_is_paid(self, customer: User) -> None:
        order = confirmed_order(customer=customer)
        client = Client()
        client.force_login(customer)

        assert "back-to-cart" not in client.get(reverse("accounts:order", args=[order.number])).content.decode()

    def test_of_a_customers_order_lets_who_has_the_link_only_look(self, customer: User) -> None:
        order, token = order_awaiting_transfer(customer=customer), None
        token = order_link_token(order.pk)

        assert "back-to-cart" not in Client().get(reverse("orders:tracking", args=[token])).content.decode()
        assert Client().post(reverse("orders:back_to_cart", args=[token])).status_code == 404
        order.refresh_from_db()
        assert order.status == "pending"

    def test_of_somebody_elses_order_is_not_there(self, customer: User) -> None:
        order, stranger = order_awaiting_transfer(customer=customer), Client()
        stranger.force_login(UserFactory())

        assert stranger.post(reverse("orders:own_back_to_cart", args=[order.number])).status_code == 404
        assert stranger.post(reverse("orders:back_to_cart", args=["no-such-token"])).status_code == 404


class TestTheApi:
    def address(self, order: Order) -> str:
        return f"{V1}/orders/{order.pk}/back-to-cart"

    def test_answers_the_cart_and_what_was_left_out(self, customer: User) -> None:
        order = order_awaiting_transfer(quantity=2, customer=customer)

        data = given(client_of(customer).post(self.address(order)))

        assert (data["cart"]["units"], data["cart"]["token"], data["left_out"]) == (2, None, [])

    def test_gives_a_guest_the_new_carts_token_however_often(self) -> None:
        order = order_awaiting_transfer()
        guest = client_with_cart(placed_from(order))

        first, again = (given(guest.post(self.address(order)))["cart"] for _time in range(2))

        assert first == again
        assert first["token"] not in {None, placed_from(order)}

    def test_takes_the_token_of_a_guests_link_from_who_is_first(self, api: APIClient) -> None:
        order = order_awaiting_transfer()
        address = f"{self.address(order)}?token={order_link_token(order.pk)}"

        token = given(api.post(address))["cart"]["token"]

        order.refresh_from_db()
        assert order.status == "cancelled"
        refused(api.post(address), 409, "not_editable")
        assert given(client_with_cart(token).post(address))["cart"]["token"] == token

    def test_gives_who_has_only_the_link_no_key_to_the_guests_cart(self, api: APIClient) -> None:
        order = order_awaiting_transfer()
        given(client_with_cart(placed_from(order)).post(self.address(order)))

        refused(api.post(f"{self.address(order)}?token={order_link_token(order.pk)}"), 409, "not_editable")

    def test_is_not_there_for_others(self, api: APIClient, customer: User) -> None:
        order = order_awaiting_transfer(customer=customer)

        for client in (api, client_of(UserFactory()), client_with_cart(str(cart_with().token))):
            refused(client.post(f"{self.address(order)}?token={order_link_token(order.pk)}"), 404, "not_found")

    def test_refuses_a_paid_order(self, customer: User) -> None:
        order = confirmed_order(customer=customer)

        refused(client_of(customer).post(self.address(order)), 409, "not_editable")


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def taking_back(self, order: Order, customer: User | None) -> Callable[[], Any]:
        token = None if customer else placed_from(order)
        return lambda: take_back(order, customer, token)

    def test_without_the_orders_lock_a_double_click_fills_two_carts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        order, both_have_read = order_awaiting_transfer(), threading.Barrier(2, timeout=20)

        def unlocked(order_id: UUID) -> Order:
            found = Order.objects.get(pk=order_id)
            both_have_read.wait()
            return found

        monkeypatch.setattr(baskets, "lock_order", unlocked)
        at_once(*[self.taking_back(order, None)] * 2)

        assert Cart.objects.filter(status=Cart.Status.OPEN).count() == 2

    def test_clicks_at_once_fill_one_cart_once(self) -> None:
        order = order_awaiting_transfer(quantity=2)

        results = at_once(*[self.taking_back(order, None)] * 6)

        assert len({result.cart.pk for result in results}) == 1
        assert Cart.objects.get(status=Cart.Status.OPEN).lines.get().quantity == 2

    def test_clicks_of_a_customer_at_once_add_once(self, customer: User) -> None:
        order = order_awaiting_transfer(quantity=2, customer=customer)

        results = at_once(*[self.taking_back(order, customer)] * 6)

        assert Counter(type(result).__name__ for result in results) == {"BackInCart": 6}
        assert Cart.objects.get(status=Cart.Status.OPEN).lines.get().quantity == 2

    def test_money_that_arrives_meanwhile_is_taken_or_refused(self) -> None:
        order = order_awaiting_transfer()
        payment = order.payments.get()

        back, paid = at_once(self.taking_back(order, None), lambda: capture_payment(payment_id=payment.pk, actor=None))

        assert isinstance(back, DomainError) != isinstance(paid, DomainError)
        order.refresh_from_db()
        taken = isinstance(paid, DomainError)
        assert (order.status, order.paid_minor) == (("cancelled", 0) if taken else ("confirmed", order.total_minor))
        assert Cart.objects.filter(status=Cart.Status.OPEN).count() == (1 if taken else 0)

    def test_an_order_expires_or_comes_back_but_its_stock_is_free_once(self) -> None:
        variant = stocked_variant(10)
        order = order_awaiting_transfer(variant=variant, quantity=2)

        back, expired = at_once(self.taking_back(order, None), lambda: expire_unpaid_orders(now=order.expires_at))

        assert isinstance(back, DomainError) == (expired == 1)
        assert reserved(variant) == 0
        assert Cart.objects.filter(status=Cart.Status.OPEN).count() == (1 - expired)

    def test_a_cart_that_is_placed_meanwhile_loses_nothing(self, customer: User) -> None:
        variant = stocked_variant(20)
        order = order_awaiting_transfer(variant=variant, quantity=2, customer=customer)
        cart = cart_ready_to_order(variant, quantity=3, customer=customer)

        back, placed = at_once(
            self.taking_back(order, customer), lambda: place_order(cart_id=cart.pk, actor=customer).order
        )

        assert not [result for result in (back, placed) if isinstance(result, Exception)]
        ordered = placed.lines.get().quantity
        left = sum(contents(Cart.objects.get(pk=back.cart.pk)).values()) if back.cart.pk != placed.cart_id else 0
        assert ordered + left == 5
