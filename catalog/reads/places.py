"""Which products a list has and in which order, without anything that it shows of them."""

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator

from core.db.locking import prepared_rows

if TYPE_CHECKING:
    from django.db.models import Q

    from catalog.querysets import ProductQuerySet

Statement = tuple[str, tuple[Any, ...]]
# No list has as many pages, and the database can still count to their rows.
_FURTHEST = 10**9


class Place(NamedTuple):
    """A product's id, and what lists are sorted by."""

    id: UUID
    created_at: datetime
    from_price_minor: int


if TYPE_CHECKING:
    PaginatorOfPlaces = Paginator[Place]
else:
    PaginatorOfPlaces = Paginator


class PlacePaginator(PaginatorOfPlaces):
    """Counts by the statement that reads a page."""

    object_list: "Places"  # type: ignore[assignment]

    def page(self, number: int | str) -> "Page[Place]":
        try:
            asked = min(max(1, int(number)), _FURTHEST)
        except ValueError:
            asked = 1  # validate_number() says what is wrong
        places, self.count = self.object_list.counted((asked - 1) * self.per_page, self.per_page)
        return Page(places, self.validate_number(number), self)

    def get_page(self, number: float | str | None) -> "Page[Place]":
        try:
            return self.page(str(number or 1))
        except PageNotAnInteger:
            return self.page(1)
        except EmptyPage:
            return self.page(self.num_pages)


class Places:
    """The places of a queryset's products: counted, cut into pages and narrowed as paginators do with querysets.

    An index alone answers them, however far down the list. The ORM writes a statement once for both and for as long
    as the queryset is kept; for every page anew it took longer than the database to run it.
    """

    paginator_class = PlacePaginator

    def __init__(self, products: "ProductQuerySet") -> None:
        self._products = products
        self.model = products.model
        self.query = products.query

    def count(self) -> int:
        """How many products there are. One query."""
        if self._unsorted is None:
            return 0
        statement, values = self._unsorted
        counting = f"SELECT count(*) FROM ({statement}) AS found"  # noqa: S608  (the ORM's own)
        return int(prepared_rows(counting, values)[0][0])

    def __getitem__(self, cut: slice) -> list[Place]:
        """The first so many, uncounted: what a page beside a cursor takes. One query."""
        if self._sorted is None:
            return []
        statement, values = self._sorted
        return [Place(*row) for row in prepared_rows(f"{statement} LIMIT %s", [*values, cut.stop])]

    def counted(self, start: int, size: int) -> tuple[list[Place], int]:
        """A page with a number: so many places after the first `start`, and how many there are in all.

        One query, past the end two.
        """
        if self._sorted is None or self._unsorted is None:
            return [], 0
        (page, its), (whole, of_all) = self._sorted, self._unsorted
        statement = f"SELECT *, (SELECT count(*) FROM ({whole}) AS found) FROM ({page} LIMIT %s OFFSET %s) AS place"  # noqa: S608  (the ORM's own)
        rows = prepared_rows(statement, [*of_all, *its, size, start])
        return [Place(*row[:3]) for row in rows], rows[0][3] if rows else self.count()

    def filter(self, condition: "Q") -> Self:
        """The places of the products that fulfil it too."""
        return type(self)(self._products.filter(condition))

    def order_by(self, *names: str) -> Self:
        """The same in another order."""
        return type(self)(self._products.order_by(*names))

    @cached_property
    def _sorted(self) -> Statement | None:
        return _statement(self._products)

    @cached_property
    def _unsorted(self) -> Statement | None:
        return _statement(self._products.order_by())


def _statement(products: "ProductQuerySet") -> Statement | None:
    """The SQL with its values; None where the ORM knows that nothing is found."""
    query = products.query.chain()
    # Not by values_list(): for translated texts, which these are not, its columns come in any order.
    query.set_values(Place._fields)
    try:
        statement, values = query.sql_with_params()
    except EmptyResultSet:
        return None
    return statement, tuple(values)
