"""Abstract rows that every app builds on, and the checks they share."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.ids import UUID7Field


class BaseModel(models.Model):
    """A row with a time-ordered id and its own timestamps, filled in by Python and SQL writers alike."""

    id = UUID7Field()
    created_at = models.DateTimeField(_("created"), default=clock.now, db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True, db_default=Now())

    class Meta:
        abstract = True


class OriginModel(models.Model):
    """A row that may come from elsewhere and then keeps where from: loading it twice finds it again."""

    source = models.CharField(_("source"), max_length=64, null=True, blank=True, editable=False)
    source_key = models.CharField(_("source key"), max_length=255, null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "source_key"], name="%(app_label)s_%(class)s_origin"),
            models.CheckConstraint(
                condition=Q(source__isnull=True, source_key__isnull=True)
                | Q(source__isnull=False, source_key__isnull=False),
                name="%(app_label)s_%(class)s_origin_whole",
            ),
        ]


def non_negative(*fields: str) -> models.CheckConstraint:
    """A CHECK that none of the named columns is below zero."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__gte": 0})
    return models.CheckConstraint(condition=condition, name="%(app_label)s_%(class)s_" + fields[0] + "_non_negative")


def iso_currency(field: str = "currency") -> models.CheckConstraint:
    """A CHECK that a column holds three capital letters."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__regex": "^[A-Z]{3}$"}), name="%(app_label)s_%(class)s_" + field + "_iso"
    )


__all__ = ["BaseModel", "OriginModel", "iso_currency", "non_negative"]
