"""The ledger of moving in: runs, what each did to each entity, what it rejected, and which row became which."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.db.ids import UUID7Field
from etl.reasons import Reason


class Run(models.Model):
    """One attempt to move a source in."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        DIFFERS = "differs", _("Rows rejected or sums differ")
        FAILED = "failed", _("Failed")
        INTERRUPTED = "interrupted", _("Interrupted")

    id = UUID7Field()
    mapping = models.CharField(_("mapping"), max_length=64)
    source = models.CharField(_("source"), max_length=64, help_text=_("The name that loaded rows keep as their origin"))
    source_url = models.CharField(_("address"), max_length=500, help_text=_("Without passwords"))
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.RUNNING)
    stage = models.CharField(_("stage"), max_length=60, blank=True, default="", db_default="")
    started_by = models.CharField(_("started by"), max_length=150)
    started_at = models.DateTimeField(_("started"), default=timezone.now, db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="", db_default="")
    report = models.JSONField(_("report"), default=dict, blank=True)
    signed_off_by = models.CharField(_("signed off by"), max_length=150, blank=True, default="", db_default="")
    signed_off_at = models.DateTimeField(_("signed off"), null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering: ClassVar[list[str]] = ["-started_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["source", "-started_at"], name="etl_run_of_source")
        ]

    def __str__(self) -> str:
        return f"{self.mapping} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs or when it was killed."""
        return None if self.finished_at is None else (self.finished_at - self.started_at).total_seconds()


class RunEntity(models.Model):
    """The account of one entity in one run, written in the transaction that loaded it."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="entities", verbose_name=_("run"))
    entity = models.CharField(_("entity"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))
    read = models.BigIntegerField(_("read"), default=0)
    inserted = models.BigIntegerField(_("inserted"), default=0)
    updated = models.BigIntegerField(_("updated"), default=0)
    unchanged = models.BigIntegerField(_("unchanged"), default=0)
    rejected = models.BigIntegerField(_("rejected"), default=0)
    loaded_at = models.DateTimeField(_("loaded"), default=timezone.now)

    class Meta:
        verbose_name = _("account of an entity")
        verbose_name_plural = _("accounts of entities")
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "entity"], name="etl_runentity_once"),
            models.CheckConstraint(
                condition=Q(read=F("inserted") + F("updated") + F("unchanged") + F("rejected")),
                name="etl_runentity_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity}: {self.read}"


class Rejection(models.Model):
    """A source row that was not loaded, and why; one for each such row."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rejections", verbose_name=_("run"))
    entity = models.CharField(_("entity"), max_length=40)
    row = models.BigIntegerField(_("row"), help_text=_("Counted from 1 in the order it was read"))
    source_key = models.CharField(_("source key"), max_length=255, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=24, choices=Reason.choices)
    column = models.CharField(_("column"), max_length=120, blank=True)
    value = models.TextField(_("value"), null=True, blank=True)
    message = models.TextField(_("message"))
    # All reasons of the row in the same shape, so that it can be mended in one go.
    problems: Any = models.JSONField(_("all reasons"), default=list)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "entity", "row"], name="etl_rejection_once_a_row"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["run", "entity", "source_key"], name="etl_rejection_of_key"),
        ]

    def __str__(self) -> str:
        return self.message


class KeyMap(models.Model):
    """Which row of the shop a source row became, and a hash of what it said when it was loaded last."""

    source = models.CharField(_("source"), max_length=64)
    entity = models.CharField(_("entity"), max_length=40)
    source_key = models.CharField(_("source key"), max_length=255)
    target_id = models.UUIDField(_("row of the shop"))
    content_hash = models.CharField(_("content hash"), max_length=64)
    # Without indexes: nothing asks by run alone, and a run over unchanged rows updates every last_run.
    first_run = models.ForeignKey(
        Run, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("first run")
    )
    last_run = models.ForeignKey(
        Run, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("last run")
    )

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "entity", "source_key"], name="etl_keymap_one_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.entity} {self.source_key}"
