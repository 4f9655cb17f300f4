"""What holds of staff tasks."""

from core.integrity import Check
from desk.kinds import all_kinds
from desk.states import TaskState


def _of_unknown_kinds() -> str:
    known = ", ".join(f"'{code}'" for code in all_kinds())
    return f"""
        SELECT id, kind || ' ' || object_id AS subject, 'a kind that an app declares' AS expected, kind AS actual
          FROM desk_stafftask WHERE state = '{TaskState.OPEN}' AND kind NOT IN ({known})
    """  # noqa: S608  composed of constants


DESK = (
    Check(code="desk.kinds", title="An open staff task is of a kind that an app declares.", query=_of_unknown_kinds),
    Check(
        code="desk.one_a_cause",
        title="A cause that lasts has one staff task.",
        query="""
            SELECT min(id::text) AS id, kind || ' ' || object_id AS subject, '1' AS expected, count(*) AS actual
              FROM desk_stafftask WHERE cause_gone_at IS NULL GROUP BY kind, object_id HAVING count(*) > 1
        """,
    ),
)
