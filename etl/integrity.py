"""What holds of moving in: keys lead to the rows that they became, and accounts to their rejections."""

from audit.tracked import tracked_tables
from core.integrity import Check
from etl.loaders import all_entities


def _keys() -> str:
    labels = {tracked.table: label for label, tracked in tracked_tables().items()}
    return " UNION ALL ".join(
        _keys_of(name, entity.table, labels.get(entity.table)) for name, entity in all_entities().items()
    )


def _keys_of(entity: str, table: str, label: str | None) -> str:
    """Keys that lead to another row than the one that has their origin, or to one that vanished.

    Staff may delete what moved in, and then its key stays. What vanished is a row whose arrival was recorded by the
    audit, and whose departure was not.
    """
    vanished = f"{_told(label, 'insert')} AND NOT {_told(label, 'delete')}" if label else "false"
    return f"""
        SELECT key.id, key.source || ' {entity} ' || key.source_key AS subject,
               coalesce(bearer.id, key.target_id) AS expected,
               CASE WHEN bearer.id IS NULL THEN 'no row' ELSE key.target_id::text END AS actual
          FROM etl_keymap AS key
          LEFT JOIN {table} AS bearer ON bearer.source = key.source AND bearer.source_key = key.source_key
          LEFT JOIN {table} AS target ON target.id = key.target_id
         WHERE key.entity = '{entity}'
           AND (bearer.id <> key.target_id OR bearer.id IS NULL AND target.id IS NULL AND {vanished})
    """  # noqa: S608  composed of constants


def _told(label: str, operation: str) -> str:
    return f"""
        EXISTS (SELECT 1 FROM audit_change AS change WHERE change.object_id = key.target_id::text
                   AND change.model = '{label}' AND change.operation = '{operation}')
    """  # noqa: S608  composed of constants


ETL = (
    Check(code="etl.keys", title="A key of what moved in leads to the row that has its origin.", query=_keys),
    Check(
        code="etl.rejections",
        title="A run's account of an entity counts its rejected rows.",
        query="""
            SELECT account.id, run.mapping || ' ' || account.entity AS subject, count(rejection.id) AS expected,
                   account.rejected AS actual
              FROM etl_runentity AS account
              JOIN etl_run AS run ON run.id = account.run_id
              LEFT JOIN etl_rejection AS rejection ON rejection.run_id = account.run_id
                    AND rejection.entity = account.entity
             GROUP BY account.id, run.mapping, account.entity HAVING count(rejection.id) <> account.rejected
        """,
    ),
)
