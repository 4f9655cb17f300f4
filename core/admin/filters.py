"""Filters of lists."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.utils import parse_date_str

__all__ = ["ChoicesDropdownFilter", "DayRangeFilter", "DropdownFilter", "RelatedDropdownFilter"]


class DayRangeFilter(RangeDateFilter):
    """Moments from the start of one day to the end of another, in the shop's time zone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if (start := self._midnight("from")) is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": start})
        if (end := self._midnight("to")) is not None:
            queryset = queryset.filter(**{f"{self.field_path}__lt": end + timedelta(days=1)})
        return queryset

    def _midnight(self, edge: str) -> datetime | None:
        day = parse_date_str(self.used_parameters.get(f"{self.field_path}_{edge}") or "")
        return timezone.make_aware(datetime.combine(day, datetime.min.time())) if day else None
