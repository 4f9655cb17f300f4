"""Mails of orders: one for what happened, in the order's language, sent once and tried again."""

import html
import re
import smtplib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from pytest_django import Settings

from checkout.services.cancel_order import cancel_order, expire_unpaid_orders
from checkout.services.fulfil_order import ship_order
from core import clock
from core.errors import InvalidTransition
from core.outbox import relay
from core.outbox.models import OutboxCursor, OutboxDelivery, OutboxEvent
from notifications.models import Message
from notifications.selectors import messages_of
from notifications.services import FIRST_DELAY, LEASE, MAX_ATTEMPTS, resend_message, send_due_messages, send_message
from orders.models import Order
from orders.selectors import order_by_link_token
from payments.services import capture_payment
from sampledata.loader import load_demo_shop
from tests.factories.checkout import confirmed_order, order_awaiting_transfer, shipped_order
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import messages_of as told
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


class Refusing(BaseEmailBackend):
    """A mail server that answers every mail with an error."""

    error: Exception = ConnectionRefusedError("no mail server")

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise self.error


def mails_of(order: Order) -> list[Message]:
    relay.run_once()
    return list(messages_of(order))


def sent() -> Any:
    """The one mail that went out."""
    relay.run_once()
    send_due_messages()
    [message] = mail.outbox
    return message


def html_of(message: Any) -> str:
    return str(message.alternatives[0][0])


def test_an_order_that_is_placed_is_told_of_once() -> None:
    order = confirmed_order()
    relay.run_once()
    assert [(one.template, one.to, one.status) for one in mails_of(order)] == [
        ("order_placed", "guest@souk.example", "pending")
    ]
    assert send_due_messages() == 1
    assert send_due_messages() == 0
    assert len(mail.outbox) == 1


def test_an_event_that_comes_again_writes_no_second_message() -> None:
    order = confirmed_order()
    relay.run_once()
    OutboxCursor.objects.exclude(name="relay").update(position=0)
    assert len(mails_of(order)) == 1


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_the_mail_is_in_the_orders_language_and_links_to_the_order(
    language: str, direction: str, settings: Settings
) -> None:
    settings.SHOP_URL = "https://shop.example"
    with override(language):
        order = confirmed_order()
    message = sent()
    html = html_of(message)
    assert f'<html lang="{language}" dir="{direction}">' in html
    prefix = f"https://shop.example/{language}/orders/track/"
    [link] = [line for line in message.body.splitlines() if line.startswith(prefix)]
    assert f'href="{link}"' in html
    assert order_by_link_token(link.removeprefix(prefix).strip("/")) == order
    assert order.number in message.subject


def test_the_mail_lists_what_was_ordered_and_what_it_costs() -> None:
    order = confirmed_order(quantity=3)
    line = order.lines.get()
    message = sent()
    for part in (message.body, html_of(message)):
        assert line.name in part
        assert line.sku in part
        assert f"${order.total.amount}" in part
        assert order.ship_to.line1 not in part  # a guest typed it, perhaps with a stranger's address


def test_a_french_label_has_a_space_before_its_colon_and_free_delivery_is_called_so() -> None:
    ShippingMethodFactory(price_minor=0)
    with override("fr"):
        confirmed_order()
    message = sent()
    assert "Sous-total\xa0: " in message.body
    assert "Suivre cette commande\xa0:\n" in message.body
    assert "Livraison\xa0: Gratuit" in message.body
    assert ">Gratuit<" in html_of(message)


def test_only_a_transfer_comes_with_instructions() -> None:
    order = order_awaiting_transfer()
    message = sent()
    assert "FR76 3000 6000 0112 3456 7890 189" in message.body
    assert "FR76 3000 6000 0112 3456 7890 189" in html_of(message)
    mail.outbox.clear()
    confirmed_order()
    assert "FR76" not in sent().body
    assert order.number not in sent().body


def test_what_people_typed_is_text_in_html_and_as_it_is_in_plain_text() -> None:
    order = confirmed_order()
    order.lines.update(name="<b>Tom & Jerry's</b>")
    message = sent()
    assert "<b>Tom & Jerry's</b>" in message.body
    assert "&lt;b&gt;Tom &amp; Jerry" in html_of(message)


def test_a_mail_loads_nothing_from_anywhere() -> None:
    confirmed_order()
    html = html_of(sent())
    assert "<img" not in html
    assert "<link" not in html
    assert "<script" not in html
    assert "url(" not in html


def test_each_parcel_is_told_of_with_what_is_in_it() -> None:
    order = confirmed_order(quantity=3)
    relay.run_once()
    send_due_messages()
    mail.outbox.clear()
    ship_order(order_id=order.pk, actor=None, tracking_number="1Z999", quantities={order.lines.get().pk: 2})
    message = sent()
    assert "on its way" in message.subject
    assert "1Z999" in message.body
    assert f"2 × {order.lines.get().name}" in message.body


@pytest.mark.parametrize(("paid", "sentence"), [(False, "You have nothing to pay."), (True, "will be given back")])
def test_a_cancelled_order_says_what_becomes_of_the_money(paid: bool, sentence: str) -> None:
    order = order_awaiting_transfer()
    if paid:
        capture_payment(payment_id=order.payments.get().pk, actor=None)
    relay.run_once()
    send_due_messages()
    mail.outbox.clear()
    cancel_order(order_id=order.pk, actor=None)
    assert sentence in sent().body


def test_an_order_that_was_not_paid_in_time_says_so() -> None:
    order = order_awaiting_transfer()
    relay.run_once()
    send_due_messages()
    mail.outbox.clear()
    Order.objects.filter(pk=order.pk).update(expires_at=clock.now())
    expire_unpaid_orders()
    assert "We did not receive your payment in time." in sent().body


def test_an_order_without_an_address_is_not_written_about() -> None:
    order = confirmed_order()
    Order.objects.filter(pk=order.pk).update(email="")
    assert mails_of(order) == []


def test_what_is_told_of_the_past_writes_to_nobody() -> None:
    with clock.at(clock.now() - timedelta(days=3)):
        order = confirmed_order()
    assert mails_of(order) == []


@pytest.mark.slow
def test_sample_data_write_to_nobody() -> None:
    load_demo_shop()
    relay.run_once()
    assert OutboxEvent.objects.count() > 20
    assert not Message.objects.exists()


class TestAFailure:
    @pytest.fixture(autouse=True)
    def _refused(self, settings: Settings) -> None:
        settings.EMAIL_BACKEND = "tests.notifications.test_messages.Refusing"

    def message(self) -> Message:
        [message] = mails_of(confirmed_order())
        return message

    def test_is_noted_and_tried_again_later(self, settings: Settings) -> None:
        message, now = self.message(), clock.now()
        assert send_message(message_id=message.pk, now=now) is False
        message.refresh_from_db()
        assert (message.status, message.attempts) == ("pending", 1)
        assert message.error == "ConnectionRefusedError: no mail server"
        assert send_due_messages(now=now) == 0
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert send_due_messages(now=now + FIRST_DELAY) == 1
        message.refresh_from_db()
        assert (message.status, message.error) == ("sent", "")

    def test_that_does_not_end_is_given_up(self) -> None:
        message = self.message()
        for days in range(1, MAX_ATTEMPTS + 1):
            send_due_messages(now=clock.now() + timedelta(days=days))
        message.refresh_from_db()
        assert (message.status, message.attempts) == ("failed", MAX_ATTEMPTS)

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (smtplib.SMTPRecipientsRefused({"x@y.example": (550, b"no such user")}), "failed"),
            (smtplib.SMTPRecipientsRefused({"x@y.example": (450, b"busy")}), "pending"),
            (smtplib.SMTPDataError(554, b"refused"), "failed"),
            (smtplib.SMTPServerDisconnected("gone"), "pending"),
        ],
    )
    def test_that_the_server_calls_final_is_not_tried_again(
        self, error: Exception, status: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Refusing, "error", error)
        message = self.message()
        send_message(message_id=message.pk)
        message.refresh_from_db()
        assert message.status == status

    def test_given_up_is_sent_again_by_staff(self, settings: Settings) -> None:
        message = self.message()
        Message.objects.update(status="failed", attempts=MAX_ATTEMPTS, error="no")
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        page = staff_client().post(reverse("admin:notifications_message_resend", args=[message.pk]), follow=True)
        assert told(page) == ["The message to guest@souk.example is sent again."]
        send_due_messages()
        assert len(mail.outbox) == 1


def test_whoever_is_sending_has_the_message_until_the_lease_is_over_and_it_stays_the_same_mail() -> None:
    [message] = mails_of(confirmed_order())
    now = clock.now()
    # Killed after the mail server took the mail, before this was noted.
    Message.objects.filter(pk=message.pk).update(not_before=now + LEASE, attempts=1)
    assert send_message(message_id=message.pk, now=now) is False
    assert send_message(message_id=message.pk, now=now + LEASE) is True
    Message.objects.filter(pk=message.pk).update(status="pending", sent_at=None, not_before=now)
    send_message(message_id=message.pk, now=now)
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"] == f"<{message.pk}@souk.example>"


def test_only_what_was_given_up_is_sent_again() -> None:
    [message] = mails_of(confirmed_order())
    with pytest.raises(InvalidTransition):
        resend_message(message_id=message.pk)


def test_staff_sees_the_list_and_the_mail_in_a_closed_frame() -> None:
    order, _shipment = shipped_order()
    messages = mails_of(order)
    client = staff_client("notifications.view_message")
    with CaptureQueriesContext(connection) as queries:
        listed = client.get(reverse("admin:notifications_message_changelist")).content.decode()
    assert order.number in listed
    assert len(queries) <= 9
    page = client.get(reverse("admin:notifications_message_change", args=[messages[0].pk])).content.decode()
    [shown] = re.findall(r'<iframe sandbox srcdoc="([^"]*)"', page)
    assert order.number in html.unescape(shown)
    assert html.unescape(shown).rstrip().endswith("</html>")
    assert order.number in page


def test_who_may_only_look_sends_nothing_again() -> None:
    [message] = mails_of(confirmed_order())
    Message.objects.update(status="failed")
    address = reverse("admin:notifications_message_resend", args=[message.pk])
    assert staff_client("notifications.view_message").post(address).status_code == 403
    message.refresh_from_db()
    assert message.status == "failed"


def test_staff_has_a_dead_letter_told_again() -> None:
    order = confirmed_order()
    relay.run_once()
    event = OutboxEvent.objects.filter(aggregate_id=order.pk).first()
    assert event is not None
    dead = OutboxDelivery.objects.create(
        consumer="notifications.consumers.OrderMails",
        event=event,
        aggregate_id=order.pk,
        position=event.position,
        status="dead",
        error="ValueError: no",
    )
    client = staff_client()
    assert client.get(reverse("admin:core_outboxdelivery_changelist")).status_code == 200
    assert client.get(reverse("admin:core_outboxevent_changelist"), {"q": "abc"}).status_code == 200
    page = client.post(reverse("admin:core_outboxdelivery_replay", args=[dead.pk]), follow=True)
    assert told(page) == [f"Event {event.position} is told again."]
    dead.refresh_from_db()
    assert dead.status == "waiting"
