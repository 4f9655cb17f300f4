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
    DropdownFilter,
    ReadOnlyAdmin,
    StepForm,
    StepsMixin,
    link_to,
    needs,
    state,
)
from notifications.actions import NotificationAction
from notifications.mails import html_of
from notifications.models import BackInStockNotice, Message
from notifications.services import resend_message
from notifications.texts.admin import MessageTextAdmin

__all__ = ["BackInStockNoticeAdmin", "MessageAdmin", "MessageTextAdmin"]


class ResendForm(StepForm):
    title = _("Send again")
    submit = _("Send again")
    intro = _("The message could not be sent. It is tried again at once.")

    def take(self, *, actor: User) -> Any:
        message = resend_message(message_id=self.target.pk)
        return _now("The message to %(to)s is sent again.") % {"to": message.to}


@admin.register(Message)
class MessageAdmin(StepsMixin, ReadOnlyAdmin):
    list_display = ("created_at", "to", "template", "about", "language", "status_shown", "sent_at")
    list_display_links = ("created_at",)
    list_select_related = ("order", "variant__product")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("template", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("to__istartswith", "order__number__startswith")
    search_help_text = _("Address, or number of the order")
    ordering = ("-created_at", "-id")
    fields = (
        ("to", "about"),
        ("subject", "language"),
        ("status_shown", "sent_at"),
        ("created_at", "attempts"),
        "error",
    )
    change_form_template = "admin/notifications/message/change_form.html"
    actions_detail = ("resend",)
    has_resend_permission = needs(NotificationAction.RESEND_MESSAGE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).select_related("order", "variant__product")

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

    @display(description=_("About"), ordering="order__number")
    def about(self, obj: Message) -> SafeString | str:
        return link_to(obj.variant.product, obj.variant.sku) if obj.variant else link_to(obj.order)

    @display(description=_("Status"), ordering="status")
    def status_shown(self, obj: Message) -> SafeString:
        return state(obj)


class WaitingFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("waiting", _("Waiting")), ("told", _("Told"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BackInStockNotice]) -> QuerySet[BackInStockNotice]:
        match self.value():
            case "waiting":
                return queryset.filter(told_at=None)
            case "told":
                return queryset.exclude(told_at=None)
        return queryset


@admin.register(BackInStockNotice)
class BackInStockNoticeAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "email", "product_link", "language", "confirmed_at", "told_at")
    list_display_links = ("asked_at",)
    list_select_related = ("variant__product",)
    list_filter = (("asked_at", DayRangeFilter), WaitingFilter)
    search_fields = ("email__istartswith", "variant__sku__istartswith")
    search_help_text = _("Address, or SKU")
    ordering = ("-asked_at", "-id")
    fields = (("email", "customer_link"), ("product_link", "language"), ("asked_at", "confirmed_at", "told_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[BackInStockNotice]:
        return super().get_queryset(request).select_related("variant__product", "customer")

    @display(description=_("Product"), ordering="variant__sku")
    def product_link(self, obj: BackInStockNotice) -> SafeString | str:
        return link_to(obj.variant.product, obj.variant.sku)

    @display(description=_("Customer"))
    def customer_link(self, obj: BackInStockNotice) -> SafeString | str:
        return link_to(obj.customer)
