"""The link to an order once more, for who has its number but not the mail."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import clock
from core.db.ids import new_id
from core.db.locking import lock_rows
from core.errors import DomainError, NotFound
from notifications.models import Message
from notifications.services import write_message
from orders.models import Order
from orders.selectors import track_order

# Whoever knows number and address can have the owner mailed: no more often than this.
MOST_AN_HOUR = 3
_HOUR = timedelta(hours=1)


class TooManyLinks(DomainError):
    """The order's address was mailed its link a few times already."""

    code = "too_many_links"
    message = _(
        "We have mailed this link several times already. Please look into your mailbox, or try again in an hour."
    )
    status = 429
    retry_after = int(_HOUR.total_seconds())


@transaction.atomic
def send_order_link(*, number: str, email: str) -> None:
    """Mail the order's link to its own address. Raises NotFound for a wrong pair, and TooManyLinks."""
    found = track_order(number=number, email=email)
    if found is None:
        raise NotFound
    # Of two requests at once the second counts the first one's message.
    lock_rows(Order.objects.filter(pk=found.pk))
    link = Message.Template.ORDER_LINK
    recent = Message.objects.filter(order=found, template=link, created_at__gt=clock.now() - _HOUR)
    if recent.count() >= MOST_AN_HOUR:
        raise TooManyLinks
    write_message(order_id=found.pk, template=link, event_id=new_id(), ids={})
