"""How the API's list of customers is narrowed."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from accounts.models import CustomerGroupMembership, User
from accounts.selectors import people_matching
from core.api.filters import TruthFilter, UpdatedSinceFilter


class CustomerFilter(filters.FilterSet):
    """By words, address, kind and group."""

    q = filters.CharFilter(
        method="matching",
        max_length=200,
        help_text="How the e-mail address, the username, or a word of the name or company begins; each word counts.",
    )
    email = filters.CharFilter(lookup_expr="iexact", max_length=254)
    is_staff = TruthFilter()
    is_active = TruthFilter()
    group = filters.CharFilter(method="in_group", max_length=60, help_text="Code of a customer group.")
    updated_since = UpdatedSinceFilter()

    def matching(self, people: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return people_matching(people, value)

    def in_group(self, people: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        members = CustomerGroupMembership.objects.filter(group__code=value)
        return people.filter(pk__in=members.values("customer"))
