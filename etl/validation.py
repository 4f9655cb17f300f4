"""Shapes raw rows into an entity's columns and finds, in SQL over all rows at once, every reason against each."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DataError, ProgrammingError
from psycopg import sql

from etl.columns import ColumnSql, first_of
from etl.context import Context
from etl.entities import MAX_KEY, Entity, Field, Kind
from etl.errors import MappingError
from etl.loaders import all_entities
from etl.mapping import Column, EntityMapping, Mapping
from etl.reasons import SENTENCES, Reason
from etl.staging import execute, fetch, trusted

# How text is taken in, by its kind; what is not named here is one line.
_SHAPES = {
    Kind.EMAIL: "lower(etl_staging.line({}))",
    Kind.LINES: "etl_staging.trimmed({})",
    Kind.SKU: "etl_staging.sku({})",
    Kind.GTIN: "etl_staging.gtin({})",
}
# What of a value may occur once; of those that are not named here it is the value.
_UNIQUE_AS = {Kind.SKU: "upper({})", Kind.GTIN: "lpad({}, 14, '0')"}
# Before the columns: without a key there is no row to speak of.
_RANK_OF_ROW = 0


def create_problems(context: Context) -> None:
    """The tables that collect the run's problems, until they become rejections or their values are left out."""
    definition = "(entity text NOT NULL, _row bigint NOT NULL, rank int NOT NULL, reason text NOT NULL,"
    definition += " label text NOT NULL, value text, detail text)"
    for table in (context.staging.problems, context.staging.emptied):
        execute(sql.SQL("CREATE UNLOGGED TABLE {} {}").format(table, trusted(definition)))


@contextmanager
def blaming(mapped: EntityMapping) -> Iterator[None]:
    """Say of an error in a mapping's SQL which entity it belongs to. Raises MappingError."""
    try:
        yield
    except (ProgrammingError, DataError) as error:
        raise MappingError(f"entities.{mapped.entity.name}: {str(error).strip()}") from error


def check_expressions(context: Context, mapped: EntityMapping) -> None:
    """Have PostgreSQL read all of an entity's SQL, before anything is loaded. Raises MappingError."""
    totals = [sql.SQL("({})::numeric").format(trusted(total.sql)) for total in mapped.totals.values() if total.sql]
    columns = sql.SQL(", ").join([_shaped_columns(mapped), *totals])
    with blaming(mapped):
        fetch(sql.SQL("{} LIMIT 0").format(_select(context, mapped, columns)))


def shape(context: Context, mapped: EntityMapping) -> None:
    """Evaluate the mapping's expressions: everything stays text, without blanks around it; nothing but blanks is NULL.

    Raises MappingError if an expression fails on a value.
    """
    shaped = _select(context, mapped, _shaped_columns(mapped))
    with blaming(mapped):
        execute(sql.SQL("CREATE UNLOGGED TABLE {} AS {}").format(context.staging.shaped(mapped.entity.name), shaped))
    execute(sql.SQL("ANALYZE {}").format(context.staging.shaped(mapped.entity.name)))


def find_problems(context: Context, mapping: Mapping, mapped: EntityMapping) -> None:
    """Check keys, columns, uniqueness and references of an entity's shaped rows."""
    _check_keys(context, mapped)
    _check_columns(context, mapping, mapped)
    columns = [(field, mapped.columns[field.name]) for field in mapped.entity.fields if field.name in mapped.columns]
    for field, column in columns:
        if field.refers_to and not field.in_group:
            _check_reference(context, mapped.entity, field, column, field.refers_to)
        _empty_bad_values(context, mapped.entity, field, column)
    # Last, so that a row that is rejected anyhow takes no value away from a sound one.
    for field, column in columns:
        if field.unique_in:
            _check_unique(context, mapped.entity, field, column, field.unique_in)
            _empty_bad_values(context, mapped.entity, field, column)


def make_ready(context: Context, mapping: Mapping, mapped: EntityMapping) -> None:
    """Convert the rows without problems, and say of each whether it is new, changed or as it was."""
    entity = mapped.entity
    query = """
        CREATE UNLOGGED TABLE {ready} AS
        SELECT one.*, coalesce(target.id, uuidv7()) AS id,
               CASE WHEN target.id IS NULL THEN 'insert' WHEN keymap.content_hash = one.content_hash THEN 'unchanged'
                    ELSE 'update' END AS action
          FROM (SELECT typed.*, encode(sha256(convert_to(jsonb_build_array({version}, {hashed})::text, 'UTF8')), 'hex')
                       AS content_hash
                  FROM (SELECT s._row, s.source_key, {columns} FROM {shaped} AS s {joins}
                         WHERE NOT EXISTS (SELECT 1 FROM {problems} AS p WHERE p.entity = {name} AND p._row = s._row)
                       ) AS typed) AS one
          LEFT JOIN {target} AS target ON target.source = {source} AND target.source_key = one.source_key
          LEFT JOIN etl_keymap AS keymap ON keymap.source = {source} AND keymap.entity = {name}
                AND keymap.source_key = one.source_key
    """
    execute(
        sql.SQL(query).format(
            **context.parts(),
            ready=context.staging.ready(entity.name),
            shaped=context.staging.shaped(entity.name),
            name=sql.Literal(entity.name),
            target=sql.Identifier(entity.table),
            version=sql.Literal(f"{entity.version} {context.currency}"),
            hashed=sql.SQL(", ").join(
                sql.Identifier(field.name)
                for field in entity.fields
                if field.name in mapped.columns or not field.is_hashed_if_mapped
            ),
            columns=sql.SQL(", ").join(_typed_columns(mapping, mapped)),
            joins=sql.SQL(" ").join(_reference_joins(context, entity)),
        )
    )
    execute(sql.SQL("ANALYZE {}").format(context.staging.ready(entity.name)))


def record_rejections(context: Context, mapped: EntityMapping) -> None:
    """Write one rejection for each row that has problems, led by its first."""
    query = """
        INSERT INTO etl_rejection (run_id, entity, "row", source_key, reason, "column", value, message, problems)
        SELECT {run}, {entity}, p._row, left(s.source_key, 255), (array_agg(p.reason ORDER BY p.rank, p.reason))[1],
               left((array_agg(p.label ORDER BY p.rank, p.reason))[1], 120),
               (array_agg(p.value ORDER BY p.rank, p.reason))[1], (array_agg(p.message ORDER BY p.rank, p.reason))[1],
               jsonb_agg(jsonb_build_object('reason', p.reason, 'column', p.label, 'value', p.value,
                                            'message', p.message) ORDER BY p.rank, p.reason)
          FROM (SELECT DISTINCT ON (_row, message) found.*,
                       format(t.sentence, found.label, found.value, found.detail) AS message
                  FROM {problems} AS found JOIN (VALUES {sentences}) AS t (reason, sentence) USING (reason)
                 WHERE found.entity = {entity} ORDER BY _row, message, rank) AS p
          JOIN {shaped} AS s USING (_row)
         GROUP BY p._row, s.source_key
         ORDER BY p._row
    """
    execute(
        sql.SQL(query).format(
            **context.parts(),
            shaped=context.staging.shaped(mapped.entity.name),
            entity=sql.Literal(mapped.entity.name),
            sentences=_sentences(),
        )
    )


def _select(context: Context, mapped: EntityMapping, columns: sql.Composable) -> sql.Composable:
    return sql.SQL("SELECT _row, _unreadable, {} FROM {} AS {} WHERE ({}\n)").format(
        columns, context.staging.stream(mapped.stream), sql.Identifier(mapped.stream), trusted(mapped.where)
    )


def _shaped_columns(mapped: EntityMapping) -> sql.Composable:
    # Taken in as references are, so that both stay the same.
    key = sql.SQL("etl_staging.line({}) AS source_key").format(_text(mapped.key))
    columns = (_shaped_column(field, mapped.columns.get(field.name)) for field in mapped.entity.fields)
    return sql.SQL(", ").join([key, *columns])


def _shaped_column(field: Field, column: Column | None) -> sql.Composable:
    if column is None:
        return sql.SQL("NULL::text AS {}").format(sql.Identifier(field.name))
    shaped = sql.SQL(_SHAPES.get(field.kind, "etl_staging.line({})")).format(_text(column))
    return sql.SQL("{} AS {}").format(shaped, sql.Identifier(field.name))


def _text(column: Column) -> sql.Composable:
    return sql.SQL("({})::text").format(trusted(column.sql))


def _check_keys(context: Context, mapped: EntityMapping) -> None:
    key = sql.SQL("s.source_key")
    found = first_of(
        [
            (sql.SQL("s.source_key IS NULL"), Reason.MISSING_KEY, ""),
            (sql.SQL("length(s.source_key) > {}").format(sql.Literal(MAX_KEY)), Reason.TOO_LONG, str(MAX_KEY)),
        ]
    )
    unreadable = sql.SQL("CASE WHEN s._unreadable IS NOT NULL THEN ARRAY[{}, ''] END").format(
        sql.Literal(Reason.UNREADABLE_TEXT.value)
    )
    rows = [
        _problem_row(_RANK_OF_ROW, found, sql.Literal(mapped.key.label), key),
        _problem_row(_RANK_OF_ROW, unreadable, sql.SQL("s._unreadable"), sql.SQL("NULL")),
    ]
    _insert_problems(context, mapped.entity, rows)
    _insert_repeated(
        context,
        mapped.entity,
        column="source_key",
        label=mapped.key.label,
        rank=_RANK_OF_ROW,
        reason=Reason.DUPLICATE_KEY,
    )


def _check_columns(context: Context, mapping: Mapping, mapped: EntityMapping) -> None:
    rows = []
    for rank, field in enumerate(mapped.entity.fields, start=1):
        if (column := mapped.columns.get(field.name)) is not None:
            value = sql.Identifier("s", field.name)
            found = first_of(ColumnSql(mapping, field, column).checks())
            rows.append(_problem_row(rank, found, sql.Literal(column.label), value))
    _insert_problems(context, mapped.entity, rows)


def _problem_row(rank: int, found: sql.Composable, label: sql.Composable, value: sql.Composable) -> sql.Composable:
    return sql.SQL("({}, {}, {}, {}::text)").format(sql.Literal(rank), found, label, value)


def _insert_problems(context: Context, entity: Entity, rows: list[sql.Composable]) -> None:
    query = """
        INSERT INTO {problems}
        SELECT {entity}, s._row, p.rank, p.found[1], p.label, left(p.value, 200), p.found[2]
          FROM {shaped} AS s CROSS JOIN LATERAL (VALUES {rows}) AS p (rank, found, label, value)
         WHERE p.found IS NOT NULL
    """
    execute(
        sql.SQL(query).format(
            **context.parts(),
            entity=sql.Literal(entity.name),
            shaped=context.staging.shaped(entity.name),
            rows=sql.SQL(", ").join(rows),
        )
    )


def _insert_repeated(
    context: Context, entity: Entity, *, column: str, label: str, rank: int, reason: Reason, same: str = "{}"
) -> None:
    """Of rows without problems that share a value, all but the first are at fault."""
    query = """
        INSERT INTO {problems}
        SELECT {entity}, again._row, {rank}, {reason}, {label}, left(again.value, 200), again.first::text
          FROM (SELECT s._row, s.{column} AS value, min(s._row) OVER (PARTITION BY {same}) AS first
                  FROM {shaped} AS s
                 WHERE s.{column} IS NOT NULL AND NOT EXISTS
                       (SELECT 1 FROM {problems} AS p WHERE p.entity = {entity} AND p._row = s._row)) AS again
         WHERE again._row > again.first
    """
    execute(
        sql.SQL(query).format(
            **context.parts(),
            entity=sql.Literal(entity.name),
            shaped=context.staging.shaped(entity.name),
            column=sql.Identifier(column),
            same=sql.SQL(same).format(sql.Identifier("s", column)),
            label=sql.Literal(label),
            rank=sql.Literal(rank),
            reason=sql.Literal(reason.value),
        )
    )


def _check_unique(context: Context, entity: Entity, field: Field, column: Column, unique_in: tuple[str, str]) -> None:
    rank = _rank(entity, field)
    same = _UNIQUE_AS.get(field.kind, "{}")
    _insert_repeated(
        context, entity, column=field.name, label=column.label, rank=rank, reason=Reason.NOT_UNIQUE, same=same
    )
    query = """
        INSERT INTO {problems}
        SELECT {entity}, s._row, {rank}, {reason}, {label}, left(s.{column}, 200), {entity_words}
          FROM {shaped} AS s JOIN {table} AS held ON {held} = {same}
         WHERE (held.source, held.source_key) IS DISTINCT FROM ({source}, s.source_key)
    """
    execute(
        sql.SQL(query).format(
            **context.parts(),
            entity=sql.Literal(entity.name),
            entity_words=sql.Literal(_words(entity.name)),
            shaped=context.staging.shaped(entity.name),
            column=sql.Identifier(field.name),
            label=sql.Literal(column.label),
            rank=sql.Literal(rank),
            reason=sql.Literal(Reason.TAKEN.value),
            table=sql.Identifier(unique_in[0]),
            held=sql.SQL(same).format(sql.Identifier("held", unique_in[1])),
            same=sql.SQL(same).format(sql.Identifier("s", field.name)),
        )
    )


def _check_reference(context: Context, entity: Entity, field: Field, column: Column, refers_to: str) -> None:
    query = """
        INSERT INTO {problems}
        SELECT {entity}, s._row, {rank},
               CASE WHEN EXISTS (SELECT 1 FROM etl_rejection AS r WHERE r.run_id = {run} AND r.entity = {other}
                                    AND r.source_key = left(s.{column}, 255)) THEN {rejected} ELSE {unknown} END,
               {label}, left(s.{column}, 200), {other_words}
          FROM {shaped} AS s LEFT JOIN {table} AS other ON other.source = {source} AND other.source_key = s.{column}
         WHERE s.{column} IS NOT NULL AND other.id IS NULL
    """
    execute(
        sql.SQL(query).format(
            **context.parts(),
            entity=sql.Literal(entity.name),
            rank=sql.Literal(_rank(entity, field)),
            other=sql.Literal(refers_to),
            other_words=sql.Literal(_words(refers_to)),
            rejected=sql.Literal(Reason.REJECTED_REFERENCE.value),
            unknown=sql.Literal(Reason.UNKNOWN_REFERENCE.value),
            label=sql.Literal(column.label),
            shaped=context.staging.shaped(entity.name),
            column=sql.Identifier(field.name),
            table=sql.Identifier(all_entities()[refers_to].table),
        )
    )


def _empty_bad_values(context: Context, entity: Entity, field: Field, column: Column) -> None:
    """Keep the rows whose only fault is this column without its value, where the mapping asks for that."""
    if not column.empties_bad_values:
        return
    query = """
        WITH forgiven AS (DELETE FROM {problems} WHERE entity = {entity} AND rank = {rank} RETURNING *),
             told AS (INSERT INTO {emptied} SELECT * FROM forgiven)
        UPDATE {shaped} AS s SET {column} = NULL FROM forgiven WHERE forgiven._row = s._row
    """
    execute(
        sql.SQL(query).format(
            **context.parts(),
            entity=sql.Literal(entity.name),
            rank=sql.Literal(_rank(entity, field)),
            shaped=context.staging.shaped(entity.name),
            column=sql.Identifier(field.name),
        )
    )


def emptied_values(context: Context, *, limit: int) -> tuple[int, list[str]]:
    """How many values were left out of rows that moved in all the same, and a line for each of the first `limit`."""
    kept = """
        {emptied} AS found WHERE NOT EXISTS (SELECT 1 FROM etl_rejection AS rejected WHERE rejected.run_id = {run}
                                                AND rejected.entity = found.entity AND rejected."row" = found._row)
    """
    [(count,)] = fetch(sql.SQL("SELECT count(*) FROM" + kept).format(**context.parts()))
    query = """
        SELECT found.entity || ' row ' || found._row || ': '
               || format(t.sentence, found.label, found.value, found.detail)
          FROM (SELECT found.* FROM """
    query += kept
    query += """ ORDER BY found.entity, found._row LIMIT {limit}) AS found
          JOIN (VALUES {sentences}) AS t (reason, sentence) USING (reason)
         ORDER BY found.entity, found._row
    """
    lines = fetch(sql.SQL(query).format(**context.parts(), limit=sql.Literal(limit), sentences=_sentences()))
    return count, [line for (line,) in lines]


def _sentences() -> sql.Composable:
    return sql.SQL(", ").join(
        sql.SQL("({}, {})").format(sql.Literal(reason.value), sql.Literal(sentence))
        for reason, sentence in SENTENCES.items()
    )


def _rank(entity: Entity, field: Field) -> int:
    return entity.fields.index(field) + 1


def _words(entity: str) -> str:
    return entity.replace("_", " ")


def _typed_columns(mapping: Mapping, mapped: EntityMapping) -> Iterator[sql.Composable]:
    for field in mapped.entity.fields:
        typed = ColumnSql(mapping, field, mapped.columns.get(field.name)).typed
        yield sql.SQL("{} AS {}").format(typed, sql.Identifier(field.name))
        if field.refers_to and not field.in_group:
            alias = sql.Identifier(f"of_{field.name}", "id")
            yield sql.SQL("{} AS {}").format(alias, sql.Identifier(f"{field.name}_id"))


def _reference_joins(context: Context, entity: Entity) -> Iterator[sql.Composable]:
    for field in entity.fields:
        if field.refers_to and not field.in_group:
            yield sql.SQL("LEFT JOIN {} AS {} ON {} = {} AND {} = {}").format(
                sql.Identifier(all_entities()[field.refers_to].table),
                sql.Identifier(f"of_{field.name}"),
                sql.Identifier(f"of_{field.name}", "source"),
                sql.Literal(context.source),
                sql.Identifier(f"of_{field.name}", "source_key"),
                sql.Identifier("s", field.name),
            )
