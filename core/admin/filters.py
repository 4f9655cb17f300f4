"""Filters of lists. A value that cannot be read is told; the list is never silently another than was asked for."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import FieldListFilter, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)

from core.text.cleaning import ascii_digits

__all__ = ["ChoicesDropdownFilter", "DayRangeFilter", "DropdownFilter", "RelatedDropdownFilter", "UnreadableFilter"]

# Days beyond them are typing errors, and a midnight in some time zone could no longer be written.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9998, 12, 31)


class UnreadableFilter(IncorrectLookupParameters):
    """A filter's value means nothing; the message names the filter and the value."""


class DayRangeFilter(RangeDateFilter):
    """Moments from the start of one day to the end of another, in the shop's time zone.

    Days are read as the language of the page writes them, and as 2026-12-31 in every language. What cannot be read is
    told above the list, which is empty then.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        try:
            start, end = self._days()
        except ValidationError as error:
            messages.error(request, error.message)
            return queryset.none()
        if start:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(start)})
        if end:
            queryset = queryset.filter(**{f"{self.field_path}__lt": _midnight(end + timedelta(days=1))})
        return queryset

    def _days(self) -> tuple[date | None, date | None]:
        start, end = self._day("from"), self._day("to")
        if start and end and start > end:
            raise ValidationError(_now("%(filter)s: the first day is after the last.") % {"filter": self._label})
        return start, end

    @property
    def _label(self) -> str:
        return str(capfirst(str(self.title)))

    def _day(self, edge: str) -> date | None:
        typed = self.used_parameters.get(f"{self.field_path}_{edge}") or ""
        try:
            day = forms.DateField(required=False).clean(ascii_digits(typed))
        except ValidationError:
            day = None
        if typed.strip() and (day is None or not FIRST_DAY <= day <= LAST_DAY):
            example = date(timezone.localdate().year, 12, 31).strftime(formats.get_format("DATE_INPUT_FORMATS")[0])
            raise ValidationError(
                _now("%(filter)s: “%(typed)s” is not a day. Please write it like %(example)s.")
                % {"filter": self._label, "typed": typed[:100], "example": example}
            )
        return day


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def check_choice(spec: Any) -> None:
    """Raise UnreadableFilter if a filter that offers a choice was given what it does not offer."""
    if isinstance(spec, SimpleListFilter):
        given, offered = [spec.value()], [choice for choice, _label in spec.lookup_choices]
    elif isinstance(spec, FieldListFilter) and getattr(spec.field, "flatchoices", None):
        given = _chosen(getattr(spec, "lookup_val", None))
        offered = [choice for choice, _label in spec.field.flatchoices]
    else:
        return
    for value in given:
        if value not in {None, "", *map(str, offered)}:
            raise unreadable(str(spec.title), str(value))


def unreadable(title: str, value: str) -> UnreadableFilter:
    """The refusal of a filter's value, to be raised."""
    return UnreadableFilter(
        _now("The filter “%(filter)s” does not know “%(value)s”, so the whole list is shown.")
        % {"filter": capfirst(title), "value": value[:100]}
    )


def _chosen(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
