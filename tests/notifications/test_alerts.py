"""Staff hears by mail of stock that is low or gone."""

from datetime import timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from catalog.models import Variant
from core import clock
from core.outbox import relay
from core.outbox.models import OutboxCursor
from inventory.models import StockItem
from inventory.services import adjust_stock
from notifications.models import Message
from notifications.services import send_due_messages
from tests.factories.accounts import StaffFactory
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

KEEPER = "stock@souk.example"


@pytest.fixture(autouse=True)
def _keeper(settings: Settings) -> None:
    settings.STOCK_ALERT_EMAILS = [KEEPER]
    settings.LOW_STOCK_UNITS = 5


def adjust(variant: Variant, units: int) -> None:
    item = StockItem.objects.get(variant=variant)
    adjust_stock(stock_item_id=item.pk, quantity=units, reason="Counted", actor=None)


def subjects() -> list[str]:
    relay.run_once()
    send_due_messages()
    return [message.subject for message in mail.outbox]


def test_stock_that_gets_low_and_sells_out_is_told_once_each() -> None:
    variant = stocked_variant(10, sku="TEA-1")
    adjust(variant, -6)
    assert subjects() == ["Souk: Stock is low: TEA-1"]
    adjust(variant, -4)
    assert subjects() == ["Souk: Stock is low: TEA-1", "Souk: Sold out: TEA-1"]
    OutboxCursor.objects.exclude(name="relay").update(position=0)
    assert len(subjects()) == 2


def test_the_mail_says_what_is_where_and_leads_to_the_stock(settings: Settings) -> None:
    settings.SHOP_URL = "https://shop.example"
    adjust(stocked_variant(10, sku="TEA-1"), -6)
    subjects()
    [message] = mail.outbox
    assert "Main warehouse: 4 units can be sold" in message.body
    assert "https://shop.example/admin/inventory/stockitem/?q=TEA-1" in message.body
    assert "List-Unsubscribe" not in message.extra_headers


def test_a_colleague_is_written_to_in_their_language() -> None:
    StaffFactory(email=KEEPER, preferred_language="fr")
    adjust(stocked_variant(10, sku="TEA-1"), -6)
    assert subjects() == ["Souk: Stock faible : TEA-1"]


def test_stock_that_comes_and_goes_is_told_of_once_a_day() -> None:
    variant = stocked_variant(10)
    for _ in range(3):
        adjust(variant, -10)
        relay.run_once()
        adjust(variant, 10)
        relay.run_once()
    assert Message.objects.count() == 1
    Message.objects.update(created_at=clock.now() - timedelta(days=2))
    adjust(variant, -10)
    relay.run_once()
    assert Message.objects.count() == 2


def test_what_is_over_when_it_is_heard_is_not_told() -> None:
    variant = stocked_variant(10)
    adjust(variant, -10)
    adjust(variant, 10)
    assert subjects() == []


def test_nobody_is_told_of_what_is_not_sold_or_of_the_past() -> None:
    adjust(stocked_variant(10, product__is_active=False), -10)
    with clock.at(clock.now() - timedelta(days=3)):
        adjust(stocked_variant(10), -10)
    assert subjects() == []


def test_without_addresses_nobody_is_told(settings: Settings) -> None:
    settings.STOCK_ALERT_EMAILS = []
    adjust(stocked_variant(10), -10)
    assert subjects() == []
