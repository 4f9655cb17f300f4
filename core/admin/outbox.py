"""What was told, and what a consumer could not take, with the step that has it told again."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import User
from core.actions import CoreAction
from core.admin.bases import ReadOnlyAdmin
from core.admin.display import link_to, state
from core.admin.filters import ChoicesDropdownFilter, DayRangeFilter
from core.admin.steps import StepForm, StepsMixin, needs
from core.outbox.models import OutboxDelivery, OutboxEvent
from core.outbox.services import replay


class ReplayForm(StepForm):
    title = _("Tell again")
    submit = _("Tell again")
    intro = _("The event was given up. It is handed to its consumer once more, as if for the first time.")

    def take(self, *, actor: User) -> Any:
        delivery = replay(delivery_id=self.target.pk)
        return _now("Event %(position)s is told again.") % {"position": delivery.position}


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "event_type", "aggregate_type", "aggregate_id", "position")
    list_display_links = ("occurred_at",)
    list_filter = (("occurred_at", DayRangeFilter),)
    search_fields = ("aggregate_id__startswith", "event_type__exact")
    search_help_text = _("Event or id")
    ordering = ("-emitted",)
    fields = (
        ("occurred_at", "recorded_at"),
        ("event_type", "position"),
        ("aggregate_type", "aggregate_id"),
        "payload",
    )


@admin.register(OutboxDelivery)
class OutboxDeliveryAdmin(StepsMixin, ReadOnlyAdmin):
    list_display = ("position", "event_link", "consumer", "status_shown", "attempts", "next_attempt_at")
    list_select_related = ("event",)
    list_filter = (("status", ChoicesDropdownFilter),)
    ordering = ("position",)
    fields = (("event_link", "position"), ("consumer", "status_shown"), ("attempts", "next_attempt_at"), "error")
    actions_detail = ("replay",)
    has_replay_permission = needs(CoreAction.REPLAY_EVENT)

    def possible_steps(self, obj: OutboxDelivery) -> set[str]:
        return {"replay"} if obj.status == OutboxDelivery.Status.DEAD else set()

    @action(description=_("Tell again"), permissions=["replay"], icon="replay", variant=ActionVariant.PRIMARY)
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "replay", ReplayForm)

    @display(description=_("Event"))
    def event_link(self, obj: OutboxDelivery) -> SafeString | str:
        return link_to(obj.event)

    @display(description=_("Status"), ordering="status")
    def status_shown(self, obj: OutboxDelivery) -> SafeString:
        return state(obj)
