"""The benchmark of the outbox tells when something was lost, told twice or heard out of order."""

import pytest
from django.db import connection
from pytest_django import Settings

from benchmarks import telling
from core.outbox import relay
from core.outbox.models import OutboxDelivery

pytestmark = pytest.mark.django_db

BREAKS = {
    "committed and not told": "DELETE FROM core_outboxevent WHERE position = 3",
    "told and not committed": "UPDATE telling.aggregate SET told = told - 1 WHERE told > 0",
    "told in two events": """
        INSERT INTO core_outboxevent (event_type, aggregate_type, aggregate_id, payload)
        SELECT event_type, aggregate_type, aggregate_id, payload FROM core_outboxevent WHERE position = 3
    """,
    "without a position": "UPDATE core_outboxevent SET position = NULL WHERE position = 3",
    "gaps between positions": "UPDATE core_outboxevent SET position = 1000 WHERE position = 3",
    "positions given twice": """
        ALTER TABLE core_outboxevent DROP CONSTRAINT core_outboxevent_position;
        UPDATE core_outboxevent SET position = 3 WHERE position = 4
    """,
    "positions against the order of writing": "UPDATE core_outboxevent SET position = 1000 - position",
    "not heard": "DELETE FROM telling.note WHERE id = (SELECT max(id) FROM telling.note)",
    "heard more than once": """
        INSERT INTO telling.note (consumer, event_id, aggregate_id, number)
        SELECT consumer, event_id, aggregate_id, number FROM telling.note LIMIT 1
    """,
    "heard and not told": "UPDATE telling.note SET event_id = uuidv7() WHERE id = (SELECT max(id) FROM telling.note)",
    "heard out of order": """
        ALTER TABLE telling.note ALTER id DROP IDENTITY;
        UPDATE telling.note SET id = -id
    """,
    "still undelivered": """
        INSERT INTO core_outboxdelivery (consumer, event_id, aggregate_id, position, status, attempts, next_attempt_at,
                                         error)
        SELECT 'somebody', id, aggregate_id, position, 'waiting', 0, now(), '' FROM core_outboxevent WHERE position = 3
    """,
}


@pytest.fixture(autouse=True)
def _told(settings: Settings) -> None:
    settings.OUTBOX_CONSUMERS = [telling.LISTENER, telling.CHOOSY]
    relay.run_once()
    ids = telling.prepare(6)
    telling.write(ids=ids, seed="test", goal=24, rate=None, done=lambda *_counts: None)


def test_what_was_told_and_heard_as_it_should_be_is_in_order() -> None:
    telling.show_mercy()
    assert relay.run_once().placed == 24
    assert telling.violations() == {}


@pytest.mark.parametrize("what", telling.VERDICT)
def test_each_thing_that_may_be_wrong_is_told(what: str) -> None:
    telling.show_mercy()
    relay.run_once()
    with connection.cursor() as cursor:
        cursor.execute(BREAKS[what])
    assert what in telling.violations()


def test_only_what_is_given_up_with_its_reason_counts_as_that() -> None:
    relay.run_once()
    assert telling.count(telling.GIVEN_UP) > 0
    OutboxDelivery.objects.filter(error="").delete()  # what waited behind it
    OutboxDelivery.objects.update(status=OutboxDelivery.Status.DEAD)
    assert telling.count(telling.GIVEN_UP) == 0
