"""A task that failed, and what it was asked to do."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.db.ids import UUID7Field


class FailedTask(models.Model):
    """A task with its arguments that failed and has not succeeded since; failing again counts on the same row."""

    id = UUID7Field()
    created_at = models.DateTimeField(_("failed first"), default=clock.now, db_default=Now(), editable=False)
    name = models.CharField(_("task"), max_length=255)
    # Tasks take ids, by name; so these are references and never anybody's data.
    arguments = models.JSONField(_("arguments"), default=dict)
    error = models.CharField(_("error"), max_length=1000)
    traceback = models.TextField(_("traceback"), blank=True, default="", db_default="")
    times = models.PositiveIntegerField(_("times"), default=1, db_default=1)
    failed_at = models.DateTimeField(_("failed last"), default=clock.now, db_default=Now())
    retried_at = models.DateTimeField(_("sent again"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("succeeded"), null=True, blank=True)

    class Meta:
        verbose_name = _("failed task")
        verbose_name_plural = _("failed tasks")
        ordering: ClassVar[list[str]] = ["-failed_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["name", "arguments"], condition=Q(resolved_at=None), name="core_failedtask_open_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-failed_at", "-id"], condition=Q(resolved_at=None), name="core_failedtask_open"),
        ]

    def __str__(self) -> str:
        return self.name
