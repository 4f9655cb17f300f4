"""Source against shop row by row: in a sum, two differences may cancel each other out."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from psycopg import sql

from etl.context import Context
from etl.entities import Entity, Measure
from etl.mapping import EntityMapping, Mapping, Total
from etl.reconciliation import COUNT
from etl.staging import fetch, trusted
from etl.validation import blaming


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """One row of an entity that says something else on the two sides; numbers in major units, as text."""

    entity: str
    key: str
    measure: str
    source: str
    target: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifferences:
    """How many values differ, in which measures, and the first of them."""

    count: int
    measures: tuple[str, ...]
    examples: tuple[RowDifference, ...]


def compare_rows(context: Context, mapping: Mapping, *, limit: int) -> RowDifferences:
    """Compare every row that the run did not reject with what the shop holds of it; `limit` examples a measure.

    A row has to be on both sides, with the same measures, and lead to the same rows. Raises MappingError if a total
    fails on a value.
    """
    count, measures, examples = 0, [], []
    for mapped in mapping.entities.values():
        for name, found, rows in _differences(context, mapping, mapped, limit):
            count += found
            measures.append(f"{mapped.entity.name} {name}")
            examples += rows
    return RowDifferences(count=count, measures=tuple(measures), examples=tuple(examples))


def _differences(
    context: Context, mapping: Mapping, mapped: EntityMapping, limit: int
) -> Iterator[tuple[str, int, list[RowDifference]]]:
    query = """
        SELECT measure, count, key, source, target
          FROM (SELECT measure, key, source, target, count(*) OVER (PARTITION BY measure) AS count,
                       row_number() OVER (PARTITION BY measure ORDER BY key) AS place
                  FROM (SELECT coalesce(theirs.source_key, ours.source_key) AS key, pair.*
                          FROM ({theirs}) AS theirs FULL JOIN ({ours}) AS ours USING (source_key)
                         CROSS JOIN LATERAL (VALUES {pairs}) AS pair (measure, source, target, differs)
                         WHERE pair.differs) AS pairs) AS numbered
         WHERE place <= {limit} ORDER BY measure, key
    """
    measured = list(_measured(mapping, mapped))
    parts = {
        "theirs": _rows_of_source(context, mapped, measured),
        "ours": _rows_of_shop(context, mapped.entity),
        "pairs": sql.SQL(", ").join(_pairs(mapping, mapped.entity, measured)),
        "limit": sql.Literal(limit),
    }
    with blaming(mapped):
        rows = fetch(sql.SQL(query).format(**parts))
    for name in dict.fromkeys(row[0] for row in rows):
        of_measure = [row for row in rows if row[0] == name]
        yield name, of_measure[0][1], [_difference(mapped.entity.name, row) for row in of_measure]


def _difference(entity: str, row: tuple[str, int, str, str | None, str | None]) -> RowDifference:
    measure, _count, key, source, target = row
    return RowDifference(entity=entity, key=key, measure=measure, source=source or "none", target=target or "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Summand:
    """A total over the rows of an entity, and the column by which those belong to the row that is compared."""

    mapped: EntityMapping
    total: Total
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    measure: Measure
    summands: tuple[_Summand, ...]


def _measured(mapping: Mapping, mapped: EntityMapping) -> Iterator[_Measured]:
    """The measures that can be told of one row: its own totals, and those of rows that refer to it."""
    for measure in mapped.entity.measures:
        total = mapped.totals[measure.name]
        summands = [_summand(mapping, mapped, *part) for part in total.sum_of or ((mapped.entity.name, measure.name),)]
        known = tuple(summand for summand in summands if summand is not None)
        if len(known) == len(summands):
            yield _Measured(measure=measure, summands=known)


def _summand(mapping: Mapping, mapped: EntityMapping, entity: str, measure: str) -> _Summand | None:
    other = mapping.entities[entity]
    if entity == mapped.entity.name:
        return _Summand(mapped=other, total=other.totals[measure], key="source_key")
    references = [field.name for field in other.entity.fields if field.refers_to == mapped.entity.name]
    return _Summand(mapped=other, total=other.totals[measure], key=references[0]) if references else None


def _rows_of_source(context: Context, mapped: EntityMapping, measured: list[_Measured]) -> sql.Composable:
    columns: list[sql.Composable] = [sql.SQL("s.source_key")]
    columns += [sql.SQL("s.{0} AS {0}").format(sql.Identifier(name)) for name in mapped.entity.compared]
    joins: list[sql.Composable] = []
    for one in measured:
        aliases = [sql.Identifier(f"{one.measure.name}_{place}") for place in range(len(one.summands))]
        amounts = [sql.SQL("coalesce({}.amount, 0)").format(alias) for alias in aliases]
        columns.append(sql.SQL("{} AS {}").format(sql.SQL(" + ").join(amounts), sql.Identifier(one.measure.name)))
        joins += [_join(context, summand, alias) for summand, alias in zip(one.summands, aliases, strict=True)]
    query = "SELECT {columns} FROM {shaped} AS s {joins} WHERE {sound}"
    return sql.SQL(query).format(
        columns=sql.SQL(", ").join(columns),
        shaped=context.staging.shaped(mapped.entity.name),
        joins=sql.SQL(" ").join(joins),
        sound=_sound(context, mapped.entity),
    )


def _join(context: Context, summand: _Summand, alias: sql.Identifier) -> sql.Composable:
    """Join a total by the row that is compared. Raw rows come first: their columns are named like the shaped ones."""
    query = """
        LEFT JOIN (SELECT s.{key} AS key, sum(raw.amount) AS amount
                     FROM (SELECT _row, ({total})::numeric AS amount FROM {stream} AS {name}) AS raw
                     JOIN {shaped} AS s ON s._row = raw._row
                    WHERE {sound} GROUP BY s.{key}) AS {alias} ON {alias}.key = s.source_key
    """
    return sql.SQL(query).format(
        key=sql.Identifier(summand.key),
        total=trusted(summand.total.sql),
        stream=context.staging.stream(summand.mapped.stream),
        name=sql.Identifier(summand.mapped.stream),
        shaped=context.staging.shaped(summand.mapped.entity.name),
        sound=_sound(context, summand.mapped.entity),
        alias=alias,
    )


def _sound(context: Context, entity: Entity) -> sql.Composable:
    query = """
        NOT EXISTS (SELECT 1 FROM etl_rejection AS rejected WHERE rejected.run_id = {run}
                       AND rejected.entity = {entity} AND rejected."row" = s._row)
    """
    return sql.SQL(query).format(**context.parts(), entity=sql.Literal(entity.name))


def _rows_of_shop(context: Context, entity: Entity) -> sql.Composable:
    """What the shop holds, but for what this run did not load: those rows are told as kept."""
    query = """
        SELECT held.* FROM ({held}) AS held
          JOIN etl_keymap AS keymap ON keymap.source = {source} AND keymap.entity = {entity}
               AND keymap.source_key = held.source_key AND keymap.last_run_id = {run}
    """
    held = trusted(entity.held).format(**context.parts())
    return sql.SQL(query).format(**context.parts(), held=held, entity=sql.Literal(entity.name))


def _pairs(mapping: Mapping, entity: Entity, measured: list[_Measured]) -> Iterator[sql.Composable]:
    """Of each thing that is compared its name, what both sides say, and whether that differs."""
    count = sql.Literal(COUNT)
    yield sql.SQL(
        "({}, num_nonnulls(theirs.source_key)::text, num_nonnulls(ours.source_key)::text,"
        " theirs.source_key IS NULL OR ours.source_key IS NULL)"
    ).format(count)
    for one in measured:
        places = mapping.decimals if one.measure.is_money else 0
        # In major units, with all of the currency's decimals.
        parts = {
            "name": sql.Literal(one.measure.name),
            "column": sql.Identifier(one.measure.name),
            "unit": sql.SQL("{}::numeric").format(sql.Literal(f"1e-{places}")),
        }
        yield sql.SQL(
            "({name}, (theirs.{column} + 0 * {unit})::text, (ours.{column} * {unit})::text,"
            " theirs.{column} <> coalesce(ours.{column}, 0) * {unit})"
        ).format(**parts)
    for name in entity.compared:
        yield sql.SQL("({}, theirs.{column}, ours.{column}, theirs.{column} <> ours.{column})").format(
            sql.Literal(name), column=sql.Identifier(name)
        )
