"""An import of products in the background, its file as long as it is needed, and the rows that it refused."""

from typing import ClassVar
from uuid import UUID

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.bulk.imports.states import OPEN, TRANSITIONS, ImportState
from core.db.ids import UUID7Field
from core.models import BaseModel, allowed_transitions


class ImportJob(BaseModel):
    """One file that is imported batch by batch; the counts are written in the transactions that save the rows."""

    state = models.CharField(_("state"), max_length=16, choices=ImportState.choices, default=ImportState.QUEUED)
    file_name = models.CharField(_("file"), max_length=255)
    file_format = models.CharField(_("format"), max_length=8)
    # What refused rows are told in.
    language = models.CharField(_("language"), max_length=8)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    started_by_id: UUID
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # Unknown until a worker has read the file.
    rows_total = models.PositiveIntegerField(_("rows"), null=True, blank=True)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0, db_default=0)
    created = models.PositiveIntegerField(_("new"), default=0, db_default=0)
    updated = models.PositiveIntegerField(_("changed"), default=0, db_default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0, db_default=0)
    failed = models.PositiveIntegerField(_("wrong"), default=0, db_default=0)
    error = models.CharField(_("error"), max_length=1000, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("product import")
        verbose_name_plural = _("product imports")
        ordering: ClassVar[list[str]] = ["-id"]
        # Who may import products may see imports: catalog.actions.CatalogAction.IMPORT_PRODUCTS.
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(rows_done=F("created") + F("updated") + F("unchanged") + F("failed")),
                name="catalog_importjob_counts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(rows_done=0) | Q(rows_total__isnull=False, rows_done__lte=F("rows_total")),
                name="catalog_importjob_done_within_total",
            ),
            models.CheckConstraint(
                condition=~Q(state=ImportState.SUCCEEDED) | Q(rows_total__isnull=False, rows_done=F("rows_total")),
                name="catalog_importjob_succeeded_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(OPEN), finished_at__isnull=True)
                | Q(state__in=sorted(set(ImportState) - OPEN), finished_at__isnull=False),
                name="catalog_importjob_finished_when_ended",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], condition=Q(state__in=sorted(OPEN)), name="catalog_importjob_open"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.FSM(name="state_transitions", field="state", transitions=allowed_transitions(TRANSITIONS)),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def percent(self) -> int:
        """How far it is, rounded down."""
        return self.rows_done * 100 // self.rows_total if self.rows_total else 0


class ImportFile(models.Model):
    """An uploaded file: without a job while staff looks at it, and then what its job has still to do.

    It goes when its job ends.
    """

    id = UUID7Field()
    uploaded_at = models.DateTimeField(auto_now_add=True)
    job = models.OneToOneField(ImportJob, on_delete=models.CASCADE, null=True, related_name="file")
    content = models.BinaryField()
    # The numbers of the rows of each batch: made once, so that whoever goes on counts the same batches.
    plan = models.JSONField(null=True)
    batches_done = models.PositiveIntegerField(default=0)
    # Whose work it is at the moment, and until when unless they are heard of.
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    # How often it was taken since the last batch was saved.
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class ImportRefusal(models.Model):
    """A column of a row that was refused, and why."""

    id = UUID7Field()
    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="refusals")
    row = models.PositiveIntegerField(_("row"))
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    column = models.CharField(_("column"), max_length=40)
    code = models.CharField(max_length=64)
    message = models.CharField(_("reason"), max_length=500)

    class Meta:
        default_permissions = ()
        ordering: ClassVar[list[str]] = ["row", "id"]

    def __str__(self) -> str:
        return f"{self.row}: {self.message}"
