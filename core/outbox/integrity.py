"""What holds of the outbox: positions without a gap, nothing forgotten by the relay, no consumer ahead of it."""

from django.conf import settings

from core.integrity import Check
from core.outbox.models import RELAY

# A relay at work places an event within seconds.
_PATIENCE = "15 minutes"


def _positions() -> str:
    # Pruning goes by when events were recorded, which is nearly the order of their positions; so what lies a day or
    # more within the time that events are kept was not pruned.
    kept = f"{settings.OUTBOX_KEEP_DAYS - 1} days"
    return f"""
        SELECT id, event_type AS subject, 'followed by ' || position + 1 AS expected,
               position || ' followed by ' || next AS actual
          FROM (SELECT id, event_type, position, recorded_at,
                       lead(position, 1, greatest(position, relay.last) + 1) OVER (ORDER BY position) AS next
                  FROM core_outboxevent
                 CROSS JOIN (SELECT coalesce(max(position), 0) AS last FROM core_outboxcursor WHERE name = '{RELAY}')
                       AS relay
                 WHERE position IS NOT NULL) AS placed
         WHERE next = position OR next > position + 1 AND recorded_at > now() - interval '{kept}'
    """  # noqa: S608  composed of constants and a number


OUTBOX = (
    Check(
        code="outbox.positions",
        title="Events have positions without a gap, each its own, up to the relay's.",
        query=_positions,
    ),
    Check(
        code="outbox.waiting",
        title="The relay has given every event a position within a quarter of an hour.",
        query=f"""
            SELECT id, event_type AS subject, 'a position' AS expected, 'none since ' || recorded_at AS actual
              FROM core_outboxevent WHERE position IS NULL AND recorded_at < now() - interval '{_PATIENCE}'
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="outbox.cursors",
        title="No event and no consumer is ahead of the relay.",
        query=f"""
            SELECT told.id, told.name AS subject, 'at most ' || coalesce(relay.position, 0) AS expected,
                   told.position AS actual
              FROM (SELECT name AS id, name, position FROM core_outboxcursor
                     UNION ALL SELECT id::text, event_type, position FROM core_outboxevent) AS told
              LEFT JOIN core_outboxcursor AS relay ON relay.name = '{RELAY}'
             WHERE told.position > coalesce(relay.position, 0)
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="outbox.deliveries",
        title="An undelivered event was offered to its consumer, and stands at its own position and aggregate.",
        query="""
            SELECT parked.id, parked.consumer AS subject,
                   event.aggregate_id || ' at ' || event.position || ', offered' AS expected,
                   parked.aggregate_id || ' at ' || parked.position
                       || CASE WHEN reached.position >= parked.position THEN ', offered' ELSE ', not offered' END
                       AS actual
              FROM core_outboxdelivery AS parked
              JOIN core_outboxevent AS event ON event.id = parked.event_id
              LEFT JOIN core_outboxcursor AS reached ON reached.name = parked.consumer
             WHERE (parked.aggregate_id, parked.position) IS DISTINCT FROM (event.aggregate_id, event.position)
                OR coalesce(reached.position, 0) < parked.position
        """,
    ),
)
