"""Writes to messages, and their way to the mail server.

A message is written in the transaction that takes its event, and sent outside of any: claimed by a conditional update
that holds for LEASE, sent, and the outcome noted. Killed in between it is sent again when the lease is over, under the
same Message-ID, by which a mail server or reader can tell that it is the same.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core import clock
from core.db.locking import lock_rows, require_transaction
from core.errors import InvalidTransition, NotFound
from core.queue import send_on_commit
from core.text.redaction import redact_text
from desk.services import refresh_tasks
from notifications.mails import as_email, subject_of
from notifications.models import Message
from notifications.staff_tasks import MAIL_FAILED
from orders.models import Order

logger = structlog.get_logger(__name__)

# Longer than a mail server may take to answer (EMAIL_TIMEOUT), with room for a slow machine.
LEASE = timedelta(minutes=5)
# The last comes half a day after the first.
MAX_ATTEMPTS = 10
FIRST_DELAY = timedelta(minutes=1)
_SEND = "notifications.tasks.send_message"


def write_message(
    *, order_id: UUID, template: Message.Template, event_id: UUID, ids: Mapping[str, str]
) -> Message | None:
    """Note that an order's customer is to be written to, once for each event; None for an order without an address.

    Needs a transaction; the mail goes out after it.
    """
    require_transaction()
    order = Order.objects.get(pk=order_id)
    if not order.email:
        return None
    message, is_new = Message.objects.get_or_create(
        event_id=event_id,
        template=template,
        to=order.email,
        defaults={
            "order": order,
            "language": order.language,
            "subject": subject_of(template, order),
            "ids": dict(ids),
        },
    )
    if is_new:
        send_on_commit(_SEND, message_id=str(message.pk))
    return message


def send_message(*, message_id: UUID, now: datetime | None = None) -> bool:
    """Send a message that is due, unless somebody else is sending it; whether it went out. Needs no transaction."""
    now = now or clock.now()
    due = Message.objects.filter(pk=message_id, status=Message.Status.PENDING, not_before__lte=now)
    if not due.update(not_before=now + LEASE, attempts=F("attempts") + 1):
        return False
    message = Message.objects.select_related("order").get(pk=message_id)
    try:
        as_email(message).send()
    except Exception as error:
        # A mail server's refusal, a lost connection or a template's mistake: each is kept for staff to see.
        logger.exception("message_not_sent", message_id=str(message_id), attempts=message.attempts)
        _note_failure(message, error, now)
        return False
    Message.objects.filter(pk=message_id).update(status=Message.Status.SENT, sent_at=now, error="")
    return True


def send_due_messages(*, now: datetime | None = None) -> int:
    """Send everything that is due: what lost tasks did not, and what failed before; returns how many went out."""
    now = now or clock.now()
    due = Message.objects.filter(status=Message.Status.PENDING, not_before__lte=now).order_by("not_before")
    return sum(send_message(message_id=message_id, now=now) for message_id in list(due.values_list("pk", flat=True)))


@transaction.atomic
def resend_message(*, message_id: UUID, now: datetime | None = None) -> Message:
    """Have a message that was given up sent again. Raises NotFound, or InvalidTransition for any other."""
    rows = lock_rows(Message.objects.filter(pk=message_id))
    if not rows:
        raise NotFound
    [message] = rows
    if message.status != Message.Status.FAILED:
        raise InvalidTransition(_("Only a message that could not be sent is sent again."))
    message.status, message.attempts, message.not_before = Message.Status.PENDING, 0, now or clock.now()
    message.save(update_fields=["status", "attempts", "not_before", "updated_at"])
    refresh_tasks(kind=MAIL_FAILED, object_ids=[str(message.pk)])
    send_on_commit(_SEND, message_id=str(message.pk))
    return message


def _note_failure(message: Message, error: Exception, now: datetime) -> None:
    given_up = message.attempts >= MAX_ATTEMPTS or _is_final(error)
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.FAILED if given_up else Message.Status.PENDING,
        not_before=now + FIRST_DELAY * 2 ** (message.attempts - 1),
        error=redact_text(f"{type(error).__name__}: {error}")[:2_000],
    )
    if given_up:
        refresh_tasks(kind=MAIL_FAILED, object_ids=[str(message.pk)])


def _is_final(error: Exception) -> bool:
    """Whether the mail server will say the same again: its codes from 500 on are final (RFC 5321, section 4.2.1)."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _reason in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return int(error.smtp_code) >= 500
    return False
