"""Runs of the moving in with their accounts and reports, and the rows they rejected; to look at only."""

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import ChoicesDropdownFilter, DayRangeFilter, ReadOnly, ReadOnlyAdmin, TabularInline, coloured, link_to
from etl.models import Rejection, Run, RunEntity
from etl.report import render_report

_COLOURS = {
    Run.Status.RUNNING: "info",
    Run.Status.SUCCEEDED: "success",
    Run.Status.DIFFERS: "warning",
    Run.Status.FAILED: "danger",
    Run.Status.INTERRUPTED: "danger",
}


class RunEntityInline(ReadOnly, TabularInline):
    model = RunEntity
    tab = False
    fields = ("entity", "read", "inserted", "updated", "unchanged", "rejected", "loaded_at")
    readonly_fields = fields


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "mapping", "status_shown", "started_by", "rows", "rows_rejected", "signed_off_by")
    list_display_links = ("started_at",)
    list_filter = (("status", ChoicesDropdownFilter), ("started_at", DayRangeFilter))
    search_fields = ("mapping__istartswith",)
    ordering = ("-started_at", "-id")
    fields = (
        ("mapping", "source", "source_url"),
        ("status_shown", "stage", "rejections_link"),
        ("started_by", "started_at", "finished_at"),
        ("signed_off_by", "signed_off_at"),
        "error",
        "report_shown",
    )
    inlines = (RunEntityInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        sums = {"rows": Sum("entities__read"), "rows_rejected": Sum("entities__rejected")}
        return super().get_queryset(request).annotate(**sums)

    @display(description=_("Status"), ordering="status")
    def status_shown(self, obj: Run) -> SafeString:
        return coloured(obj.get_status_display(), _COLOURS[Run.Status(obj.status)])

    @display(description=_("Rows read"), ordering="rows")
    def rows(self, obj: Run) -> int:
        return obj.rows or 0

    @display(description=_("Rejected rows"), ordering="rows_rejected")
    def rows_rejected(self, obj: Run) -> int:
        return obj.rows_rejected or 0

    @display(description=_("Rejected rows"))
    def rejections_link(self, obj: Run) -> SafeString | str:
        if not obj.rows_rejected:
            return "–"
        address = reverse("admin:etl_rejection_changelist", query={"run__id__exact": obj.pk})
        return format_html('<a href="{}" class="text-link">{}</a>', address, obj.rows_rejected)

    @display(description=_("Report"))
    def report_shown(self, obj: Run) -> SafeString | str:
        if not obj.report:
            return "–"
        return format_html('<pre dir="ltr" lang="en" class="overflow-x-auto text-xs">{}</pre>', render_report(obj))


@admin.register(Rejection)
class RejectionAdmin(ReadOnlyAdmin):
    list_display = ("run", "entity", "row", "source_key", "reason_shown", "message")
    list_display_links = ("row",)
    list_select_related = ("run",)
    list_filter = (("reason", ChoicesDropdownFilter),)
    search_fields = ("source_key__exact",)
    search_help_text = _("Source key")
    ordering = ("-id",)
    fields = (("run_link", "entity", "row", "source_key"), ("reason_shown", "column", "value"), "messages_shown")

    def lookup_allowed(self, lookup: str, value: object, request: HttpRequest | None = None) -> bool:
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, str(value), request)

    @display(description=_("Run"))
    def run_link(self, obj: Rejection) -> SafeString | str:
        return link_to(obj.run)

    @display(description=_("Reason"), ordering="reason")
    def reason_shown(self, obj: Rejection) -> SafeString:
        return coloured(obj.get_reason_display(), "warning")

    @display(description=_("All reasons"))
    def messages_shown(self, obj: Rejection) -> str:
        return " ".join(problem["message"] for problem in obj.problems)
