"""Background tasks that failed, with a button that sends one again."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import User
from core.actions import CoreAction
from core.admin.bases import ReadOnlyAdmin
from core.admin.display import coloured
from core.admin.filters import DropdownFilter
from core.admin.steps import StepForm, StepsMixin, needs
from core.failures.services import retry_task
from core.models import FailedTask


class OpenFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("open", _("Failed")), ("resolved", _("Succeeded since"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        is_open = {"open": True, "resolved": False}.get(self.value() or "")
        return queryset if is_open is None else queryset.filter(resolved_at__isnull=is_open)


class RetryForm(StepForm):
    title = _("Send again")
    submit = _("Send again")
    intro = _("The task is done again with the same arguments. When it succeeds, it leaves the overview.")

    def take(self, *, actor: User) -> Any:
        task = retry_task(failed_task_id=self.target.pk)
        return _now("%(task)s is sent again.") % {"task": task.name}


@admin.register(FailedTask)
class FailedTaskAdmin(StepsMixin, ReadOnlyAdmin):
    list_display = ("name", "short_error", "times", "failed_at", "retried_at", "state_shown")
    list_filter = (OpenFilter, "name")
    search_fields = ("name", "error")
    ordering = ("-failed_at", "-id")
    fields = (
        ("name", "state_shown", "times"),
        ("created_at", "failed_at"),
        ("retried_at", "resolved_at"),
        "arguments_shown",
        "error",
        "traceback_shown",
    )
    actions_detail = ("retry",)
    has_retry_permission = needs(CoreAction.RETRY_TASK)

    def possible_steps(self, obj: FailedTask) -> set[str]:
        return set() if obj.resolved_at else {"retry"}

    @action(description=_("Send again"), permissions=["retry"], icon="refresh", variant=ActionVariant.PRIMARY)
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "retry", RetryForm)

    @display(description=_("Error"))
    def short_error(self, obj: FailedTask) -> str:
        return obj.error[:120]

    @display(description=_("State"))
    def state_shown(self, obj: FailedTask) -> SafeString:
        return coloured(_("Succeeded since"), "success") if obj.resolved_at else coloured(_("Failed"), "danger")

    @display(description=_("Arguments"))
    def arguments_shown(self, obj: FailedTask) -> SafeString:
        return format_html('<bdi dir="ltr" class="souk-code">{}</bdi>', json.dumps(obj.arguments, ensure_ascii=False))

    @display(description=_("Traceback"))
    def traceback_shown(self, obj: FailedTask) -> SafeString:
        return format_html('<pre dir="ltr" class="souk-code souk-scroll">{}</pre>', obj.traceback or "–")
