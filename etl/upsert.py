"""The one shape of writing to the shop: insert what is new, change what differs, touch nothing else."""

from collections.abc import Mapping

from psycopg import sql

from etl.context import Context
from etl.entities import Entity
from etl.staging import execute, trusted

# Rows of both kinds are looked at; of these only the ones that differ are written.
_UPSERT = """
    INSERT INTO {table} ({columns})
    SELECT {expressions} FROM {ready} AS r {joins}
     WHERE r.action <> 'unchanged' AND ({where})
     ORDER BY r._row
    ON CONFLICT (source, source_key) DO UPDATE SET {assignments}, updated_at = now()
     WHERE ({current}) IS DISTINCT FROM ({proposed})
"""


def upsert(
    context: Context,
    *,
    table: str,
    entity: Entity,
    beside: tuple[Entity, ...] = (),
    values: Mapping[str, str],
    first: Mapping[str, str] | None = None,
    key: str = "r.source_key",
    joins: str = "",
    where: str = "true",
) -> int:
    """Write the ready rows `r` of an entity to a table; returns how many rows were inserted or changed.

    `values` gives SQL for the columns that follow the source, `first` for those that only a new row gets and that
    belong to the shop afterwards; `joins` may name the ready rows of the entities `beside`.
    """
    parts = context.parts(entity, *beside)

    def compose(text: str) -> sql.Composable:
        return trusted(text).format(**parts)

    own = {"source": "{source}", "source_key": key}
    every = {**own, **values, **(first or {})}
    return execute(
        sql.SQL(_UPSERT).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, every)),
            expressions=sql.SQL(", ").join(map(compose, every.values())),
            ready=context.staging.ready(entity.name),
            joins=compose(joins),
            where=compose(where),
            assignments=sql.SQL(", ").join(
                sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in values
            ),
            current=sql.SQL(", ").join(sql.Identifier(table, name) for name in values),
            proposed=sql.SQL(", ").join(sql.SQL("EXCLUDED.{}").format(sql.Identifier(name)) for name in values),
        )
    )


def run_sql(context: Context, statement: str, *entities: Entity) -> int:
    """Run a loader's statement, its names filled in; returns how many rows it wrote."""
    return execute(trusted(statement).format(**context.parts(*entities)))


def prune(context: Context, entity: Entity) -> None:
    """Take the rows that a check found problems with out of an entity's ready ones."""
    statement = "DELETE FROM {} AS r USING {} AS problem WHERE problem.entity = {} AND problem._row = r._row"
    ready = context.staging.ready(entity.name)
    execute(sql.SQL(statement).format(ready, context.staging.problems, sql.Literal(entity.name)))


def in_english(*names: str) -> dict[str, str]:
    """Translated columns: what the source says is English, other languages fall back to it."""
    return {column: f"r.{name}" for name in names for column in (name, f"{name}_en")}


def free_slug(table: str, words: str) -> str:
    """SQL for an address that no row has: the name's words, made unique by the key where they are taken."""
    slug = "left(etl_staging.slug(r.name), 180)"
    return f"""
        CASE WHEN {slug} <> '' AND row_number() OVER (PARTITION BY {slug} ORDER BY r._row) = 1
                  AND NOT EXISTS (SELECT 1 FROM {table} AS other WHERE other.slug = {slug})
             THEN {slug}
             ELSE coalesce(nullif({slug}, ''), '{words}') || '-' || left(md5({{source}} || r.source_key), 10) END
    """  # noqa: S608  only our own table names
