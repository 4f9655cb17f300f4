"""What the steps of a run share."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from etl.entities import Entity
from etl.staging import Staging


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A run's identity, and the mapping's settings that SQL needs."""

    run_id: UUID
    source: str
    currency: str
    decimals: int
    timezone: str

    @property
    def staging(self) -> Staging:
        return Staging(self.run_id)

    def parts(self, *entities: Entity) -> dict[str, sql.Composable]:
        """What SQL templates name: {source}, {run}, {currency}, {decimals}, {problems}, {emptied}.

        Of each entity also {ready_<entity>} and {shaped_<entity>}.
        """
        named: dict[str, sql.Composable] = {
            "source": sql.Literal(self.source),
            "run": sql.Literal(self.run_id),
            "currency": sql.Literal(self.currency),
            "decimals": sql.Literal(self.decimals),
            "problems": self.staging.problems,
            "emptied": self.staging.emptied,
        }
        for entity in entities:
            named[f"ready_{entity.name}"] = self.staging.ready(entity.name)
            named[f"shaped_{entity.name}"] = self.staging.shaped(entity.name)
        return named


def _nothing(_context: Context) -> None:
    """Most loaders have no checks beyond those of their columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Turns the ready rows of one entity, or of several that only make sense together, into rows of the shop.

    Both functions run in the transaction that also writes keymap and account. `check` may add problems about ready
    rows, which are then rejected; `load` writes what is left and whose action is not 'unchanged'.
    """

    entities: tuple[Entity, ...]
    load: Callable[[Context], None]
    check: Callable[[Context], None] = _nothing
