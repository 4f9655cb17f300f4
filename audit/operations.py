"""Migration operations that make a table audited.

The triggers fire once a statement and read its rows from transition tables, so bulk writes, COPY and raw SQL are
recorded as save() is. They name no column but the key: a table that gains or loses columns needs nothing here.
"""

from typing import Any

from django.db import migrations

from audit.tracked import DERIVED, MASKED, SECRET

_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_record() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    parent text := TG_ARGV[1];
    hidden text[] := string_to_array(TG_ARGV[2], ',');
    work jsonb := coalesce(nullif(current_setting('souk.work', true), ''), '{}')::jsonb;
    who uuid := work ->> 'actor';
    door text := coalesce(work ->> 'door', '');
    activity text := coalesce(work ->> 'activity', '');
    reference text := coalesce(work ->> 'reference', '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_change (operation, model, object_id, parent_id, after, actor_id, door, activity, reference)
        SELECT 'insert', TG_ARGV[0], data ->> 'id', data ->> parent, data - hidden, who, door, activity, reference
        FROM (SELECT to_jsonb(n) AS data FROM new_rows n) AS written;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit_change (operation, model, object_id, parent_id, before, actor_id, door, activity, reference)
        SELECT 'delete', TG_ARGV[0], data ->> 'id', data ->> parent, data - hidden, who, door, activity, reference
        FROM (SELECT to_jsonb(o) AS data FROM old_rows o) AS gone;
    ELSE
        -- A row whose key was changed has no partner: it is a deletion and an insertion.
        INSERT INTO audit_change (
            operation, model, object_id, parent_id, before, after, actor_id, door, activity, reference
        )
        SELECT
            CASE WHEN old_data IS NULL THEN 'insert' WHEN new_data IS NULL THEN 'delete' ELSE 'update' END,
            TG_ARGV[0], coalesce(new_data, old_data) ->> 'id', coalesce(new_data, old_data) ->> parent,
            CASE WHEN old_data IS NOT NULL THEN {before} END,
            CASE WHEN new_data IS NOT NULL THEN {after} END,
            who, door, activity, reference
        FROM (
            SELECT to_jsonb(o) AS old_data, to_jsonb(n) AS new_data
            FROM old_rows o FULL JOIN new_rows n ON n.id = o.id
            WHERE o.id IS NULL OR n.id IS NULL OR o *<> n
        ) AS pairs
        -- The keys of both sides come in one order, for they are the same columns: so they are zipped, not joined.
        CROSS JOIN LATERAL (
            SELECT
                jsonb_object_agg(coalesce(old_key, new_key), old_value) AS before,
                jsonb_object_agg(coalesce(old_key, new_key), new_value) AS after
            FROM ROWS FROM (jsonb_each(old_data - hidden), jsonb_each(new_data - hidden))
                AS cell (old_key, old_value, new_key, new_value)
            WHERE old_value IS DISTINCT FROM new_value
        ) AS changed
        WHERE {tells};
    END IF;
    RETURN NULL;
END
$function$
"""
_VALUES_ONLY = {"before": "changed.before", "after": "changed.after", "tells": "changed.before IS NOT NULL"}
# Of a secret that changed the record has the name, and the same sign before and after.
_SECRET_CHANGED = f"(old_data ->> '{MASKED}' <> new_data ->> '{MASKED}')"
_MASK = f"""CASE WHEN {_SECRET_CHANGED} THEN '{{"{MASKED}": "…"}}'::jsonb ELSE '{{}}' END"""
_WITH_MASK = {
    "before": f"coalesce(changed.before, '{{}}') || {_MASK}",
    "after": f"coalesce(changed.after, '{{}}') || {_MASK}",
    "tells": f"changed.before IS NOT NULL OR {_SECRET_CHANGED}",
}


def _function(parts: dict[str, str]) -> str:
    text = _FUNCTION
    for name, sql in parts.items():
        text = text.replace(f"{{{name}}}", sql)
    return text


_TRIGGER = """
CREATE TRIGGER audit_{operation} AFTER {operation} ON {table} {rows}
FOR EACH STATEMENT EXECUTE FUNCTION audit_record('{model}', '{parent}', '{hidden}')
"""
_ROWS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


class CreateFunction(migrations.RunSQL):
    """The function that all of the triggers call."""

    def __init__(self) -> None:
        super().__init__(_function(_VALUES_ONLY), "DROP FUNCTION audit_record()")

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return self.__class__.__qualname__, [], {}


class TellOfSecrets(migrations.RunSQL):
    """From here on the function records that a password changed, and nothing of what it was or is."""

    def __init__(self) -> None:
        super().__init__(_function(_WITH_MASK), _function(_VALUES_ONLY))

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return self.__class__.__qualname__, [], {}


class Track(migrations.RunSQL):
    """Record what happens to a table from here on; `parent` is the column that leads to the row it is a part of."""

    def __init__(self, model: str, table: str, parent: str = "") -> None:
        self.tracked = (model, table, parent)
        hidden = ",".join((*DERIVED, *SECRET))
        make: list[Any] = [
            _TRIGGER.format(operation=operation, rows=rows, model=model, table=table, parent=parent, hidden=hidden)
            for operation, rows in _ROWS.items()
        ]
        super().__init__(make, [f"DROP TRIGGER audit_{operation} ON {table}" for operation in _ROWS])

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return self.__class__.__qualname__, list(self.tracked), {}
