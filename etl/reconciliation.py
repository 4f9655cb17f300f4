"""Source against shop: counts and sums of each entity, the source's taken from the raw rows as they were read."""

from dataclasses import asdict, dataclass
from decimal import Context as Arithmetic
from decimal import Decimal, localcontext
from typing import Any

from psycopg import sql

from etl.context import Context
from etl.entities import Entity, Measure
from etl.mapping import EntityMapping, Mapping
from etl.staging import fetch, trusted
from etl.validation import blaming

COUNT = "count"
# Sums of rejected rows may have any number of digits; Python would round them to 28.
_EXACT = Arithmetic(prec=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One number on both sides, money in major units.

    `rejected` is the part of `source` in rejected rows; `kept` the part of `target` that this run did not load: rows
    that the source has no more, or that an earlier run loaded and that are broken now.
    """

    entity: str
    measure: str
    is_money: bool
    source: Decimal
    rejected: Decimal
    kept: Decimal
    target: Decimal

    @property
    def difference(self) -> Decimal:
        """What no rejected or kept row explains."""
        with localcontext(_EXACT):
            return self.source - self.rejected + self.kept - self.target

    @property
    def is_equal(self) -> bool:
        return self.source == self.target

    def as_dict(self) -> dict[str, Any]:
        """In plain JSON types; numbers as text, so that none loses a digit."""
        return {
            name: format(value, "f") if isinstance(value, Decimal) else value
            for name, value in {**asdict(self), "difference": self.difference}.items()
        }


def reconcile(context: Context, mapping: Mapping) -> list[Comparison]:
    """Compare every measure of every mapped entity. Raises MappingError if a total fails on a value."""
    with localcontext(_EXACT):
        return _comparisons(context, mapping)


def _comparisons(context: Context, mapping: Mapping) -> list[Comparison]:
    sources = {name: _source_sums(context, mapped) for name, mapped in mapping.entities.items()}
    comparisons = []
    for name, mapped in mapping.entities.items():
        held = _target_sums(context, mapped.entity)
        for measure in (Measure(COUNT), *mapped.entity.measures):
            # Minor units in the shop, major ones at the source: both get all of the currency's decimals.
            unit = Decimal(1).scaleb(-mapping.decimals if measure.is_money else 0)
            whole, rejected = (amount + 0 * unit for amount in _source_of(sources, mapping, name, measure.name))
            target, kept = (amount * unit for amount in held[measure.name])
            comparisons.append(
                Comparison(
                    entity=name,
                    measure=measure.name,
                    is_money=measure.is_money,
                    source=whole,
                    rejected=rejected,
                    kept=kept,
                    target=target,
                )
            )
    return comparisons


def gone_rows(context: Context, mapping: Mapping, *, limit: int) -> list[str]:
    """What the shop holds and the source has no more: at most `limit` of each entity, as "order 503"."""
    query = """
        SELECT held.source_key FROM ({held}) AS held
          LEFT JOIN etl_keymap AS keymap ON keymap.source = {source} AND keymap.entity = {entity}
                AND keymap.source_key = held.source_key
         WHERE keymap.last_run_id IS DISTINCT FROM {run}
           AND NOT EXISTS (SELECT 1 FROM etl_rejection AS rejected WHERE rejected.run_id = {run}
                              AND rejected.entity = {entity} AND rejected.source_key = held.source_key)
         ORDER BY held.source_key LIMIT {limit}
    """
    gone = []
    for name, mapped in mapping.entities.items():
        held = trusted(mapped.entity.held).format(**context.parts())
        parts = {**context.parts(), "held": held, "entity": sql.Literal(name), "limit": sql.Literal(limit)}
        gone += [f"{name} {key}" for (key,) in fetch(sql.SQL(query).format(**parts))]
    return gone


Sums = dict[str, tuple[Decimal, Decimal]]


def _source_of(sources: dict[str, Sums], mapping: Mapping, entity: str, measure: str) -> tuple[Decimal, Decimal]:
    total = mapping.entities[entity].totals.get(measure)
    if total is None or not total.sum_of:
        return sources[entity][measure]
    parts = [sources[other][name] for other, name in total.sum_of]
    return sum((part[0] for part in parts), Decimal(0)), sum((part[1] for part in parts), Decimal(0))


def _source_sums(context: Context, mapped: EntityMapping) -> Sums:
    """Of each measure the sum over all raw rows, and over those that were rejected."""
    expressions = {name: total.sql for name, total in mapped.totals.items() if total.sql}
    query = """
        SELECT {sums} FROM (SELECT {values}, rejected.row IS NOT NULL AS is_rejected
                              FROM {stream} AS {name}
                              LEFT JOIN etl_rejection AS rejected ON rejected.run_id = {run}
                                    AND rejected.entity = {entity} AND rejected."row" = {name}._row
                             WHERE ({where}
                                   )) AS raw
    """
    values = [sql.SQL("1 AS {}").format(sql.Identifier(COUNT))]
    number = sql.SQL("({})::numeric AS {}")
    values += [number.format(trusted(text), sql.Identifier(name)) for name, text in expressions.items()]
    parts = {
        **context.parts(),
        "values": sql.SQL(", ").join(values),
        "stream": context.staging.stream(mapped.stream),
        "name": sql.Identifier(mapped.stream),
        "entity": sql.Literal(mapped.entity.name),
        "where": trusted(mapped.where),
    }
    with blaming(mapped):
        return _sums([COUNT, *expressions], "is_rejected", sql.SQL(query), parts)


def _target_sums(context: Context, entity: Entity) -> Sums:
    """Of each measure the sum over what the shop holds of the source, and over what this run did not load."""
    query = """
        SELECT {sums} FROM (SELECT 1 AS count, held.*, keymap.last_run_id IS DISTINCT FROM {run} AS is_kept
                              FROM ({held}) AS held
                              LEFT JOIN etl_keymap AS keymap ON keymap.source = {source} AND keymap.entity = {entity}
                                    AND keymap.source_key = held.source_key) AS rows
    """
    names = [COUNT, *(measure.name for measure in entity.measures)]
    held = trusted(entity.held).format(**context.parts())
    return _sums(
        names, "is_kept", sql.SQL(query), {**context.parts(), "held": held, "entity": sql.Literal(entity.name)}
    )


def _sums(names: list[str], flag: str, query: sql.SQL, parts: dict[str, sql.Composable]) -> Sums:
    sums = sql.SQL(", ").join(
        sql.SQL("coalesce(sum({0}), 0), coalesce(sum({0}) FILTER (WHERE {1}), 0)").format(
            sql.Identifier(name), sql.Identifier(flag)
        )
        for name in names
    )
    [row] = fetch(query.format(**parts, sums=sums))
    return {name: (Decimal(row[2 * index]), Decimal(row[2 * index + 1])) for index, name in enumerate(names)}
