"""Imports of products in the background: how far each is, and which rows it refused."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import User
from catalog.actions import CatalogAction
from catalog.bulk.imports.models import ImportJob
from catalog.bulk.imports.services import cancel_import
from catalog.bulk.imports.states import COLOURS
from core.admin import ChoicesDropdownFilter, ReadOnlyAdmin, StepForm, StepsMixin, coloured, needs


class CancelForm(StepForm):
    title = _("Stop the import")
    submit = _("Stop the import")
    intro = _("Rows that are saved stay as they are now. The rest of the file is forgotten.")
    danger = True

    def take(self, *, actor: User) -> Any:
        job = cancel_import(job_id=self.target.pk)
        return _now("The import of %(file)s is stopped.") % {"file": job.file_name}


@admin.register(ImportJob)
class ImportJobAdmin(StepsMixin, ReadOnlyAdmin):
    list_display = ("created_at", "file_name", "state_shown", "progress", "failed", "started_by", "finished_at")
    list_display_links = ("created_at", "file_name")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("started_by",)
    ordering = ("-id",)
    fields = (
        ("file_name", "state_shown"),
        ("started_by", "created_at"),
        ("progress_shown", "finished_at"),
        ("created", "updated"),
        ("unchanged", "failed"),
        "error",
        "refusals_shown",
    )
    change_form_template = "admin/catalog/importjob/change_form.html"
    actions_detail = ("cancel",)
    has_cancel_permission = needs(CatalogAction.IMPORT_PRODUCTS)
    has_view_permission = needs(CatalogAction.IMPORT_PRODUCTS)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportJob]:
        return super().get_queryset(request).select_related("started_by")

    def get_fields(self, request: HttpRequest, obj: ImportJob | None = None) -> Any:
        shown = {"error": bool(obj and obj.error), "refusals_shown": bool(obj and obj.failed)}
        return [one for one in super().get_fields(request, obj) if shown.get(str(one), True)]

    def possible_steps(self, obj: ImportJob) -> set[str]:
        return {"cancel"} if obj.is_open else set()

    @action(description=_("Stop the import"), permissions=["cancel"], icon="cancel", variant=ActionVariant.DANGER)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "cancel", CancelForm)

    @display(description=_("Status"), ordering="state")
    def state_shown(self, obj: ImportJob) -> SafeString:
        return coloured(obj.get_state_display(), COLOURS[obj.state])

    @display(description=_("Rows done"))
    def progress(self, obj: ImportJob) -> str:
        return "–" if obj.rows_total is None else f"{obj.rows_done} / {obj.rows_total}"

    @display(description=_("Progress"))
    def progress_shown(self, obj: ImportJob) -> SafeString:
        return render_to_string("admin/catalog/importjob/progress.html", {"job": obj})

    @display(description=_("Wrong rows"))
    def refusals_shown(self, obj: ImportJob) -> SafeString | str:
        refusals = list(obj.refusals.all())
        if not refusals:
            return "–"
        hidden = obj.failed - len({refusal.row for refusal in refusals})
        return render_to_string("admin/catalog/importjob/refusals.html", {"refusals": refusals, "hidden": hidden})
