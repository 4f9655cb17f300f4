"""Filters that lists of every app share."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField


class InstantField(IsoDateTimeField):
    """A moment in ISO 8601, in UTC whatever its offset: PostgreSQL reads none of sixteen hours or more."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError as error:  # before the year 1 or after 9999
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class InstantFilter(filters.IsoDateTimeFilter):
    """Narrows by a moment."""

    field_class = InstantField
