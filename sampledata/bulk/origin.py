"""What tells the bulk rows apart and makes them the same again: keys, ids and draws that follow from the seed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from django.db import connection

SOURCE = "sampledata-bulk"
# How far back the orders go.
DAYS = 730


@dataclass(frozen=True, slots=True)
class Origin:
    """A seed's rows. ``until`` is the midnight at which their story ends; the first run decides it."""

    seed: int
    until: datetime

    @property
    def opened(self) -> datetime:
        return self.until - timedelta(days=DAYS)

    @property
    def base_ms(self) -> int:
        """The time part of the first id; later rows count up from it, so that indexes grow at their end."""
        return int(self.opened.timestamp() * 1000)

    def key(self, number: int) -> str:
        """The source key of a row; sorts like its number."""
        return f"{self.seed}-{number:09d}"

    @property
    def first_key(self) -> str:
        return self.key(0)

    @property
    def last_key(self) -> str:
        return self.key(999_999_999)

    def highest(self, table: str) -> int:
        """The number of the last row of this seed in a table; what is below it is there or was removed on purpose."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT max(source_key) FROM {table} WHERE source = %s"  # noqa: S608  a constant
                " AND source_key BETWEEN %s AND %s AND length(source_key) = %s",
                [SOURCE, self.first_key, self.last_key, len(self.first_key)],
            )
            key = cursor.fetchone()[0]
        return int(key.rpartition("-")[2]) if key else 0

    def id(self, kind: str, number: int) -> UUID:
        """A UUIDv7 whose time counts the rows and whose rest is hashed from seed, kind and number."""
        digest = blake2b(f"{self.seed}:{kind}:{number}".encode(), digest_size=10).digest()
        rest = int.from_bytes(digest, "big")
        high = (self.base_ms + number) << 16 | 0x7000 | rest >> 68
        return UUID(int=high << 64 | 0b10 << 62 | rest & (1 << 62) - 1)


class Dice:
    """Draws for one row that depend on nothing but the seed, the kind of row and its number."""

    __slots__ = ("_left",)

    def __init__(self, origin: Origin, kind: str, number: int) -> None:
        self._left = int.from_bytes(blake2b(f"{origin.seed}/{kind}/{number}".encode()).digest(), "big")

    def below(self, limit: int) -> int:
        """A whole number from zero up to but without the limit. A row has 512 bits to draw from."""
        self._left, drawn = divmod(self._left, limit)
        return drawn
