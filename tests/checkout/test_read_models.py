"""The read model of a cart holds all that the API's document names of it."""

from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from rest_framework import serializers

from carts.serializers import CartLineOutput, CartOutput, CartVariantOutput
from catalog.reads.pictures import Picture
from checkout.reads import CartLineView, CartVariant, CartView, cart_view
from checkout.selectors import quote_nothing
from core.money import Money


@pytest.mark.parametrize(
    ("output", "read_model"),
    [(CartOutput, CartView), (CartLineOutput, CartLineView), (CartVariantOutput, CartVariant)],
)
def test_every_field_of_an_answer_is_one_of_the_read_model(output: Any, read_model: type[Any]) -> None:
    assert is_dataclass(read_model)
    hints = get_type_hints(read_model)
    fields: dict[str, serializers.Field[Any, Any, Any, Any]] = output().fields
    assert fields.keys() <= hints.keys()
    assert all(field.source in {name, "*"} for name, field in fields.items())


def test_lines_and_amounts_are_typed() -> None:
    line = get_type_hints(CartLineView)
    assert get_args(get_type_hints(CartView)["lines"]) == (CartLineView,)
    assert (line["variant"], line["unit_price"], line["total"]) == (CartVariant, Money, Money)
    assert Picture in get_args(get_type_hints(CartVariant)["image"])


@pytest.mark.django_db
def test_who_has_no_cart_sees_one_without_id_token_and_lines() -> None:
    cart = cart_view(quote_nothing())
    assert (cart.id, cart.token, list(cart.lines), cart.units, cart.has_problems) == (None, None, [], 0, False)
    assert not cart.has_shipping_method
