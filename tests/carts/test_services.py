"""One cart service behind pages and API."""

import pytest
from django.db import IntegrityError

from carts import services
from carts.errors import CartClosed, CurrencyMismatch, NotForSale, QuantityOutOfRange
from carts.models import Cart, CartLine
from carts.selectors import open_cart
from catalog.models import Variant
from checkout.selectors import quote_cart
from core.errors import NotFound
from core.money import Money
from inventory.errors import OutOfStock
from tests.factories.accounts import UserFactory, details_of, postal
from tests.factories.catalog import VariantFactory
from tests.factories.checkout import cart_with, confirmed_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db


def quantities(cart: Cart) -> list[int]:
    return list(CartLine.objects.filter(cart=cart).values_list("quantity", flat=True))


def test_adding_the_same_variant_again_adds_up() -> None:
    variant = stocked_variant(10)
    cart = cart_with(variant, quantity=2)
    services.add_item(cart_id=cart.pk, variant_id=variant.pk, quantity=3)
    assert quantities(cart) == [5]


def test_a_line_remembers_the_price_it_was_added_at() -> None:
    variant = stocked_variant(10)
    cart = cart_with(variant)
    Variant.objects.filter(pk=variant.pk).update(price_minor=2500)
    [quoted] = quote_cart(cart).lines
    assert (quoted.line.price_at_add, quoted.total) == (Money(1999, "USD"), Money(2500, "USD"))
    assert quoted.line.price_has_changed


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 10**12])
def test_a_quantity_out_of_range_is_refused(quantity: int) -> None:
    variant = stocked_variant(10)
    cart = services.get_or_open_cart()
    with pytest.raises(QuantityOutOfRange):
        services.add_item(cart_id=cart.pk, variant_id=variant.pk, quantity=quantity)
    assert quantities(cart) == []


def test_more_than_there_is_cannot_be_added() -> None:
    variant = stocked_variant(3)
    cart = cart_with(variant, quantity=2)
    with pytest.raises(OutOfStock, match="Only 3 are left"):
        services.add_item(cart_id=cart.pk, variant_id=variant.pk, quantity=2)
    assert quantities(cart) == [2]


@pytest.mark.parametrize("switch", ["variant", "product", "category"])
def test_what_is_withdrawn_cannot_be_added(switch: str) -> None:
    variant = stocked_variant(3)
    VariantFactory(product=variant.product)
    row = {"variant": variant, "product": variant.product, "category": variant.product.category}[switch]
    row.is_active = False
    row.save()
    with pytest.raises(NotForSale):
        cart_with(variant)


def test_a_second_currency_is_refused_and_never_converted() -> None:
    cart = cart_with(stocked_variant(3))
    with pytest.raises(CurrencyMismatch):
        services.add_item(cart_id=cart.pk, variant_id=stocked_variant(3, currency="TND").pk)


def test_an_empty_cart_takes_the_currency_of_its_first_line() -> None:
    assert cart_with(stocked_variant(3, currency="TND")).currency == "TND"


def test_a_quantity_of_zero_takes_the_line_out() -> None:
    cart = cart_with()
    line = cart.lines.get()
    assert services.set_quantity(cart_id=cart.pk, line_id=line.pk, quantity=0) is None
    assert quantities(cart) == []


def test_a_line_that_ran_out_can_still_be_lowered() -> None:
    variant = stocked_variant(10)
    cart = cart_with(variant, quantity=8)
    confirmed_order(variant=variant, quantity=9)
    line = cart.lines.get()
    services.set_quantity(cart_id=cart.pk, line_id=line.pk, quantity=5)
    assert quantities(cart) == [5]


def test_another_carts_line_cannot_be_touched() -> None:
    mine, theirs = cart_with(), cart_with(quantity=2)
    with pytest.raises(NotFound):
        services.set_quantity(cart_id=mine.pk, line_id=theirs.lines.get().pk, quantity=0)
    assert quantities(theirs) == [2]


def test_an_ordered_cart_takes_nothing_more() -> None:
    order = confirmed_order()
    with pytest.raises(CartClosed):
        services.add_item(cart_id=order.cart_id, variant_id=stocked_variant().pk)


def test_logging_in_brings_the_guests_cart_along_and_quantities_add_up() -> None:
    shared, only_guest = stocked_variant(10), stocked_variant(10)
    customer = UserFactory()
    own = cart_with(shared, quantity=1, customer=customer)
    guest = cart_with(shared, quantity=2)
    services.add_item(cart_id=guest.pk, variant_id=only_guest.pk, quantity=4)
    merged = services.merge_at_login(customer=customer, token=guest.token)
    guest.refresh_from_db()
    assert merged == own
    assert sorted(quantities(own)) == [3, 4]
    assert (guest.status, guest.merged_into) == (Cart.Status.MERGED, own)


def test_the_invoice_goes_where_the_customer_said_whatever_the_guest_said() -> None:
    customer = UserFactory()
    own, guest = cart_with(customer=customer), cart_with()
    services.set_checkout_details(cart_id=own.pk, details=details_of(shipping_address=postal(city="Lyon")))
    services.set_checkout_details(
        cart_id=guest.pk, details=details_of(shipping_address=postal(city="Tunis"), billing_address=postal(city="Sfax"))
    )
    merged = services.merge_at_login(customer=customer, token=guest.token)
    own_address = details_of(shipping_address=postal(city="Lyon")).shipping_address
    assert (merged.details.shipping_address, merged.details.billing_address) == (own_address, None)


def test_merging_twice_adds_once() -> None:
    customer, guest = UserFactory(), cart_with(quantity=2)
    for _ in range(2):
        merged = services.merge_at_login(customer=customer, token=guest.token)
    assert quantities(merged) == [2]


def test_a_cart_that_is_ordered_while_it_is_merged_into_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    customer = UserFactory()
    order, guest = confirmed_order(customer=customer), cart_with(quantity=2)
    found = iter([order.cart])  # open when it was looked up, ordered before the lock was had
    real = services.open_cart
    monkeypatch.setattr(services, "open_cart", lambda **of: next(found, None) or real(**of))
    merged = services.merge_at_login(customer=customer, token=guest.token)
    assert (merged.is_open, quantities(merged)) == (True, [2])


def test_another_customers_cart_is_not_merged_by_its_token() -> None:
    victim = cart_with(customer=UserFactory())
    thief = services.merge_at_login(customer=UserFactory(), token=victim.token)
    assert quantities(thief) == []
    assert quantities(victim) == [1]


def test_a_cart_that_is_ordered_as_it_is_opened_gives_way_to_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another request opened one, so ours is refused; by the time we look, that one is ordered."""
    customer = UserFactory()
    other = cart_with(customer=customer)
    looked = iter([None])

    def not_seen_at_first(**of: object) -> Cart | None:
        if next(looked, other) is None:
            return None
        Cart.objects.filter(pk=other.pk).update(status=Cart.Status.ORDERED)
        return open_cart(**of)

    monkeypatch.setattr(services, "open_cart", not_seen_at_first)
    opened = services.get_or_open_cart(customer=customer)
    assert (opened.is_open, opened.pk != other.pk) == (True, True)


def test_a_token_opens_a_guests_cart_only() -> None:
    guest, customers = cart_with(), cart_with(customer=UserFactory())
    assert open_cart(token=guest.token) == guest
    assert open_cart(token=customers.token) is None


def test_the_database_allows_one_open_cart_a_customer() -> None:
    customer = UserFactory()
    Cart.objects.create(customer=customer, currency="USD")
    with pytest.raises(IntegrityError):
        Cart.objects.create(customer=customer, currency="USD")


def test_the_database_knows_the_states_of_a_cart() -> None:
    cart = cart_with()
    with pytest.raises(IntegrityError, match="carts_cart_status_known"):
        Cart.objects.filter(pk=cart.pk).update(status="lost")


def test_carts_are_closed_never_deleted() -> None:
    cart = cart_with()
    with pytest.raises(Exception, match="protected"):
        cart.delete()


def test_a_variant_that_vanishes_leaves_the_cart() -> None:
    variant = VariantFactory()
    VariantFactory(product=variant.product)
    cart = services.get_or_open_cart()
    CartLine.objects.create(cart=cart, variant=variant, quantity=1, price_at_add_minor=1)
    variant.delete()
    assert quantities(cart) == []
