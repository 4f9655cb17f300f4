"""The relay: places what was committed and hands it to the consumers. One works at a time, in the whole shop.

A position is given once an event is committed, so the positions have no gap and never grow backwards: whoever has read
up to one has missed nothing. Each step is a transaction of its own and can be killed anywhere; the next relay goes on
from what is committed.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from core import clock
from core.db.advisory_locks import AdvisoryLock, LockTaken, advisory_lock
from core.outbox.consumers import Consumer, consumers
from core.outbox.models import RELAY, OutboxCursor, OutboxDelivery, OutboxEvent
from core.outbox.services import EMITTED_CHANNEL, PLACED_CHANNEL
from core.text.redaction import redact_text

logger = structlog.get_logger(__name__)

BATCH = 500
# With the first at once, the last of them comes some ten minutes later.
MAX_ATTEMPTS = 8
FIRST_DELAY = timedelta(seconds=5)
# A lost NOTIFY, or a retry that has become due, waits no longer than this.
POLL_SECONDS = 2.0
# How soon a signal is heard, and how soon another relay finds that the one at work has died.
SLICE_SECONDS = 0.5

_PLACE = """
WITH waiting AS (
    SELECT id, emitted FROM core_outboxevent WHERE position IS NULL ORDER BY emitted LIMIT %(batch)s
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY emitted) AS place FROM waiting
)
UPDATE core_outboxevent AS event SET position = %(last)s + numbered.place
FROM numbered WHERE numbered.id = event.id
"""


@dataclass(slots=True)
class Report:
    """What a run did: events placed, deliveries made, deliveries that failed."""

    placed: int = 0
    delivered: int = 0
    failed: int = 0


def run_once(*, now: datetime | None = None, wait_seconds: float = 10) -> Report:
    """Place and deliver all there is. Raises LockTaken if another relay is at work for longer than `wait_seconds`.

    A retry is made if it is due by `now`.
    """
    report = Report()
    with advisory_lock(AdvisoryLock.OUTBOX_RELAY, "", wait_seconds=wait_seconds):
        while _pass(report, now):
            pass
    return report


def run(stop: threading.Event) -> None:
    """Work until told to stop; wait while another relay works, and take over when it is gone."""
    while not stop.is_set():
        try:
            with advisory_lock(AdvisoryLock.OUTBOX_RELAY, ""):
                logger.info("relay_started")
                _work(stop)
        except LockTaken:
            stop.wait(SLICE_SECONDS)
        except (OperationalError, InterfaceError) as error:
            # It comes back, and a line each time says enough.
            logger.warning("relay_lost_its_database", error=" ".join(str(error).split()))
            connection.close()
            stop.wait(POLL_SECONDS)


def _work(stop: threading.Event) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {EMITTED_CHANNEL}")
    while not stop.is_set():
        while _pass(Report(), None) and not stop.is_set():
            pass
        _wait_for_work(stop)


def _wait_for_work(stop: threading.Event) -> None:
    waited = 0.0
    while not stop.is_set() and waited < POLL_SECONDS:
        if list(connection.connection.notifies(timeout=SLICE_SECONDS, stop_after=1)):
            return
        waited += SLICE_SECONDS


def _pass(report: Report, now: datetime | None) -> int:
    """One batch of placing, and all deliveries that it makes possible; returns how many events were placed."""
    now = now or clock.now()
    registered = consumers()
    _add_cursors(registered)
    placed = _place_batch()
    for name, consumer in registered.items():
        for aggregate_id in _aggregates_due(name, now):
            _retry(name, consumer, aggregate_id, now, report)
        while _deliver_batch(name, consumer, now, report):
            pass
    report.placed += placed
    return placed


def _add_cursors(registered: dict[str, Consumer]) -> None:
    """A consumer that is new hears of what is placed from now on, not of the past."""
    known = dict(OutboxCursor.objects.values_list("name", "position"))
    start = known.get(RELAY, 0)
    missing = [OutboxCursor(name=name, position=start) for name in (RELAY, *registered) if name not in known]
    if missing:
        OutboxCursor.objects.bulk_create(missing, ignore_conflicts=True)


def _locked_cursor(name: str) -> OutboxCursor:
    return OutboxCursor.objects.select_for_update().get(name=name)


@transaction.atomic
def _place_batch() -> int:
    relay = _locked_cursor(RELAY)
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, {"batch": BATCH, "last": relay.position})
        placed = int(cursor.rowcount)
        if placed:
            relay.position += placed
            relay.save(update_fields=["position"])
            cursor.execute("SELECT pg_notify(%s, %s)", [PLACED_CHANNEL, str(relay.position)])
    return placed


@transaction.atomic
def _deliver_batch(name: str, consumer: Consumer, now: datetime, report: Report) -> bool:
    """Offer the consumer the next events; False once it has been offered all. The cursor moves with what was done."""
    cursor = _locked_cursor(name)
    until = min(OutboxCursor.objects.get(name=RELAY).position, cursor.position + BATCH)
    if until <= cursor.position:
        return False
    heard = OutboxEvent.objects.filter(position__gt=cursor.position, position__lte=until)
    events = list(heard.filter(event_type__in=consumer.event_types).order_by("position"))
    ids = {event.aggregate_id for event in events}
    held_up = set(_parked(name).filter(aggregate_id__in=ids).values_list("aggregate_id", flat=True))
    for event in events:
        if event.aggregate_id in held_up:
            _park(name, event, now)
        elif error := _consume(name, consumer, event, report):
            _fail(_parked_row(name, event, now), error, now)
            held_up.add(event.aggregate_id)
    cursor.position = until
    cursor.save(update_fields=["position"])
    return True


def _consume(name: str, consumer: Consumer, event: OutboxEvent, report: Report) -> Exception | None:
    """Have the event consumed; what was raised, if anything, then without effect."""
    try:
        with transaction.atomic():
            consumer.consume(event)
    except Exception as error:
        # Whatever it is, the events of other aggregates go on; the reason is kept beside the event.
        logger.exception("event_not_consumed", consumer=name, event_id=str(event.pk), event_type=event.event_type)
        report.failed += 1
        return error
    report.delivered += 1
    return None


def _parked(name: str) -> QuerySet[OutboxDelivery]:
    return OutboxDelivery.objects.filter(consumer=name, status=OutboxDelivery.Status.WAITING)


def _parked_row(name: str, event: OutboxEvent, now: datetime) -> OutboxDelivery:
    position = event.position or 0  # it has one, or it would not be delivered
    return OutboxDelivery(
        consumer=name, event=event, aggregate_id=event.aggregate_id, position=position, next_attempt_at=now
    )


def _park(name: str, event: OutboxEvent, now: datetime) -> None:
    _parked_row(name, event, now).save(force_insert=True)


def _fail(delivery: OutboxDelivery, error: Exception, now: datetime) -> None:
    delivery.attempts += 1
    delivery.error = redact_text(f"{type(error).__name__}: {error}")[:2_000]
    delivery.next_attempt_at = now + FIRST_DELAY * 2 ** (delivery.attempts - 1)
    if delivery.attempts >= MAX_ATTEMPTS:
        # Those behind it go on: they carry ids and are read as things are by then, and one event that cannot be
        # taken must not keep an order silent for ever.
        delivery.status = OutboxDelivery.Status.DEAD
    delivery.save()


def _aggregates_due(name: str, now: datetime) -> list[UUID]:
    """The aggregates whose first parked event is due, the longest waiting first."""
    heads = _parked(name).order_by("aggregate_id", "position").distinct("aggregate_id")
    due = [head for head in heads if head.next_attempt_at <= now]
    return [head.aggregate_id for head in sorted(due, key=lambda head: head.position)]


def _retry(name: str, consumer: Consumer, aggregate_id: UUID, now: datetime, report: Report) -> None:
    """Deliver an aggregate's parked events in their order until one fails or is not due."""
    while _retry_first(name, consumer, aggregate_id, now, report):
        pass


@transaction.atomic
def _retry_first(name: str, consumer: Consumer, aggregate_id: UUID, now: datetime, report: Report) -> bool:
    _locked_cursor(name)
    waiting = _parked(name).filter(aggregate_id=aggregate_id).select_related("event")
    delivery = waiting.order_by("position").first()
    if delivery is None or delivery.next_attempt_at > now:
        return False
    if error := _consume(name, consumer, delivery.event, report):
        _fail(delivery, error, now)
    else:
        delivery.delete()
    return True
