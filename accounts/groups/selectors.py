"""Reads of customer groups and their members."""

from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.groups.models import CustomerGroup, CustomerGroupMembership
from accounts.models import User


def groups_of(customer: User | None) -> tuple[CustomerGroup, ...]:
    """Return the groups of a customer, sorted by code; none for a guest. One query for a customer."""
    if customer is None:
        return ()
    return tuple(CustomerGroup.objects.filter(memberships__customer=customer).order_by("code"))


def groups_with_counts() -> QuerySet[CustomerGroup]:
    """Return all groups by code, each with its number of members as `member_count`."""
    members = CustomerGroupMembership.objects.filter(group=OuterRef("pk")).order_by().values("group")
    counted = members.annotate(number=Count("pk")).values("number")
    return CustomerGroup.objects.order_by("code").annotate(member_count=Coalesce(Subquery(counted), 0))


def memberships_of(group_id: UUID) -> QuerySet[CustomerGroupMembership]:
    """Return the memberships of a group with their customers, the latest first."""
    rows = CustomerGroupMembership.objects.filter(group=group_id).select_related("customer")
    return rows.order_by("-since", "-id")
