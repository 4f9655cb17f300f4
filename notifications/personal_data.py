"""Mails to a person about their orders: that they were sent stays, to which address does not."""

from collections.abc import Iterable

from core.personal_data import Person, PersonalData, Row
from notifications.models import Message
from orders.personal_data import orders_about


class MessagesOfPerson(PersonalData):
    """What still waits to be sent is dropped, for nobody is there to read it."""

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        mails = Message.objects.filter(order__in=orders_about(person)).order_by("id")
        yield "mails", mails.values("order__number", "to", "subject", "status", "sent_at").iterator()

    def erase(self, person: Person) -> None:
        mails = Message.objects.filter(order__in=orders_about(person))
        mails.filter(status=Message.Status.PENDING).delete()
        mails.update(to="", error="")
