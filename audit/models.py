"""What was changed. The rows are written by the triggers of audit.operations, never by Python."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from core.context import Door
from core.db.ids import UUID7Field


class Change(models.Model):
    """One row of a tracked table that was inserted, updated or deleted, with the columns before and after.

    It points to nothing by foreign key: what it tells of may be gone, and so may who did it. Append-only, but for
    audit.services, which forget what is past its time and what a person may have erased.
    """

    class Operation(models.TextChoices):
        INSERT = "insert", pgettext_lazy("history", "Added")
        UPDATE = "update", pgettext_lazy("history", "Changed")
        DELETE = "delete", pgettext_lazy("history", "Deleted")

    id = UUID7Field()
    created_at = models.DateTimeField("when", db_default=Now(), editable=False)
    operation = models.CharField("change", max_length=6, choices=Operation.choices)
    model = models.CharField("kind", max_length=100)
    object_id = models.CharField("id", max_length=64)
    # Of a part, such as an order's line, the row that it is a part of.
    parent_id = models.CharField(max_length=64, null=True)
    before = models.JSONField("before", null=True)
    after = models.JSONField("after", null=True)
    actor_id = models.UUIDField("by", null=True)
    # Empty for what was written past the application, in SQL.
    door = models.CharField("door", max_length=16, choices=Door.choices, blank=True)
    activity = models.CharField("activity", max_length=200, blank=True)
    reference = models.CharField("reference", max_length=64, blank=True)

    class Meta:
        verbose_name = "change"
        verbose_name_plural = "changes"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["object_id", "-id"], name="audit_change_of_object"),
            models.Index(
                fields=["parent_id", "-id"], condition=Q(parent_id__isnull=False), name="audit_change_of_parts"
            ),
            BrinIndex(fields=["created_at"], name="audit_change_by_age"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.model} {self.object_id}"
