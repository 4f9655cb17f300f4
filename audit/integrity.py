"""What holds of the audit: every tracked table has the triggers that write it."""

from audit.tracked import tracked_tables
from core.integrity import Check


def _triggers() -> str:
    tables = ", ".join(f"('{tracked.table}')" for tracked in tracked_tables().values())
    return f"""
        SELECT wanted.relation AS id, wanted.relation || '.' || wanted.name AS subject,
               'a trigger that is on' AS expected,
               CASE WHEN there.oid IS NULL THEN 'no trigger' ELSE 'a trigger that is off' END AS actual
          FROM (SELECT name AS relation, 'audit_' || operation AS name
                  FROM (VALUES {tables}) AS tracked (name),
                       unnest(ARRAY['insert', 'update', 'delete']) AS operation) AS wanted
          LEFT JOIN pg_trigger AS there
                 ON there.tgrelid = to_regclass(wanted.relation) AND there.tgname = wanted.name
         WHERE there.oid IS NULL OR there.tgenabled NOT IN ('O', 'A')
    """  # noqa: S608  composed of constants


AUDIT = (
    Check(
        code="audit.triggers",
        title="Every audited table has the triggers that record its changes.",
        query=_triggers,
    ),
)
