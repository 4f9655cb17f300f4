"""Querysets that are asked again and again, whose SQL is worked out once in each process.

Django builds and compiles a queryset each time, which takes longer than PostgreSQL needs to answer it by a key:

    _LINES = Compiled(lambda: CartLine.objects.filter(cart_id=Given("cart")).select_related("variant"))
    lines = _LINES.rows(cart=cart_id)
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.db import connections
from django.db.models import BooleanField, Expression, F, Func, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import get_language

from core.db import for_update, require_transaction

Row = TypeVar("Row")


class Given(Expression):
    """A value in a compiled queryset, said whenever it is asked; never None, as NULL is compared otherwise."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        """Its place in the statement, with itself as the value to be replaced."""
        return "%s", (self,)


def among(field: str, name: str) -> Func:
    """`filter(among("product_id", "ids"))`: the field is one of a list, given as one value however long it is."""
    return Func(F(field), Given(name), arg_joiner=" = ANY(", template="%(expressions)s)", output_field=BooleanField())


@dataclass(frozen=True)
class _Statement:
    """What came of compiling a queryset."""

    queryset: "QuerySet[Any, Any]"
    compiler: SQLCompiler
    sql: str
    values: tuple[Any, ...]


class Compiled(Generic[Row]):
    """A queryset that is made and compiled when it is first asked, once for each language: names are translated.

    What is fetched beside it by prefetch_related is not compiled.
    """

    def __init__(self, make: "Callable[[], QuerySet[Any, Row]]") -> None:
        self._make = make
        self._statements: dict[tuple[str | None, str], _Statement] = {}

    def rows(self, **values: Any) -> list[Row]:
        """What there is for these values. One query."""
        return self._ask("", values)

    def first(self, **values: Any) -> Row | None:
        """The first of the rows: all of them are read, so there should be few."""
        return next(iter(self.rows(**values)), None)

    def lock(self, *, no_key: bool = False, **values: Any) -> list[Row]:
        """As core.db.lock_rows(). One query."""
        require_transaction()
        return self._ask("no key" if no_key else "key", values)

    def _ask(self, lock: str, values: dict[str, Any]) -> list[Row]:
        key = (get_language(), lock)
        statement = self._statements.get(key) or self._statements.setdefault(key, self._compile(lock))
        return list(_asked(statement, values))

    def _compile(self, lock: str) -> _Statement:
        queryset: QuerySet[Any, Any] = self._make()
        if lock:
            queryset = for_update(queryset, no_key=lock == "no key")
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, values = compiler.as_sql()
        return _Statement(queryset, compiler, sql, tuple(values))


def _asked(statement: _Statement, values: dict[str, Any]) -> "QuerySet[Any, Any]":
    """The queryset with a compiler that has its SQL already, on this thread's connection."""
    said: Any = tuple(values[one.name] if isinstance(one, Given) else one for one in statement.values)
    template: Any = statement.queryset
    compiler, query = copy(statement.compiler), copy(template.query)
    compiler.connection = connections[template.db]
    compiler.as_sql = lambda *_args, **_options: (statement.sql, said)  # type: ignore[method-assign]
    query.get_compiler = lambda *_args, **_options: compiler
    # All that it knows, modeltranslation's part of it too; it was never asked itself, so it has no rows.
    asked = cast("QuerySet[Any, Any]", object.__new__(type(template)))
    vars(asked).update(vars(template) | {"_query": query})
    return asked
