"""Filters that lists of every app share."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

UPDATED_SINCE = "updated_since"


class InstantField(IsoDateTimeField):
    """A moment in ISO 8601, in UTC whatever its offset: PostgreSQL reads none of sixteen hours or more."""

    default_error_messages = {"invalid": _("Give a date and time in UTC, such as 2026-12-01T09:30:00Z.")}

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError as error:  # before the year 1 or after 9999
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class TruthField(forms.Field):
    """`true` or `false`; the library's takes whatever else for nothing said."""

    default_error_messages = {"invalid": _("Give true or false.")}

    def to_python(self, value: Any) -> bool | None:
        if not value:
            return None
        if (told := {"true": True, "false": False}.get(str(value).lower())) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return told


class TruthFilter(filters.BooleanFilter):
    """Narrows by true or false."""

    field_class = TruthField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "widget": forms.TextInput})


class InstantFilter(filters.IsoDateTimeFilter):
    """Narrows by a moment."""

    field_class = InstantField


class UpdatedSinceFilter(filters.IsoDateTimeFilter):
    """Narrows to rows that have changed since a moment, that moment included, the longest unchanged first.

    So a row that changes while a caller reads page after page moves to the end, and is read there; see PagePagination.
    """

    field_class = InstantField

    def __init__(self) -> None:
        super().__init__(
            field_name="updated_at",
            lookup_expr="gte",
            help_text="Only what has changed at this moment or later, the longest unchanged first, in pages by cursor.",
        )

    def filter(self, qs: Any, value: Any) -> Any:
        return super().filter(qs, value).order_by("updated_at", "id") if value else qs
