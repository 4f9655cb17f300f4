"""Staff is told of stock that is low or gone, by mail to the addresses of the setting stock_alert_emails."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from accounts.models import User
from catalog.models import Variant
from core import clock
from core.db.locking import require_transaction
from core.queue import send_on_commit
from core.text.emails import normalise_email
from inventory.selectors import on_shelf_by_variant
from inventory.shop_settings import LOW_STOCK_UNITS
from notifications.mails import item_subject
from notifications.models import Message
from notifications.shop_settings import STOCK_ALERT_EMAILS

# Orders that are placed and cancelled make stock come and go; of the same again nobody is told before.
PAUSE = timedelta(days=1)
_SEND_DUE = "notifications.tasks.send_due_messages"


def alert_staff(*, variant_id: UUID, template: Message.Template, event_id: UUID) -> int:
    """Write that a variant on sale is low or sold out, if it is so still; returns to how many. Needs a transaction."""
    require_transaction()
    variant = Variant.objects.on_sale().filter(pk=variant_id).select_related("product").first()
    if variant is None or not _is_so(on_shelf_by_variant([variant_id]).get(variant_id, 0), template):
        return 0
    recent = Message.objects.filter(variant=variant, template=template, created_at__gt=clock.now() - PAUSE)
    told = set(recent.values_list("to", flat=True))
    messages = [
        _message(address, variant, template, event_id)
        for address in dict.fromkeys(STOCK_ALERT_EMAILS.value)
        if address not in told
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    if messages:
        send_on_commit(_SEND_DUE)
    return len(messages)


def _is_so(units: int, template: Message.Template) -> bool:
    return not units if template == Message.Template.STOCK_SOLD_OUT else 0 < units <= LOW_STOCK_UNITS.value


def _message(address: str, variant: Variant, template: Message.Template, event_id: UUID) -> Message:
    colleague = User.objects.filter(email=normalise_email(address), is_staff=True).first()
    language = colleague.preferred_language if colleague else settings.LANGUAGE_CODE
    subject = item_subject(template, variant, language)
    return Message(
        template=template, to=address, language=language, subject=subject, variant=variant, event_id=event_id
    )
