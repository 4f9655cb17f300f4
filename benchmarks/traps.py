"""A process that is killed by SIGKILL before or after a statement or COMMIT of its own choosing."""

import multiprocessing
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

_PATIENCE = 180
# Who changes something, for the audit, is sent along with the first change.
_CONTEXT = re.compile(r"^\s*SELECT set_config\(.*?\);\s*(?=\w)", re.DOTALL)
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?(\w+)', re.IGNORECASE)


@dataclass
class Trap:
    """Notes every point that is reached on the way to the database, and kills this process at the one of a number."""

    at: int | None = None
    points: list[str] = field(default_factory=list)

    def reach(self, point: str) -> None:
        """Note a point, the last of this process if it is the one."""
        self.points.append(point)
        if len(self.points) - 1 == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Every statement and COMMIT of this process's connection goes through here."""
        real_commit = connection.commit

        def commit() -> None:
            self.reach("before COMMIT")
            real_commit()
            self.reach("after  COMMIT")

        connection.commit = commit  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(self._execute):
                yield
        finally:
            connection.commit = real_commit  # type: ignore[method-assign]

    def _execute(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        told = shortened(sql)
        self.reach(f"before {told}")
        result = execute(sql, params, many, context)
        self.reach(f"after  {told}")
        return result


def shortened(sql: str) -> str:
    """What a statement does and to which table."""
    text = _CONTEXT.sub("", str(sql))
    words, table = text.split(), _TABLE.search(text)
    told = f"{words[0]} {table[1]}" if table else " ".join(words[:2])
    if words[0] in {"SAVEPOINT", "RELEASE", "ROLLBACK"}:
        told = words[0]
    return f"{told} FOR UPDATE" if "FOR UPDATE" in text or "FOR NO KEY UPDATE" in text else told


def run_until_killed(act: Callable[[], None], *, at: int) -> int | None:
    """Run something in a process of its own that is killed at a point; its exit code, -SIGKILL if it came there."""
    connection.close()  # the child makes its own
    child = multiprocessing.get_context("fork").Process(target=_act, args=[act, at])
    child.start()
    child.join(_PATIENCE)
    if child.exitcode is None:
        child.kill()
        child.join()
        return None
    return child.exitcode


def _act(act: Callable[[], None], at: int) -> None:
    # A session that is shared with the parent would outlive this process, with its locks.
    if connection.connection is not None:
        raise RuntimeError("The process inherited a database session.")
    with Trap(at).armed():
        act()
