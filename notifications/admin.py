"""Messages with a look at each, and the step that sends one again."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import User
from core.admin import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnlyAdmin,
    StepForm,
    StepsMixin,
    link_to,
    needs,
    state,
)
from notifications.mails import html_of
from notifications.models import Message
from notifications.services import resend_message


class ResendForm(StepForm):
    title = _("Send again")
    submit = _("Send again")
    intro = _("The message could not be sent. It is tried again at once.")

    def take(self, *, actor: User) -> Any:
        message = resend_message(message_id=self.target.pk)
        return _now("The message to %(to)s is sent again.") % {"to": message.to}


@admin.register(Message)
class MessageAdmin(StepsMixin, ReadOnlyAdmin):
    list_display = ("created_at", "to", "template", "order_link", "language", "status_shown", "sent_at")
    list_display_links = ("created_at",)
    list_select_related = ("order",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("template", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("to__istartswith", "order__number__startswith")
    search_help_text = _("Address, or number of the order")
    ordering = ("-created_at", "-id")
    fields = (
        ("to", "order_link"),
        ("subject", "language"),
        ("status_shown", "sent_at"),
        ("created_at", "attempts"),
        "error",
    )
    change_form_template = "admin/notifications/message/change_form.html"
    actions_detail = ("resend",)
    has_resend_permission = needs("notifications.change_message")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).select_related("order")

    def possible_steps(self, obj: Message) -> set[str]:
        return {"resend"} if obj.status == Message.Status.FAILED else set()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Message | None = None, **kwargs: Any
    ) -> TemplateResponse:
        try:
            context["mail_html"] = html_of(obj)
        except ObjectDoesNotExist:
            # A parcel that is told of may have been taken back; then there is nothing to look at.
            context["mail_html"] = ""
        return super().render_change_form(request, context, obj=obj, **kwargs)

    @action(description=_("Send again"), permissions=["resend"], icon="send", variant=ActionVariant.PRIMARY)
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "resend", ResendForm)

    @display(description=_("Order"), ordering="order__number")
    def order_link(self, obj: Message) -> SafeString | str:
        return link_to(obj.order)

    @display(description=_("Status"), ordering="status")
    def status_shown(self, obj: Message) -> SafeString:
        return state(obj)
