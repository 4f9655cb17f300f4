"""Writes to customer groups and their memberships, for admin and API."""

from collections.abc import Collection
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.groups.errors import GroupCodeTaken, UnknownMembers
from accounts.groups.models import CustomerGroup, CustomerGroupMembership
from accounts.models import User
from core.db.locking import lock_rows
from core.errors import NotFound


class GroupFields(TypedDict):
    """A group as staff writes it; names that are empty fall back to English."""

    code: NotRequired[str]
    name_en: NotRequired[str]
    name_fr: NotRequired[str]
    name_ar: NotRequired[str]
    description_en: NotRequired[str]
    description_fr: NotRequired[str]
    description_ar: NotRequired[str]


def create_group(**fields: Unpack[GroupFields]) -> CustomerGroup:
    """Add a group; it needs `code` and `name_en`. Raises GroupCodeTaken."""
    group = CustomerGroup()
    _write(group, dict(fields))
    return group


@transaction.atomic
def update_group(*, group_id: UUID, **changes: Unpack[GroupFields]) -> CustomerGroup:
    """Change what is given. Raises NotFound or GroupCodeTaken."""
    group = _lock_group(group_id)
    _write(group, dict(changes))
    return group


@transaction.atomic
def delete_group(*, group_id: UUID) -> None:
    """Delete a group with its memberships; the customers stay. Raises NotFound."""
    _lock_group(group_id).delete()


@transaction.atomic
def add_members(*, group_id: UUID, customer_ids: Collection[UUID]) -> int:
    """Put customers into a group and return how many were not in it before.

    All of them or none. Raises NotFound for the group, UnknownMembers for people that are not there or were erased.
    """
    group = _lock_group(group_id, shared=True)
    # Locked as an erasure locks them, so that none of them is erased between this look and the rows.
    people = lock_rows(User.objects.filter(pk__in=customer_ids, erased_at=None), no_key=True)
    if missing := sorted(set(customer_ids) - {person.pk for person in people}):
        raise UnknownMembers(field="customer_ids", details={"customers": [str(one) for one in missing]})
    memberships = CustomerGroupMembership.objects.filter(group=group)
    before = set(memberships.filter(customer__in=people).values_list("customer_id", flat=True))
    new = [CustomerGroupMembership(group=group, customer=person) for person in people if person.pk not in before]
    CustomerGroupMembership.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


@transaction.atomic
def remove_members(*, group_id: UUID, customer_ids: Collection[UUID]) -> int:
    """Take customers out of a group and return how many were in it. Raises NotFound for the group."""
    group = _lock_group(group_id, shared=True)
    removed, _by_model = CustomerGroupMembership.objects.filter(group=group, customer__in=customer_ids).delete()
    return removed


def _lock_group(group_id: UUID, *, shared: bool = False) -> CustomerGroup:
    """Lock a group: alone for changes of its row, without its key where only memberships come and go."""
    rows = lock_rows(CustomerGroup.objects.filter(pk=group_id), no_key=shared)
    if not rows:
        raise NotFound
    return rows[0]


def _write(group: CustomerGroup, fields: dict[str, object]) -> None:
    for name, value in fields.items():
        setattr(group, name, value)
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        if "accounts_customergroup_code" in str(error):
            raise GroupCodeTaken(field="code") from error
        raise
