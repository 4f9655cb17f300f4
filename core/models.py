"""Abstract rows that every app builds on, the checks they share, and the requests that are answered once."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.db.ids import UUID7Field
from core.failures.models import FailedTask
from core.outbox.models import OutboxCursor, OutboxDelivery, OutboxEvent
from core.shop_settings.models import ShopSetting


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


def allowed_transitions(transitions: dict[str, frozenset[str]]) -> list[tuple[str, str]]:
    """A transition table as the (from, to) pairs that the database's trigger accepts."""
    return sorted((str(source), str(target)) for source, targets in transitions.items() for target in targets)


class IdempotentRequest(BaseModel):
    """A change that came with an Idempotency-Key: claimed by a lease, and answered once its effect is there.

    With a continuation the effect is there, and the answer waits for what goes on outside (core.continuations).
    Machines alone read it, for hours; so it has no names for people and is not in the admin.
    """

    caller = models.CharField(max_length=100)  # "user:" or "cart:" and an id; core knows neither
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    lease = models.UUIDField()
    leased_until = models.DateTimeField(db_index=True)
    continuation = models.CharField(max_length=60, blank=True, default="", db_default="")
    continuation_id = models.UUIDField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(null=True)
    body = models.BinaryField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["caller", "key"], name="core_idempotentrequest_one_a_key"),
            models.CheckConstraint(
                condition=Q(status__isnull=True, headers__isnull=True, body__isnull=True)
                | Q(status__gte=200, status__lt=300, headers__isnull=False, body__isnull=False)
                # Once an effect is committed, a refusal is an outcome like any other.
                | Q(
                    continuation_id__isnull=False,
                    status__gte=300,
                    status__lt=500,
                    headers__isnull=False,
                    body__isnull=False,
                ),
                name="core_idempotentrequest_answer_whole",
            ),
            models.CheckConstraint(
                condition=Q(continuation="", continuation_id=None)
                | (~Q(continuation="") & Q(continuation_id__isnull=False)),
                name="core_idempotentrequest_continuation_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"


class RateBucket(models.Model):
    """How far somebody has used up a limit: until when it takes to be as if never used (core.limits).

    Not logged by the database: after a crash everybody begins anew, and counting waits for no disk.
    """

    key = models.CharField(max_length=80, primary_key=True)
    # No index: what changes with every use is then rewritten in its place.
    full_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


__all__ = [
    "BaseModel",
    "FailedTask",
    "IdempotentRequest",
    "OriginModel",
    "OutboxCursor",
    "OutboxDelivery",
    "OutboxEvent",
    "RateBucket",
    "ShopSetting",
    "iso_currency",
    "non_negative",
]
