"""Reads a mapping file: how to get from a source's tables to the columns that Souk takes in. See docs/etl.md."""

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from core.errors import InvalidInput
from core.money import decimals
from etl.entities import Entity, Field, Kind
from etl.errors import MappingError
from etl.loaders import all_entities
from etl.stream import RESERVED, Stream, staged_name

FOLDER = Path(__file__).parent / "mappings"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_PLAIN_COLUMN = re.compile(r'"?([\w ]+)"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where a column of an entity comes from, and what the mapping asks of it beyond the entity's own rules."""

    sql: str
    label: str
    required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    lookup: str | None = None
    # Whether a value that cannot be used is left out, and told in the report, instead of rejecting its row.
    empties_bad_values: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A measure on the source's side: a number for each raw row, or a sum of other measures (entity, measure)."""

    sql: str = ""
    sum_of: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityMapping:
    """How one entity is filled from one stream."""

    entity: Entity
    stream: str
    key: Column
    where: str
    columns: dict[str, Column]
    totals: dict[str, Total]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping; entities in the order in which they are loaded. `source` is the origin its rows keep."""

    name: str
    title: str
    source: str
    currency: str
    timezone: str
    lookups: dict[str, dict[str, str]]
    streams: dict[str, Stream]
    entities: dict[str, EntityMapping]

    @property
    def decimals(self) -> int:
        return decimals(self.currency)


def known_mappings() -> list[str]:
    """The names of the mappings that come with the shop."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_mapping(name: str) -> Mapping:
    """A mapping by its name, or by the path of a YAML file. Raises MappingError saying what is wrong in it."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise MappingError(f"there is no mapping {name}; known are: {', '.join(known_mappings())}")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _Reader(path.stem, document).mapping()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: {error}") from error
    except _Wrong as error:
        raise MappingError(f"{path}: {error}") from error


class _Wrong(Exception):
    """Something in the file is not as it should be."""


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    document: Any

    def mapping(self) -> Mapping:
        top = _section(self.document, "the file", {"title", "currency", "timezone", "lookups", "streams", "entities"})
        _check_name(self.name, "the file's name")
        lookups = {name: _lookup(name, pairs) for name, pairs in _parts(top, "lookups").items()}
        _required(top, "streams", "the file")
        streams = {name: _stream(name, spec) for name, spec in _parts(top, "streams").items()}
        return Mapping(
            name=self.name,
            title=str(top.get("title") or self.name),
            source=self.name,
            currency=_currency(top),
            timezone=_timezone(top),
            lookups=lookups,
            streams=streams,
            entities=_entities(_required(top, "entities", "the file"), streams, lookups),
        )


def _section(value: Any, place: str, allowed: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(f"{place} has to be a table of names and values")
    if unknown := sorted(str(key) for key in value.keys() - allowed):
        raise _Wrong(f"{place}: unknown {', '.join(unknown)} (known: {', '.join(sorted(allowed))})")
    return value


def _parts(top: Map[str, Any], key: str) -> dict[str, Any]:
    """A section whose names the mapping chooses."""
    parts = top.get(key) or {}
    if not isinstance(parts, dict):
        raise _Wrong(f"{key} has to be a table of names and values")
    return {str(name): part for name, part in parts.items()}


def _required(section: Map[str, Any], key: str, place: str) -> Any:
    if not section.get(key):
        raise _Wrong(f"{place}: {key} is missing")
    return section[key]


def _check_name(name: str, place: str) -> None:
    if not _NAME.fullmatch(name):
        raise _Wrong(f"{place}: {name!r} has to be a lower-case word of letters, digits and _, at most 30")


def _currency(top: Map[str, Any]) -> str:
    code = str(_required(top, "currency", "the file"))
    try:
        decimals(code)
    except InvalidInput:
        raise _Wrong(f"currency: {code} is not an ISO 4217 code") from None
    return code


def _timezone(top: Map[str, Any]) -> str:
    name = str(top.get("timezone") or "UTC")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _Wrong(f"timezone: there is no {name}") from None
    return name


def _lookup(name: str, pairs: Any) -> dict[str, str]:
    if not isinstance(pairs, dict) or not pairs:
        raise _Wrong(f"lookups.{name} has to be a table of values")
    for key, value in pairs.items():
        # YAML reads a bare NO as false: Norway.
        if not isinstance(key, str) or not isinstance(value, str):
            raise _Wrong(f"lookups.{name}: put quotes around {key}: {value}")
    return {key.strip().lower(): value for key, value in pairs.items()}


def _stream(name: str, spec: Any) -> Stream:
    place = f"streams.{name}"
    _check_name(name, "streams")
    section = _section(spec, place, {"table", "schema", "query", "columns"})
    if bool(section.get("table")) == bool(section.get("query")):
        raise _Wrong(f"{place}: give either table or query")
    if not isinstance(_required(section, "columns", place), list):
        raise _Wrong(f"{place}: columns has to be a list of names")
    columns = tuple(str(column) for column in section["columns"])
    staged = [staged_name(column) for column in columns]
    if twins := sorted({column for column in staged if staged.count(column) > 1 or column in RESERVED}):
        raise _Wrong(f"{place}: staged, these names are not free: {', '.join(twins)}; rename the columns in a query")
    return Stream(
        name=name,
        columns=columns,
        table=str(section.get("table") or ""),
        schema=section.get("schema"),
        query=str(section.get("query") or ""),
    )


def _entities(section: Any, streams: Map[str, Stream], lookups: Map[str, dict[str, str]]) -> dict[str, EntityMapping]:
    specs = _section(section, "entities", set(all_entities()))
    mapped = {
        name: _entity(entity, specs[name], streams, lookups) for name, entity in all_entities().items() if name in specs
    }
    for name, one in mapped.items():
        for field in one.entity.fields:
            if field.refers_to and field.name in one.columns and field.refers_to not in mapped:
                raise _Wrong(f"entities.{name}: {field.name} refers to {field.refers_to}, which is not mapped")
        for measure, total in one.totals.items():
            _check_sum(f"entities.{name}.totals.{measure}", total, mapped)
    return mapped


def _check_sum(place: str, total: Total, mapped: Map[str, EntityMapping]) -> None:
    for entity, measure in total.sum_of:
        if entity not in mapped or not mapped[entity].totals.get(measure, Total()).sql:
            raise _Wrong(f"{place}: {entity}.{measure} is not a total with an SQL expression")


def _entity(entity: Entity, spec: Any, streams: Map[str, Stream], lookups: Map[str, dict[str, str]]) -> EntityMapping:
    place = f"entities.{entity.name}"
    section = _section(spec, place, {"from", "key", "where", "columns", "totals"})
    stream = str(_required(section, "from", place))
    if stream not in streams:
        raise _Wrong(f"{place}: there is no stream {stream} (known: {', '.join(streams)})")
    return EntityMapping(
        entity=entity,
        stream=stream,
        key=_key(_required(section, "key", place), place),
        where=str(section.get("where") or "true"),
        columns=_columns(entity, _required(section, "columns", place), f"{place}.columns", lookups),
        totals=_totals(entity, section.get("totals") or {}, f"{place}.totals"),
    )


def _columns(entity: Entity, specs: Any, place: str, lookups: Map[str, dict[str, str]]) -> dict[str, Column]:
    section = _section(specs, place, {field.name for field in entity.fields})
    columns = {name: _column(name, spec, place, lookups) for name, spec in section.items()}
    if missing := [field.name for field in entity.fields if field.required and field.name not in columns]:
        raise _Wrong(f"{place}: {', '.join(missing)} missing")
    for name, column in columns.items():
        # References are compared as the source has them.
        if column.lookup and entity.field(name).refers_to:
            raise _Wrong(f"{place}.{name}: a reference has no lookup")
        limited = column.minimum is not None or column.maximum is not None
        if limited and entity.field(name).kind not in {Kind.INTEGER, Kind.DECIMAL, Kind.MONEY}:
            raise _Wrong(f"{place}.{name}: min and max are for numbers")
        _check_choice(entity.field(name), column, f"{place}.{name}", lookups)
        _check_emptying(entity.field(name), column, f"{place}.{name}")
    return columns


def _check_choice(field: Field, column: Column, place: str, lookups: Map[str, dict[str, str]]) -> None:
    """A table of values may only lead to words that the entity knows."""
    if not field.choices or not column.lookup:
        return
    if wrong := sorted(set(lookups[column.lookup].values()) - set(field.choices)):
        known = ", ".join(field.choices)
        raise _Wrong(f"{place}: lookups.{column.lookup} has {', '.join(wrong)}, which is none of: {known}")


def _check_emptying(field: Field, column: Column, place: str) -> None:
    if column.empties_bad_values and (field.required or column.required or field.choices or field.in_group):
        raise _Wrong(f"{place}: on_error: empty is for columns that may be empty")


def _column(name: str, spec: Any, place: str, lookups: Map[str, dict[str, str]]) -> Column:
    place = f"{place}.{name}"
    if not isinstance(spec, dict):
        spec = {"sql": spec}
    section = _section(spec, place, {"sql", "label", "required", "min", "max", "lookup", "on_error"})
    sql = str(_required(section, "sql", place)).strip()
    if (lookup := section.get("lookup")) is not None and (not isinstance(lookup, str) or lookup not in lookups):
        raise _Wrong(f"{place}: there is no lookup {lookup} (known: {', '.join(lookups)})")
    if not isinstance(section.get("required", False), bool):
        raise _Wrong(f"{place}: required has to be true or false")
    if section.get("on_error", "reject") not in {"reject", "empty"}:
        raise _Wrong(f"{place}: on_error has to be reject or empty")
    plain = _PLAIN_COLUMN.fullmatch(sql)
    return Column(
        sql=sql,
        label=str(section.get("label") or (plain.group(1) if plain else name))[:120],
        required=section.get("required") is True,
        minimum=_limit(section, "min", place),
        maximum=_limit(section, "max", place),
        lookup=lookup,
        empties_bad_values=section.get("on_error") == "empty",
    )


def _key(spec: Any, place: str) -> Column:
    if isinstance(spec, dict):
        _section(spec, f"{place}.key", {"sql", "label"})
    return _column("key", spec, place, {})


def _limit(section: Map[str, Any], key: str, place: str) -> int | None:
    limit = section.get(key)
    if limit is not None and type(limit) is not int:
        raise _Wrong(f"{place}: {key} has to be a whole number")
    return limit


def _totals(entity: Entity, specs: Any, place: str) -> dict[str, Total]:
    measures = {measure.name for measure in entity.measures}
    section = _section(specs, place, measures)
    if missing := sorted(measures - section.keys()):
        raise _Wrong(f"{place}: {', '.join(missing)} missing, so that the shop could not be compared with the source")
    return {name: _total(spec, f"{place}.{name}") for name, spec in section.items()}


def _total(spec: Any, place: str) -> Total:
    if not isinstance(spec, dict):
        return Total(sql=str(spec))
    parts = [str(part) for part in _required(_section(spec, place, {"sum_of"}), "sum_of", place)]
    if wrong := [part for part in parts if part.count(".") != 1]:
        raise _Wrong(f"{place}: {', '.join(wrong)} has to be of the form entity.measure")
    return Total(sum_of=tuple((part.split(".")[0], part.split(".")[1]) for part in parts))
