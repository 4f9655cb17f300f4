"""Which methods a shopper is offered, and what is left to pack."""

import pytest
from django.db import IntegrityError

from checkout.services.fulfil_order import ship_order
from core.money import Money
from shipping.selectors import methods_for, unshipped_quantities
from tests.factories.checkout import confirmed_order
from tests.factories.shipping import ShippingMethodFactory

pytestmark = pytest.mark.django_db

TWENTY = Money(2000, "USD")


def codes(country: str, subtotal: Money = TWENTY) -> list[str]:
    return [method.code for method in methods_for(country=country, currency=subtotal.currency)]


def test_a_method_serves_its_countries_or_all() -> None:
    ShippingMethodFactory(code="world", position=2)
    ShippingMethodFactory(code="france", countries=["FR", "BE"], position=1)
    assert (codes("FR"), codes("JP")) == (["france", "world"], ["world"])


def test_a_method_in_another_currency_or_switched_off_is_not_offered() -> None:
    ShippingMethodFactory(code="dinar", currency="TND")
    ShippingMethodFactory(code="off", is_active=False)
    assert codes("FR") == []


def test_a_method_may_be_free_from_a_subtotal_on() -> None:
    method = ShippingMethodFactory(free_from_minor=2000)
    assert (method.rate.charge_for(TWENTY).minor, method.rate.charge_for(Money(1999, "USD")).minor) == (0, 500)


def test_what_is_in_a_parcel_is_not_left_to_pack() -> None:
    order = confirmed_order(quantity=3)
    line = order.lines.get()
    ship_order(order_id=order.pk, actor=None, quantities={line.pk: 1})
    assert unshipped_quantities(order) == {line.pk: 2}


def test_the_database_refuses_a_negative_charge() -> None:
    with pytest.raises(IntegrityError):
        ShippingMethodFactory(price_minor=-1)
