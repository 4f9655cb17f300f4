"""How the API's list of orders is narrowed."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from core.api.filters import InstantFilter, UpdatedSinceFilter
from orders.models import Order
from orders.numbers import possible_numbers
from orders.states import FulfilmentStatus, OrderStatus, PaymentStatus


class OrderFilter(filters.FilterSet):
    """By state, number and time."""

    status = filters.ChoiceFilter(choices=OrderStatus.choices)
    payment_status = filters.ChoiceFilter(choices=PaymentStatus.choices)
    fulfilment_status = filters.ChoiceFilter(choices=FulfilmentStatus.choices)
    number = filters.CharFilter(method="numbered", max_length=64)
    placed_from = InstantFilter(field_name="placed_at", lookup_expr="gte")
    placed_before = InstantFilter(field_name="placed_at", lookup_expr="lt")

    updated_since = UpdatedSinceFilter()

    def numbered(self, orders: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return orders.filter(number__in=possible_numbers(value))
