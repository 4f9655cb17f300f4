"""How the API's list of stock is narrowed."""

from django_filters import rest_framework as filters

from core.api.filters import UpdatedSinceFilter


class StockItemFilter(filters.FilterSet):
    """By SKU and location."""

    sku = filters.CharFilter(field_name="variant__sku", lookup_expr="iexact", max_length=100)
    location = filters.CharFilter(field_name="location__code", max_length=60, help_text="The location's code.")
    updated_since = UpdatedSinceFilter()
