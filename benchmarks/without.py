"""The shop without one part of its fast path: a WSGI application for `python -m benchmarks.fast_parts`.

`BENCHMARK_WITHOUT` names the part, whose place plain Django, DRF or psycopg takes. It ends with an error for a name
that is not known.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.core.wsgi import get_wsgi_application
from django.db.models import Model

from core.db.locking import for_update
from core.fast import arrays, compiled, rows
from core.fast.process_cache import ProcessCache

_Value = TypeVar("_Value")
_values: ContextVar[dict[str, Any]] = ContextVar("values")


class _Nowhere(dict[Any, Any]):
    """A dictionary that keeps nothing."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


def _without_compiled() -> None:
    """Make and compile a queryset each time, and let it make its own models."""

    def as_sql(self: compiled.Param, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", (_values.get()[self.name],)

    def ask(self: Any, lock: str, values: dict[str, Any]) -> list[Any]:
        if not all(value for value in values.values() if isinstance(value, list)):
            return []
        with _given(values):
            queryset = self._make()
            return list(for_update(queryset, no_key=lock == "no key") if lock else queryset)

    compiled.Param.as_sql = as_sql  # type: ignore[method-assign]
    compiled.Compiled._ask = ask  # type: ignore[method-assign]  # noqa: SLF001


@contextmanager
def _given(values: dict[str, Any]) -> Iterator[None]:
    token = _values.set(values)
    try:
        yield
    finally:
        _values.reset(token)


def _without_rows() -> None:
    """Write rows by bulk_create() and save()."""

    def add_all(new: Iterable[Any]) -> list[Any]:
        made = list(new)
        return type(made[0])._base_manager.bulk_create(made) if made else made  # noqa: SLF001  (documented API)

    def save_fields(row: Model, *names: str) -> None:
        stamped = [one.name for one in row._meta.concrete_fields if getattr(one, "auto_now", False)]
        row.save(update_fields=[*names, *stamped])

    rows.add_all, rows.save_fields = add_all, save_fields


def _without_written_out_arrays() -> None:
    """Send every list of ids as one value."""
    arrays.WRITTEN_OUT = compiled.WRITTEN_OUT = 0


def _without_kept_values() -> None:
    """Read anew what every page shows."""

    def get(self: Any, key: Any, make: Callable[[], _Value]) -> _Value:
        return make()

    ProcessCache.get = get  # type: ignore[method-assign]


def _without_kept_serializers() -> None:
    """Make a serializer with its fields for each body and answer."""
    from core.api import reading, writing  # noqa: PLC0415  (needs the apps)

    reading._at_rest, writing._at_rest = _Nowhere(), _Nowhere()  # noqa: SLF001


def _without_prepared_statements() -> None:
    """Let PostgreSQL plan each statement each time."""
    from core.postgresql.base import DatabaseWrapper  # noqa: PLC0415

    connect = DatabaseWrapper.get_new_connection

    def get_new_connection(self: DatabaseWrapper, conn_params: dict[str, Any]) -> Any:
        connection = connect(self, conn_params)
        connection.prepare_threshold = None
        return connection

    DatabaseWrapper.get_new_connection = get_new_connection  # type: ignore[method-assign]


# Before the apps are loaded, which import functions by name, or after.
BEFORE = {
    "compiled querysets": _without_compiled,
    "written rows": _without_rows,
    "written-out arrays": _without_written_out_arrays,
    "kept values": _without_kept_values,
}
AFTER = {"kept serializers": _without_kept_serializers, "prepared statements": _without_prepared_statements}


def _application(part: str) -> Any:
    if part not in BEFORE | AFTER:
        raise SystemExit(f"BENCHMARK_WITHOUT={part}: one of {', '.join(BEFORE | AFTER)}")
    if part in BEFORE:
        BEFORE[part]()
    application = get_wsgi_application()
    if part in AFTER:
        AFTER[part]()
    return application


if "BENCHMARK_WITHOUT" in os.environ:
    application = _application(os.environ["BENCHMARK_WITHOUT"])
