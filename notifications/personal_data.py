"""Mails to a person, and what they wait for: that a mail of an order was sent stays, to which address does not."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from core.personal_data import Person, PersonalData, Row
from notifications.models import BackInStockNotice, Message
from orders.personal_data import orders_about


class MessagesOfPerson(PersonalData):
    """What still waits to be sent is dropped, for nobody is there to read it; so are notices, with their mails."""

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        mails = Message.objects.filter(Q(order__in=orders_about(person)) | Q(notice__in=_notices(person))).order_by(
            "id"
        )
        yield "mails", mails.values("order__number", "to", "subject", "status", "sent_at").iterator()
        notices = _notices(person).order_by("id")
        yield (
            "back_in_stock_notices",
            notices.values("variant__sku", "email", "language", "asked_at", "confirmed_at", "told_at").iterator(),
        )

    def erase(self, person: Person) -> None:
        _notices(person).delete()
        mails = Message.objects.filter(order__in=orders_about(person))
        mails.filter(status=Message.Status.PENDING).delete()
        mails.update(to="", error="")


def _notices(person: Person) -> QuerySet[BackInStockNotice]:
    """Those of the account, and those that were asked for with an address that is known to be theirs."""
    mine = Q(customer=person.id)
    return BackInStockNotice.objects.filter(mine | Q(email__iexact=person.email) if person.email else mine)
