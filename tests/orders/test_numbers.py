"""Order numbers survive being read out on the phone."""

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from checkout.services.place_order import place_order
from orders.models import Order
from orders.numbers import ALPHABET, check_character, new_order_number, normalize_order_number
from tests.factories.checkout import cart_ready_to_order, confirmed_order

BODIES = st.text(ALPHABET, min_size=8, max_size=8)


def test_a_number_has_nine_characters_of_crockfords_alphabet() -> None:
    number = new_order_number()
    assert len(number) == 9
    assert set(number) <= set(ALPHABET)


@given(body=BODIES, position=st.integers(0, 7), other=st.sampled_from(ALPHABET))
def test_one_wrong_character_never_passes(body: str, position: int, other: str) -> None:
    wrong = body[:position] + other + body[position + 1 :]
    assert wrong == body or check_character(wrong) != check_character(body)


@given(body=BODIES)
def test_misread_letters_and_lower_case_are_put_right(body: str) -> None:
    number = body + check_character(body)
    typed = number.lower().replace("0", "o").replace("1", "l")
    assert normalize_order_number(f" {typed[:4]}-{typed[4:]} ") == number


def test_an_imported_number_passes_unchanged() -> None:
    assert normalize_order_number(" 10248 ") == "10248"


@pytest.mark.django_db
def test_a_taken_number_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = confirmed_order().number, new_order_number()
    drawn = iter([taken, free])
    field = Order._meta.get_field("number")
    monkeypatch.setattr(field, "default", lambda: next(drawn))
    monkeypatch.delitem(field.__dict__, "_get_default", raising=False)
    order = place_order(cart_id=cart_ready_to_order().pk, actor=None).order
    assert order.number == free


@pytest.mark.django_db
def test_the_database_keeps_numbers_unique() -> None:
    first, second = confirmed_order(), confirmed_order()
    second.number = first.number
    with pytest.raises(IntegrityError):
        second.save()
