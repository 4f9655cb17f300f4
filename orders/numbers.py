"""Order numbers: short enough to be read out on the phone, not to be guessed, with a check character."""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from core.text.codes import bare_code, plain_code

_TRIES = 5
_Given = ParamSpec("_Given")
_Placed = TypeVar("_Placed")


class NumberTaken(Exception):
    """The number that was drawn belongs to another order; nothing of this one may stay."""


def drawn_again(place: Callable[_Given, _Placed]) -> Callable[_Given, _Placed]:
    """Do a whole transaction again, with another number, where the one drawn is taken.

    Forty random bits meet once in a million orders of a million: no savepoint is spent on each order for that.
    """

    @wraps(place)
    def placed(*args: _Given.args, **kwargs: _Given.kwargs) -> _Placed:
        for _try in range(_TRIES - 1):
            try:
                return place(*args, **kwargs)
            except NumberTaken:
                continue
        return place(*args, **kwargs)

    return placed


# Crockford's base 32: no I, L, O, U, which are misread or mistyped.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
# In plain letters it would be "No", which may begin a number.
_SIGN = str.maketrans({"№": "#"})


def check_character(body: str) -> str:
    """Luhn's algorithm modulo 32: catches every single wrong character and nearly all swapped neighbours."""
    total = 0
    for index, char in enumerate(reversed(body)):
        value = ALPHABET.index(char) * (2 if index % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def new_order_number() -> str:
    """Eight random characters (40 bits) and a check character; drawn_again() retries on a collision."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return body + check_character(body)


def normalize_order_number(text: str) -> str:
    """What a person typed, as stored: upper case, misread letters put right. Imported numbers pass unchanged."""
    candidate = number_beginning(text)
    if len(candidate) == 9 and set(candidate) <= set(ALPHABET) and check_character(candidate[:8]) == candidate[8]:
        return candidate
    return _plain(text).lstrip("# ")


def number_beginning(text: str) -> str:
    """What a person typed as the first characters of one of our numbers, misread letters put right."""
    return bare_code(text.translate(_SIGN)).upper().translate(_READ_AS)


def possible_numbers(text: str) -> set[str]:
    """The numbers as stored that somebody may mean: ours, or one that came with its order, with its "#" or without."""
    number = normalize_order_number(text)
    return {number, number.upper(), f"#{number}", _plain(text), text.strip()}


def _plain(text: str) -> str:
    return plain_code(text.translate(_SIGN))
