"""What happened in the demo shop, as data: who ordered what and when, and what became of it. Pure, from a seed."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from orders.numbers import ALPHABET, check_character
from sampledata.content import MethodText, PersonText, ShopText


class Fate(StrEnum):
    """What became of an order; together they reach every state of an order."""

    AWAITING_MONEY = "awaiting money"
    EXPIRED = "expired"
    CANCELLED = "cancelled by the customer"
    CASH_TO_COME = "confirmed, cash on delivery"
    PAID = "confirmed, paid by transfer"
    PARTLY_SHIPPED = "partly shipped"
    ON_THE_ROAD = "shipped"
    DELIVERED = "delivered"
    PARTLY_REFUNDED = "delivered, partly refunded"
    REFUNDED = "delivered, refunded"


@dataclass(frozen=True, slots=True)
class Chapter:
    """So many orders of one fate, placed between so many hours ago."""

    fate: Fate
    orders: int
    oldest: int
    newest: int


DAY = 24
# A transfer is awaited for seven days: what is younger is still open, what is older has expired.
STORY = (
    Chapter(Fate.DELIVERED, 16, 58 * DAY, 12 * DAY),
    Chapter(Fate.REFUNDED, 1, 44 * DAY, 40 * DAY),
    Chapter(Fate.PARTLY_REFUNDED, 1, 30 * DAY, 24 * DAY),
    Chapter(Fate.EXPIRED, 2, 38 * DAY, 10 * DAY),
    Chapter(Fate.CANCELLED, 2, 34 * DAY, 4 * DAY),
    Chapter(Fate.ON_THE_ROAD, 4, 5 * DAY, 4 * DAY),
    Chapter(Fate.PARTLY_SHIPPED, 2, 5 * DAY, 4 * DAY),
    Chapter(Fate.PAID, 3, 70, 50),
    Chapter(Fate.AWAITING_MONEY, 3, 4 * DAY, 5),
    Chapter(Fate.CASH_TO_COME, 4, 30, 2),
)

# The demo's shopper sees one order of each of these in the account.
SHOPPER_SEES = {Fate.DELIVERED, Fate.ON_THE_ROAD, Fate.PARTLY_SHIPPED, Fate.AWAITING_MONEY, Fate.CANCELLED}
BY_TRANSFER = {Fate.AWAITING_MONEY, Fate.EXPIRED, Fate.CANCELLED, Fate.PAID}
# Units of each variant that the story leaves in the shop.
SPARE_UNITS = 2


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order of the story; ``age`` is how long ago it was placed, ``lines`` are (SKU, units)."""

    key: str
    number: str
    fate: Fate
    person: PersonText
    is_guest: bool
    address: int
    lines: tuple[tuple[str, int], ...]
    method: str
    provider: str
    age: timedelta
    tracking_number: str


@dataclass(frozen=True, slots=True)
class PlannedCart:
    """What a customer has put aside; ``lines`` are (SKU, units)."""

    person: PersonText
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole story, orders from the oldest on."""

    orders: tuple[PlannedOrder, ...]
    carts: tuple[PlannedCart, ...]


def plan_story(shop: ShopText, *, seed: int) -> Plan:
    """The same seed gives the same story."""
    chance = random.Random(seed)  # noqa: S311 - a story that can be told again, no secrets  # nosec B311
    orders = list(_orders(shop, chance, _Shelf(shop, chance)))
    shelf = _Shelf(shop, chance)
    buyers = [person for person in shop.people if not person.is_staff]
    carts = [
        PlannedCart(person, shelf.take(chance.randint(1, 3))) for person in (buyers[0], *chance.sample(buyers[1:], 3))
    ]
    return Plan(tuple(sorted(orders, key=lambda order: (-order.age, order.key))), tuple(carts))


class _Shelf:
    """Hands out goods as long as enough of them are there."""

    def __init__(self, shop: ShopText, chance: random.Random) -> None:
        self._chance = chance
        # Groceries are bought in threes, carpets one at a time.
        self._most = {
            v.sku: 3 if p.tax == "reduced" else 2 if v.price < 5000 else 1 for p in shop.products for v in p.variants
        }
        self._left = {v.sku: sum(v.stock) - SPARE_UNITS for p in shop.products for v in p.variants}
        self._product = {v.sku: p.key for p in shop.products for v in p.variants}

    def take(self, count: int) -> tuple[tuple[str, int], ...]:
        """Units of ``count`` different products."""
        taken: dict[str, tuple[str, int]] = {}
        while len(taken) < count:
            sku = self._chance.choice([sku for sku, left in self._left.items() if left > 0])
            units = min(self._chance.randint(1, self._most[sku]), self._left[sku])
            if self._product[sku] not in taken:
                taken[self._product[sku]] = (sku, units)
                self._left[sku] -= units
        return tuple(taken.values())


def _orders(shop: ShopText, chance: random.Random, shelf: _Shelf) -> Iterator[PlannedOrder]:
    buyers = [person for person in shop.people if not person.is_staff]
    methods = {method.key: method for method in shop.methods}
    place = 0
    for chapter in STORY:
        for index in range(chapter.orders):
            place += 1
            own = index == 0 and chapter.fate in SHOPPER_SEES
            is_guest = not own and chance.random() < 0.15
            person = buyers[0] if own else chance.choice(shop.guests if is_guest else tuple(buyers[1:]))
            address = chance.randrange(len(person.addresses)) if place % 3 == 0 else 0
            method = _method(methods, person.addresses[address]["country"], chance)
            yield PlannedOrder(
                key=f"order-{place:02d}",
                number=_number(chance),
                fate=chapter.fate,
                person=person,
                is_guest=is_guest,
                address=address,
                # What is sent in two parcels has at least two lines.
                lines=shelf.take(chance.randint(2 if chapter.fate == Fate.PARTLY_SHIPPED else 1, 4)),
                method=method.key,
                provider=_provider(chapter.fate, chance),
                age=timedelta(minutes=chance.randint(chapter.newest * 60, chapter.oldest * 60)),
                tracking_number=f"SK{chance.randrange(10**9, 10**10)}" if method.carrier else "",
            )


def _method(methods: Mapping[str, MethodText], country: str, chance: random.Random) -> MethodText:
    choices = [methods["standard"]] * 6 + [methods["express"]] * 3
    if country in methods["pickup"].countries:
        choices.append(methods["pickup"])
    return chance.choice(choices)


def _provider(fate: Fate, chance: random.Random) -> str:
    if fate in BY_TRANSFER:
        return "bank_transfer"
    if fate == Fate.CASH_TO_COME:
        return "cash_on_delivery"
    return chance.choice(("cash_on_delivery", "cash_on_delivery", "bank_transfer"))


def _number(chance: random.Random) -> str:
    body = "".join(chance.choice(ALPHABET) for _ in range(8))
    return body + check_character(body)
