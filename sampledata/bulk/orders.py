"""Orders with lines, history, payments, parcels and stock moves, drawn and written by the database itself."""

from calendar import SATURDAY
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from catalog.models import TaxClass
from core.money import decimals
from pricing.destinations import Destination
from pricing.selectors import tax_rules_for
from sampledata.bulk import order_sql
from sampledata.bulk.copying import copy_rows
from sampledata.bulk.lanes import Turn, Write
from sampledata.bulk.origin import DAYS, Origin
from shipping.models import ShippingMethod

BATCH = 20_000

# How much is bought in a month of the year: quiet after the sales, busy before the feasts.
_MONTHS = (0.8, 0.75, 0.9, 0.95, 1.0, 1.0, 0.85, 0.8, 0.95, 1.05, 1.5, 1.7)
_WEEKEND = 1.25
# The shop sells so much more at the end of the two years than at their beginning.
_GROWTH = 0.6


class Orders:
    """Writes batches of orders among the goods and people that are there."""

    def __init__(self, origin: Origin) -> None:
        pickup = ShippingMethod.objects.filter(code="pickup").first()
        self._values: dict[str, Any] = {
            "seed": origin.seed,
            "base_ms": origin.base_ms,
            "until": origin.until,
            "opened": origin.opened,
            "first_key": origin.first_key,
            "last_key": origin.last_key,
            "currency": settings.SHOP_CURRENCY,
            "decimals": decimals(settings.SHOP_CURRENCY),
            "pickup_countries": pickup.countries if pickup else [],
        }
        self._origin = origin

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Between these two ends the temporary tables with goods, people, taxes and days exist."""
        self._run(order_sql.DROP)
        for statement in (order_sql.GOODS, order_sql.PEOPLE):
            self._run(statement)
        self._run_plain(order_sql.RULES)
        columns = ("country", "region", "postal_code", "tax_class", "zone", "included", "rate", "shown")
        copy_rows("bulk_tax", columns, list(self._tax_rows()))
        copy_rows("bulk_calendar", ("slot", "day"), _calendar(self._origin))
        self._run_plain(order_sql.INDEXES)
        self._values |= {"goods": _count("bulk_good"), "people": _count("bulk_person")}
        yield
        self._run(order_sql.DROP)

    def write(self, numbers: range, turn: Turn) -> int:
        """Write the orders of these numbers; returns how many rows. Needs a transaction and `prepared()`."""
        self._values |= {"low": numbers.start, "high": numbers.stop - 1}
        for table in order_sql.DRAWN:
            self._run_plain(f"DROP TABLE IF EXISTS {table}")
        for statement in order_sql.DRAW:
            self._run(statement)
        rows = sum(self._run(statement) for statement in order_sql.WRITE)
        turn()  # stock that is locked while others wait for it would be waited for by those that this one waits for
        self._run(order_sql.STOCK)
        return rows

    def _tax_rows(self) -> Iterator[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT country, region, postal_code FROM bulk_person ORDER BY 1, 2, 3")
            places = cursor.fetchall()
        for country, region, postal_code in places:
            address = {"country": country, "region": region, "postal_code": postal_code}
            rules = tax_rules_for(Destination.of(address))
            for tax_class in TaxClass.values:
                rate = rules.rate(tax_class)
                yield *address.values(), tax_class, rules.zone, rules.prices_include_tax, rate, f"{rate:f}"

    def _run(self, statement: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, self._values)
            return int(cursor.rowcount)

    def _run_plain(self, statements: str) -> None:
        """Several statements at once, which take no values."""
        with connection.cursor() as cursor:
            cursor.execute(statements)


@contextmanager
def opened_orders(origin: Origin) -> Iterator[Write]:
    """A lane's way to write orders."""
    orders = Orders(origin)
    with orders.prepared():
        yield orders.write


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  a constant
        return int(cursor.fetchone()[0])


def _calendar(origin: Origin) -> Iterator[tuple[Any, ...]]:
    """Every slot is as likely as any other: busy days have more of them."""
    days = [origin.opened + timedelta(days=place) for place in range(DAYS)]
    weights = [
        _MONTHS[day.month - 1] * (_WEEKEND if day.weekday() >= SATURDAY else 1) * (1 + _GROWTH * place / DAYS)
        for place, day in enumerate(days)
    ]
    place, reached, whole = 0, weights[0], sum(weights)
    for slot in range(order_sql.SLOTS):
        while reached < whole * (slot + 0.5) / order_sql.SLOTS and place < DAYS - 1:
            place += 1
            reached += weights[place]
        yield slot, days[place]
