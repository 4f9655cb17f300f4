"""What is told while relays are killed: writers that count in the same transaction, and consumers that take notes.

An aggregate's row counts what was told of it, so what was committed is known without the outbox. A consumer's notes
have no key that would hide an effect that came twice.
"""

import random
import time
from collections.abc import Callable
from uuid import UUID

from django.db import connection, transaction

from accounts.models import User
from core.db.ids import new_id
from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent
from core.outbox.services import emit

PLAIN, MARKED, SHAKY, REFUSED = "bench.plain", "bench.marked", "bench.shaky", "bench.refused"
LISTENER, CHOOSY = "benchmarks.telling.Listener", "benchmarks.telling.Choosy"
# One aggregate of so many is told of in the types that Choosy hears, and one of those has an event it refuses.
MARKED_EVERY, REFUSED_EVERY = 5, 75
_REFUSED_NUMBER, _SHAKY_NUMBERS = 2, 11
# Of what may fail now and then, so much does.
_SHAKINESS = 0.1
_UNDONE = 0.1
_MOST_AT_ONCE = 4

TABLES = """
    CREATE SCHEMA telling
    CREATE TABLE aggregate (id uuid PRIMARY KEY, index int UNIQUE, told int NOT NULL DEFAULT 0)
    CREATE TABLE note (
        id bigint GENERATED ALWAYS AS IDENTITY, consumer text NOT NULL, event_id uuid NOT NULL,
        aggregate_id uuid NOT NULL, number uuid NOT NULL
    )
    CREATE TABLE mercy (shown boolean)
"""


class Listener(Consumer):
    """Notes everything, in the order in which it hears it."""

    event_types = frozenset({PLAIN, MARKED, SHAKY, REFUSED})
    name = LISTENER

    def consume(self, event: OutboxEvent) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO telling.note (consumer, event_id, aggregate_id, number) VALUES (%s, %s, %s, %s)",
                [self.name, event.pk, event.aggregate_id, event.payload["number"]],
            )


class Choosy(Listener):
    """Hears of some aggregates; fails now and then after its note, and always at some events until shown mercy."""

    event_types = frozenset({MARKED, SHAKY, REFUSED})
    name = CHOOSY

    def consume(self, event: OutboxEvent) -> None:
        super().consume(event)
        if event.event_type == SHAKY and random.random() < _SHAKINESS:
            raise RuntimeError("shaky")
        if event.event_type == REFUSED and not _has_mercy():
            raise ValueError("refused on purpose")


def _has_mercy() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM telling.mercy)")
        return bool(cursor.fetchone()[0])


def show_mercy() -> None:
    """From now on Choosy takes what it refused."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO telling.mercy VALUES (true)")


def prepare(aggregates: int) -> list[UUID]:
    """Make the tables and so many aggregates, of which nothing was told; their ids by index."""
    ids = [new_id() for _number in range(aggregates)]
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.executemany("INSERT INTO telling.aggregate VALUES (%s, %s)", [(pk, i) for i, pk in enumerate(ids)])
    return ids


def write(*, ids: list[UUID], seed: str, goal: int, rate: float | None, done: Callable[[int, int], None]) -> None:
    """Tell so many events in transactions of one to some, each event a step of its aggregate's count; undo one in ten.

    `done` hears after each transaction how many events it told, and how many it undid. `rate` is events a second.
    """
    rng, told, start = random.Random(seed), 0, time.monotonic()
    while told < goal:
        indexes = sorted(rng.sample(range(len(ids)), min(rng.randint(1, _MOST_AT_ONCE), len(ids), goal - told)))
        undo = rng.random() < _UNDONE
        with transaction.atomic():
            # In one order everywhere, as the shop's locks are.
            for index in indexes:
                _tell(ids[index], index)
            transaction.set_rollback(undo)
        told += 0 if undo else len(indexes)
        done(0 if undo else len(indexes), len(indexes) if undo else 0)
        if rate:
            time.sleep(max(0.0, start + told / rate - time.monotonic()))


def _tell(pk: UUID, index: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telling.aggregate SET told = told + 1 WHERE id = %s RETURNING told", [pk])
        number = int(cursor.fetchone()[0])
    emit(event_type=_type_of(index, number), aggregate=User(pk=pk), number=UUID(int=number))


def _type_of(index: int, number: int) -> str:
    if index % MARKED_EVERY:
        return PLAIN
    if index % REFUSED_EVERY == 0 and number == _REFUSED_NUMBER:
        return REFUSED
    return SHAKY if number % _SHAKY_NUMBERS == 0 else MARKED


# --- What has to hold in the end, each as the number of rows that break it -------------------------

_EXPECTED = """
    SELECT a.id, lpad(to_hex(number), 32, '0')::uuid AS number
      FROM telling.aggregate AS a CROSS JOIN generate_series(1, a.told) AS number
"""
_HEARS = f"""
    (VALUES {", ".join(f"('{c.name}', '{t}')" for c in (Listener, Choosy) for t in sorted(c.event_types))})
        AS hears (consumer, event_type)
"""
_EVENT = "SELECT *, (payload ->> 'number')::uuid AS number FROM core_outboxevent"

VERDICT = {
    "committed and not told": f"""
        SELECT count(*) FROM ({_EXPECTED}) AS expected LEFT JOIN ({_EVENT}) AS event
            ON event.aggregate_id = expected.id AND event.number = expected.number WHERE event.id IS NULL
    """,  # noqa: S608  composed of constants
    "told and not committed": f"""
        SELECT count(*) FROM ({_EVENT}) AS event LEFT JOIN ({_EXPECTED}) AS expected
            ON event.aggregate_id = expected.id AND event.number = expected.number WHERE expected.id IS NULL
    """,  # noqa: S608  composed of constants
    "told in two events": f"SELECT count(*) - count(DISTINCT (aggregate_id, number)) FROM ({_EVENT}) AS event",  # noqa: S608  composed of constants
    "without a position": "SELECT count(*) FROM core_outboxevent WHERE position IS NULL",
    "gaps between positions": "SELECT coalesce(max(position), 0) - count(DISTINCT position) FROM core_outboxevent",
    "positions given twice": "SELECT count(position) - count(DISTINCT position) FROM core_outboxevent",
    "positions against the order of writing": f"""
        SELECT count(*) FROM (SELECT number, lag(number) OVER (PARTITION BY aggregate_id ORDER BY position) AS before
                                FROM ({_EVENT}) AS event) AS told WHERE before >= number
    """,  # noqa: S608  composed of constants
    "not heard": f"""
        SELECT count(*) FROM core_outboxevent AS event JOIN {_HEARS} USING (event_type)
            LEFT JOIN telling.note ON note.event_id = event.id AND note.consumer = hears.consumer
         WHERE note.id IS NULL
    """,  # noqa: S608  composed of constants
    "heard more than once": "SELECT count(*) - count(DISTINCT (consumer, event_id)) FROM telling.note",
    "heard and not told": f"""
        SELECT count(*) FROM telling.note LEFT JOIN ({_EVENT}) AS event
            ON event.id = note.event_id AND event.aggregate_id = note.aggregate_id AND event.number = note.number
         WHERE event.id IS NULL
    """,  # noqa: S608  composed of constants
    # What was given up and replayed by staff comes late, which is what they asked for.
    "heard out of order": f"""
        SELECT count(*) FROM (
            SELECT note.number,
                   lag(note.number) OVER (PARTITION BY consumer, note.aggregate_id ORDER BY note.id) AS before
              FROM telling.note JOIN core_outboxevent AS event ON event.id = note.event_id
             WHERE NOT (consumer = '{CHOOSY}' AND event_type = '{REFUSED}')
        ) AS heard WHERE before >= number
    """,  # noqa: S608  composed of constants
    "still undelivered": "SELECT count(*) FROM core_outboxdelivery",
}  # fmt: skip
# Before the replay: what Choosy refuses, and nothing else, is given up with its reason.
GIVEN_UP = f"""
    SELECT count(*) FROM (SELECT id FROM core_outboxevent WHERE event_type = '{REFUSED}') AS event
      FULL JOIN core_outboxdelivery AS delivery ON delivery.event_id = event.id
     WHERE delivery.id IS NULL OR event.id IS NULL OR delivery.status <> 'dead' OR delivery.consumer <> '{CHOOSY}'
        OR delivery.error <> 'ValueError: refused on purpose'
"""  # noqa: S608  composed of constants


def count(statement: str) -> int:
    """The one number that a statement answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def violations() -> dict[str, int]:
    """What does not hold of all that was told and heard, with how often."""
    counted = {name: count(statement) for name, statement in VERDICT.items()}
    return {name: number for name, number in counted.items() if number}
