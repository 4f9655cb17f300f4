"""Customers with an address book; they have no log-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sampledata.bulk.copying import copy_rows
from sampledata.bulk.origin import SOURCE, Dice, Origin
from sampledata.bulk.words import Town, word_lists

BATCH = 10_000

Choice = TypeVar("Choice")

_ORIGIN = ("id", "created_at", "updated_at", "source", "source_key")
_USER = (
    *_ORIGIN, "password", "is_superuser", "email", "first_name", "last_name", "phone", "preferred_language",
    "date_joined",
)  # fmt: skip
_ADDRESS = (
    *_ORIGIN, "user_id", "full_name", "line1", "city", "region", "postal_code", "country", "phone",
    "is_default_shipping", "is_default_billing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the dice gave for one customer."""

    number: int
    at: datetime
    first_name: str
    last_name: str
    email: str
    phone: str
    line1: str
    town: Town


def write_people(origin: Origin, numbers: range) -> int:
    """Write the customers of these numbers; returns how many rows. Needs a transaction."""
    drawn = [_draw(origin, number) for number in numbers]
    users = copy_rows("accounts_user", _USER, (_user(origin, one) for one in drawn))
    return users + copy_rows("accounts_address", _ADDRESS, (_address(origin, one) for one in drawn))


def _draw(origin: Origin, number: int) -> Drawn:
    dice, words = Dice(origin, "customer", number), word_lists()
    town = _one_of(dice, words.towns)
    first, last = _one_of(dice, words.first_names), _one_of(dice, words.last_names)
    script = 1 if town.language == "ar" else 0
    return Drawn(
        number=number,
        at=origin.opened - timedelta(minutes=dice.below(365 * 24 * 60)),
        first_name=first[script],
        last_name=last[script],
        email=f"{first[0]}.{last[0]}.{origin.key(number)}@mail.example".lower(),
        phone=f"{town.phone} {dice.below(100):02d} {dice.below(100):02d}",
        line1=f"{1 + dice.below(180)} {_one_of(dice, words.streets[town.language])}",
        town=town,
    )


def _one_of(dice: Dice, choices: Sequence[Choice]) -> Choice:
    return choices[dice.below(len(choices))]


def _origin(origin: Origin, kind: str, one: Drawn) -> tuple[Any, ...]:
    return origin.id(kind, one.number), one.at, one.at, SOURCE, origin.key(one.number)


def _user(origin: Origin, one: Drawn) -> tuple[Any, ...]:
    return (
        *_origin(origin, "customer", one),
        # As Django marks a password that nobody can know.
        f"!{origin.id('password', one.number).hex}",
        False,
        one.email,
        one.first_name,
        one.last_name,
        one.phone,
        one.town.language,
        one.at,
    )


def _address(origin: Origin, one: Drawn) -> tuple[Any, ...]:
    return (
        *_origin(origin, "address", one),
        origin.id("customer", one.number),
        f"{one.first_name} {one.last_name}",
        one.line1,
        one.town.city,
        one.town.region,
        one.town.postal_code,
        one.town.country,
        one.phone,
        True,
        True,
    )
