"""Everything about a person, handed out or erased, for every door."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.security import Kind, record_event
from accounts.selectors import has_confirmed
from core import personal_data
from core.errors import NotFound
from core.personal_data import Person


def export_person(*, user: User) -> Iterator[bytes]:
    """A JSON file with everything about somebody, in pieces."""
    record_event(Kind.EXPORTED, user)
    return personal_data.export(_person(user))


@transaction.atomic
def erase_person(*, user_id: UUID) -> None:
    """Erase somebody's personal data; orders keep their amounts. Doing it again changes nothing.

    Raises NotFound; OpenOrders while an order is not finished; StaffStay for a colleague.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound
    if user.erased_at is None:
        personal_data.erase(_person(user))


def _person(user: User) -> Person:
    return Person(id=user.pk, email=user.email if has_confirmed(user, user.email) else None)
