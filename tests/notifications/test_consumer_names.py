"""A consumer that is renamed goes on where it was: nothing is told twice and nothing is lost."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core import mail

from catalog.models import Variant
from core.failures.services import record_failure
from core.models import FailedTask, OutboxCursor, OutboxDelivery, OutboxEvent
from core.outbox import relay
from inventory.services import adjust_stock, receive_stock
from notifications.services import send_due_messages
from tests.factories.inventory import stocked_variant
from tests.notifications.waiting import wait_for

pytestmark = pytest.mark.django_db

migration: Any = import_module("notifications.migrations.0006_back_in_stock_mails")


def restocked() -> Variant:
    variant = stocked_variant(5)
    item = variant.stock_items.get()
    adjust_stock(stock_item_id=item.pk, quantity=-5, reason="Counted", actor=None)
    wait_for(variant_id=variant.pk, email="amina@souk.example")
    relay.run_once()
    receive_stock(variant_id=variant.pk, location=item.location, quantity=5, actor=None)
    return variant


def as_it_was_called() -> None:
    migration.backwards(apps, None)


def test_events_before_and_after_the_renaming_are_told_once() -> None:
    restocked()
    as_it_was_called()
    assert OutboxCursor.objects.filter(name=migration.OLD).exists()
    assert not OutboxCursor.objects.filter(name=migration.NEW).exists()
    migration.forwards(apps, None)
    relay.run_once()
    relay.run_once()

    assert send_due_messages() == 1
    assert len(mail.outbox) == 1


def test_the_earlier_of_two_positions_counts() -> None:
    OutboxCursor.objects.create(name=migration.OLD, position=5)
    OutboxCursor.objects.create(name=migration.NEW, position=9)
    migration.forwards(apps, None)

    assert dict(OutboxCursor.objects.values_list("name", "position")) == {migration.NEW: 5}


def test_what_was_parked_stays_parked() -> None:
    restocked()
    relay.run_once()
    event = OutboxEvent.objects.order_by("emitted").last()
    parked = OutboxDelivery.objects.create(
        consumer=migration.OLD, event=event, aggregate_id=event.aggregate_id, position=event.position
    )
    migration.forwards(apps, None)
    parked.refresh_from_db()
    assert parked.consumer == migration.NEW
    migration.backwards(apps, None)
    parked.refresh_from_db()
    assert parked.consumer == migration.OLD


def test_a_failed_task_can_be_sent_again_under_its_new_name() -> None:
    record_failure(name=migration.OLD_TASK, arguments={}, error="Disk full")
    migration.forwards(apps, None)
    assert FailedTask.objects.get().name == migration.NEW_TASK
