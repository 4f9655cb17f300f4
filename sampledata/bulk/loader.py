"""Fills the shop to a size, batch by batch: what is there stays, so a run that was killed is continued by the next."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection, transaction
from django.utils import translation

from inventory.models import Location
from sampledata.bulk import people, products
from sampledata.bulk.lanes import Opened, opened, write_batches
from sampledata.bulk.orders import BATCH as ORDERS_A_BATCH
from sampledata.bulk.orders import opened_orders
from sampledata.bulk.origin import SOURCE, Origin
from sampledata.bulk.products import Shelf
from sampledata.bulk.words import word_lists
from sampledata.catalogue import Writer
from sampledata.content import shop_text
from sampledata.pictures import Picture, drawn_meanwhile, pictures_of

LARGEST_SEED = 999_999
# Source keys and order numbers have room for these.
LARGEST = {"products": 5_000_000, "customers": 10_000_000, "orders": 10_000_000}
TABLES = {"products": "catalog_product", "customers": "accounts_user", "orders": "orders_order"}

# Called with what is written, how many of it there are by now, and how many there will be.
Progress = Callable[[str, int, int], None]


class SizeError(ValueError):
    """A size that no run can have; names the option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many of each there are to be after the run; more than that stay."""

    products: int = 0
    customers: int = 0
    orders: int = 0

    def check(self, *, seed: int) -> None:
        """Raises SizeError for numbers out of range."""
        limits = {**{name: (getattr(self, name), most) for name, most in LARGEST.items()}, "seed": (seed, LARGEST_SEED)}
        for name, (size, most) in limits.items():
            if not 0 <= size <= most:
                raise SizeError(f"--{name} is a number from 0 to {most:,}, not {size:,}")


@dataclass(slots=True)
class Part:
    """What a run did for one kind of thing; ``rows`` counts those of every table, ``total`` is how many there are."""

    name: str
    total: int
    added: int = 0
    rows: int = 0
    seconds: float = 0.0

    @property
    def rows_a_second(self) -> float:
        return self.rows / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Filled:
    """What a run did, and how many pictures it had to draw."""

    parts: list[Part] = field(default_factory=list)
    pictures_drawn: int = 0


def fill_shop(*, sizes: Sizes, seed: int, until: datetime | None = None, progress: Progress | None = None) -> Filled:
    """Add what is missing to these sizes; each batch is a transaction of its own, so call it outside of any.

    The same seed gives the same rows. ``until`` is when the story ends; a seed's first run decides it (today's
    midnight, unless told). Raises SizeError for sizes out of range and for orders that nobody could place, and
    IntegrityError when other rows have the place of a new one.
    """
    sizes.check(seed=seed)
    return _Run(_origin(seed, until), sizes, progress or (lambda *_told: None)).run()


class _Run:
    def __init__(self, origin: Origin, sizes: Sizes, progress: Progress) -> None:
        self._origin = origin
        self._sizes = sizes
        self._progress = progress
        self._filled = Filled()

    def run(self) -> Filled:
        self._check_orders()
        self._fill_products()
        self._fill("customers", people.BATCH, opened(lambda numbers, _turn: people.write_people(self._origin, numbers)))
        self._analyze("catalog_product", "catalog_variant", "inventory_stockitem", "accounts_user", "accounts_address")
        self._fill_orders()
        return self._filled

    def _missing(self, name: str) -> range:
        return range(self._origin.highest(TABLES[name]) + 1, getattr(self._sizes, name) + 1)

    def _check_orders(self) -> None:
        if not self._missing("orders"):
            return
        for name in ("products", "customers"):
            if not getattr(self._sizes, name) and not self._origin.highest(TABLES[name]):
                raise SizeError(f"--orders needs --{name}: this seed has none yet")

    def _fill_products(self) -> None:
        with drawn_meanwhile(_pool(bool(self._sizes.products))) as store_pictures, translation.override("en"):
            if self._missing("products"):
                with transaction.atomic():
                    shelf = _shelf(self._origin)
                self._fill(
                    "products",
                    products.BATCH,
                    opened(lambda numbers, _turn: products.write_products(self._origin, shelf, numbers)),
                )
            else:
                self._filled.parts.append(Part("products", self._missing("products").start - 1))
            self._filled.pictures_drawn = store_pictures()

    def _fill_orders(self) -> None:
        are_missing = bool(self._missing("orders"))
        self._fill("orders", ORDERS_A_BATCH, lambda: opened_orders(self._origin))
        if are_missing:
            self._analyze("orders_order", "orders_orderline", "inventory_stockitem")

    def _fill(self, name: str, batch: int, open_lane: Opened) -> None:
        """Write what is missing in batches that begin at the same numbers in every run."""
        part = Part(name, self._missing(name).start - 1)
        self._filled.parts.append(part)
        began = time.perf_counter()
        batches = list(self._batches(name, batch))
        with closing(write_batches(batches, open_lane)) as written:
            for numbers, rows in zip(batches, written, strict=True):
                part.rows += rows
                part.added += len(numbers)
                part.total += len(numbers)
                part.seconds = time.perf_counter() - began
                self._progress(name, part.total, getattr(self._sizes, name))

    def _batches(self, name: str, batch: int) -> Iterator[range]:
        missing = self._missing(name)
        start = missing.start
        while start < missing.stop:
            stop = min(((start - 1) // batch + 1) * batch + 1, missing.stop)
            yield range(start, stop)
            start = stop

    def _analyze(self, *tables: str) -> None:
        """Rows that came in bulk have no statistics yet, and plans are poor until they do."""
        if any(part.added for part in self._filled.parts):
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {', '.join(tables)}")


def _origin(seed: int, until: datetime | None) -> Origin:
    """The seed's warehouse remembers when its story ends."""
    if warehouse := _warehouse(seed):
        return Origin(seed, warehouse.created_at)
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Origin(seed, until or midnight)


def _warehouse(seed: int) -> Location | None:
    return Location.objects.filter(source=SOURCE, source_key=f"{seed}-warehouse").first()


def _shelf(origin: Origin) -> Shelf:
    """The demo shop's rules and categories, and a warehouse, made if they are missing. Needs a transaction."""
    shop = shop_text()
    writer = Writer(shop, origin.until)
    writer.write_rules()
    categories = writer.write_categories()
    warehouse = _warehouse(origin.seed) or _make_warehouse(origin)
    return Shelf(
        like={product.key: product for product in shop.products},
        categories={key: category.pk for key, category in categories.items()},
        pictures={key: sorted(one.file for one in several) for key, several in _pictures().items()},
        location_id=warehouse.pk,
    )


def _make_warehouse(origin: Origin) -> Location:
    row = Location(
        id=origin.id("warehouse", 0),
        source=SOURCE,
        source_key=f"{origin.seed}-warehouse",
        code=f"warehouse-{origin.seed}",
        name="Central warehouse",
        priority=10,
        created_at=origin.until,
    )
    row.save(force_insert=True)
    Location.objects.filter(pk=row.pk).update(updated_at=origin.until)
    return row


def _pictures() -> dict[str, list[Picture]]:
    """The pictures of the demo products that bulk products are like: files that all of them share."""
    shop, liked = shop_text(), {thing.like for thing in word_lists().things}
    return {product.key: pictures_of(product, shop) for product in shop.products if product.key in liked}


def _pool(wanted: bool) -> list[Picture]:
    return [picture for several in _pictures().values() for picture in several] if wanted else []
