"""Querysets that are asked again and again, whose SQL is worked out once in each process.

Django builds and compiles a queryset each time, which takes longer than PostgreSQL needs to answer it by a key:

    _LINES = Compiled(lambda: CartLine.objects.filter(cart_id=Param("cart")).select_related("variant"))
    lines = _LINES.rows(cart=cart_id)
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar, cast

from django.db import connection, connections
from django.db.models import BooleanField, Expression, F, Func, QuerySet, prefetch_related_objects
from django.db.models import query as django_query
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import get_language

from core.db.locking import for_update, prepared_rows, require_transaction
from core.fast.arrays import WRITTEN_OUT, padded

Row = TypeVar("Row")

# Untyped, as the stubs are those of a later Django.
_related_populators: Any = django_query.get_related_populators


class Param(Expression):
    """A value in a compiled queryset, said whenever it is asked; never None, as NULL is compared otherwise."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        """Its place in the statement, with itself as the value to be replaced."""
        return "%s", (self,)


def among(field: str, name: str) -> Func:
    """`filter(among("product_id", "ids"))`: the field is one of the list that is given."""
    return Func(F(field), Param(name), arg_joiner=" = ANY(", template="%(expressions)s)", output_field=BooleanField())


@dataclass(frozen=True)
class _Statement:
    """What came of compiling a queryset."""

    queryset: "QuerySet[Any, Any]"
    compiler: SQLCompiler
    sql: str
    values: tuple[Any, ...]
    # How columns become Python's values, by their number.
    converters: dict[int, Any]
    # None where rows are no models, which the queryset makes then itself.
    models: "_Models | None"

    def said(self, values: dict[str, Any], written_out: dict[str, list[Any]]) -> Iterator[Any]:
        """The values in the order of their places, of which an array that is written out has several."""
        for value in self.values:
            if not isinstance(value, Param):
                yield value
            elif value.name in written_out:
                yield from written_out[value.name]
            else:
                yield values[value.name]


class Compiled(Generic[Row]):
    """A queryset that is made and compiled when it is first asked.

    It is so once for each language, as names are translated, for each lock and for the sizes of its lists, which are
    few. What is fetched beside it by prefetch_related is not compiled.
    """

    def __init__(self, make: "Callable[[], QuerySet[Any, Row]]") -> None:
        self._make = make
        self._statements: dict[tuple[Any, ...], _Statement] = {}

    def rows(self, **values: Any) -> list[Row]:
        """What there is for these values. One query; none where a list is empty, as there is nothing among it."""
        return self._ask("", values)

    def first(self, **values: Any) -> Row | None:
        """The first of the rows: all of them are read, so there should be few."""
        return next(iter(self.rows(**values)), None)

    def lock(self, *, no_key: bool = False, **values: Any) -> list[Row]:
        """As core.db.locking.lock_rows(). At most one query."""
        require_transaction()
        return self._ask("no key" if no_key else "key", values)

    def _ask(self, lock: str, values: dict[str, Any]) -> list[Row]:
        lists = {name: value for name, value in values.items() if isinstance(value, list)}
        if not all(lists.values()):
            return []
        written_out = {name: padded(value) for name, value in lists.items() if len(value) <= WRITTEN_OUT}
        sizes = {name: len(value) for name, value in written_out.items()}
        key = (get_language(), lock, *sizes.items())
        statement = self._statements.get(key) or self._statements.setdefault(key, self._compile(lock, sizes))
        said = tuple(statement.said(values, written_out))
        if statement.models is None:
            return list(_asked(statement, said))
        return statement.models.made_of(_converted(prepared_rows(statement.sql, said), statement.converters))

    def _compile(self, lock: str, sizes: dict[str, int]) -> _Statement:
        queryset: QuerySet[Any, Any] = self._make()
        if lock:
            queryset = for_update(queryset, no_key=lock == "no key")
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, values = compiler.as_sql()
        places = [sizes.get(one.name, 0) if isinstance(one, Param) else 0 for one in values]
        written = [f"ARRAY[{', '.join(['%s'] * size)}]" if size else "%s" for size in places]
        selected = [column for column, _sql, _alias in (compiler.select or [])[: compiler.col_count]]
        converters = compiler.get_converters(selected)
        models = _Models(queryset, compiler) if _has_models(queryset) else None
        compiler.connection = cast(Any, None)  # this thread's may close; whoever asks brings their own
        pieces = chain.from_iterable(zip(sql.split("%s"), [*written, ""], strict=True))
        return _Statement(queryset, compiler, "".join(pieces), tuple(values), converters, models)


class _Models:
    """How rows become models with those selected beside them, worked out once: Django does it at each asking."""

    def __init__(self, queryset: Any, compiler: Any) -> None:
        described = compiler.klass_info
        columns = slice(described["select_fields"][0], described["select_fields"][-1] + 1)
        self._model, self._columns, self._db = described["model"], columns, queryset.db
        self._names = [column.target.attname for column, _sql, _alias in compiler.select[columns]]
        self._beside = _related_populators(described, compiler.select, queryset.db)
        self._annotations = list(compiler.annotation_col_map.items())
        self._prefetches = queryset._prefetch_related_lookups  # noqa: SLF001  (as prefetch_related() leaves it)

    def made_of(self, rows: Iterable[Any]) -> list[Any]:
        """A model for each row, as ModelIterable gives it."""
        made = [self._made_of(row) for row in rows]
        if self._prefetches:
            prefetch_related_objects(made, *self._prefetches)
        return made

    def _made_of(self, row: Any) -> Any:
        made = self._model.from_db(self._db, self._names, row[self._columns])
        for populator in self._beside:
            populator.populate(row, made)
        for name, place in self._annotations:
            setattr(made, name, row[place])
        return made


def _has_models(queryset: Any) -> bool:
    return queryset._iterable_class is django_query.ModelIterable  # noqa: SLF001  (as values() leaves it)


def _converted(rows: list[Any], converters: dict[int, Any]) -> Iterator[Any]:
    """The rows with the values that their fields make of what the database gave."""
    for row in map(list, rows):
        for place, (functions, expression) in converters.items():
            for function in functions:
                row[place] = function(row[place], expression, connection)
        yield row


def _asked(statement: _Statement, values: tuple[Any, ...]) -> "QuerySet[Any, Any]":
    """The queryset with a compiler that has its SQL already, on this thread's connection."""
    template: Any = statement.queryset
    compiler, query = copy(statement.compiler), copy(template.query)
    own: Any = compiler
    own.connection = connections[template.db]
    own.as_sql = lambda *_args, **_options: (statement.sql, values)
    own.get_converters = lambda _expressions: statement.converters
    query.get_compiler = lambda *_args, **_options: compiler
    # All that it knows, modeltranslation's part of it too; it was never asked itself, so it has no rows.
    asked = cast("QuerySet[Any, Any]", object.__new__(type(template)))
    vars(asked).update(vars(template) | {"_query": query})
    return asked
