"""Writes to the outbox: the one way to emit an event, the replay of a dead letter, and the sweep of old events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from core import clock
from core.db.locking import lock_rows, require_transaction
from core.errors import InvalidTransition, NotFound
from core.fast.rows import add_all
from core.outbox.consumers import consumer_paths
from core.outbox.models import RELAY, OutboxCursor, OutboxDelivery, OutboxEvent

# What wakes the relay, and what the relay tells when it has placed events.
EMITTED_CHANNEL, PLACED_CHANNEL = "souk_outbox_emitted", "souk_outbox_placed"
_BATCH = 1_000


def emit(*, event_type: str, aggregate: models.Model, **ids: UUID) -> OutboxEvent:
    """Write that something happened to the aggregate. Needs the transaction of the change.

    Whoever changes an aggregate holds its lock, which makes the order of its events that of its changes. The commit
    wakes the relay; should that fail, the relay finds the event by itself.
    """
    [event] = emit_all(event_types=[event_type], aggregate=aggregate, **ids)
    return event


def emit_all(*, event_types: Sequence[str], aggregate: models.Model, **ids: UUID) -> list[OutboxEvent]:
    """Write that several things happened to the aggregate at once, in this order. As emit(); one query."""
    require_transaction()
    now = clock.now()
    events = add_all(
        OutboxEvent(
            event_type=event_type,
            aggregate_type=aggregate._meta.label_lower,
            aggregate_id=aggregate.pk,
            payload={name: str(value) for name, value in ids.items()},
            occurred_at=now,
        )
        for event_type in event_types
    )
    # One call for all events of a transaction. Not a NOTIFY within it: those commit one after another.
    if all(entry[1] is not wake_relay for entry in connection.run_on_commit):
        transaction.on_commit(wake_relay, robust=True)
    return events


def wake_relay() -> None:
    """Tell the relay that there is work."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {EMITTED_CHANNEL}")


@transaction.atomic
def replay(*, delivery_id: UUID, now: datetime | None = None) -> OutboxDelivery:
    """Have a dead letter tried again, as if for the first time. Raises NotFound, or InvalidTransition if it is none."""
    rows = lock_rows(OutboxDelivery.objects.filter(pk=delivery_id))
    if not rows:
        raise NotFound
    [delivery] = rows
    if delivery.status != OutboxDelivery.Status.DEAD:
        raise InvalidTransition(_("This event is still being tried."))
    delivery.status = OutboxDelivery.Status.WAITING
    delivery.attempts, delivery.next_attempt_at = 0, now or clock.now()
    delivery.save(update_fields=["status", "attempts", "next_attempt_at"])
    transaction.on_commit(wake_relay, robust=True)
    return delivery


def prune_outbox(*, now: datetime | None = None) -> int:
    """Forget events older than OUTBOX_KEEP_DAYS that every consumer has been offered; returns how many.

    What is undelivered stays. In batches, safe at any time.
    """
    until = (now or clock.now()) - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    seen = _seen_by_all()
    undelivered = OutboxDelivery.objects.values("event")
    old = OutboxEvent.objects.filter(recorded_at__lt=until, position__lte=seen).exclude(pk__in=undelivered)
    pruned = 0
    while batch := list(old.order_by("recorded_at").values_list("pk", flat=True)[:_BATCH]):
        pruned += OutboxEvent.objects.filter(pk__in=batch).delete()[0]
    return pruned


def _seen_by_all() -> int:
    names = [RELAY, *consumer_paths()]
    cursors = OutboxCursor.objects.filter(name__in=names).aggregate(least=Min("position"))
    return cursors["least"] or 0
