"""What payment providers were asked to do, and what staff can do about what is undecided."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from core.admin import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnly,
    ReadOnlyAdmin,
    StepsMixin,
    TabularInline,
    link_to,
    money_or_blank,
    needs,
    state,
)
from payments.actions import PaymentAction
from payments.admin.steps import TryAgainForm
from payments.models import PaymentOperation, PaymentOperationStep


class OperationStepInline(ReadOnly, TabularInline):
    model = PaymentOperationStep
    tab = False
    fields = ("created_at", "state_shown", "attempt", "code", "message", "entry_point")
    readonly_fields = fields

    @display(description=_("State"))
    def state_shown(self, obj: PaymentOperationStep) -> SafeString:
        return state(obj, "state")


class OperationInline(ReadOnly, TabularInline):
    """The operations on the page of their payment."""

    model = PaymentOperation
    tab = False
    fields = ("operation_link", "state_shown", "attempts", "next_attempt_at", "error_message", "actor", "entry_point")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentOperation]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("Operation"))
    def operation_link(self, obj: PaymentOperation) -> SafeString | str:
        return link_to(obj)

    @display(description=_("State"))
    def state_shown(self, obj: PaymentOperation) -> SafeString:
        return state(obj, "state")


@admin.register(PaymentOperation)
class PaymentOperationAdmin(StepsMixin, ReadOnlyAdmin):
    list_display = (
        "created_at",
        "order_number",
        "kind",
        "amount_shown",
        "state_shown",
        "attempts",
        "next_attempt_at",
        "error_message",
    )
    list_display_links = ("created_at",)
    list_select_related = ("payment__order",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("payment__order__number__startswith", "provider_key__exact", "provider_reference__exact")
    search_help_text = _("Number of the order, or the provider's reference or key")
    ordering = ("-created_at", "-id")
    fields = (
        ("payment_link", "order_number"),
        ("kind", "amount_shown", "state_shown"),
        ("attempts", "next_attempt_at", "decided_at"),
        ("error_code", "error_message"),
        ("provider_reference", "provider_key"),
        ("actor", "entry_point"),
        "note",
    )
    inlines = (OperationStepInline,)
    actions_detail = ("try_again",)
    has_try_again_permission = needs(PaymentAction.EXECUTE_OPERATION)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentOperation]:
        return super().get_queryset(request).select_related("payment__order")

    def possible_steps(self, obj: PaymentOperation) -> set[str]:
        return {"try_again"} if obj.is_in_flight else set()

    def after_step(self, obj: PaymentOperation) -> str:
        return reverse("admin:payments_payment_change", args=[obj.payment_id])

    @action(description=TryAgainForm.title, permissions=["try_again"], icon="refresh", variant=ActionVariant.PRIMARY)
    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "try_again", TryAgainForm)

    @display(description=_("Order"))
    def order_number(self, obj: PaymentOperation) -> SafeString | str:
        return link_to(obj.payment.order)

    @display(description=_("Payment"))
    def payment_link(self, obj: PaymentOperation) -> SafeString | str:
        return link_to(obj.payment)

    @display(description=_("Amount"), ordering="amount_minor")
    def amount_shown(self, obj: PaymentOperation) -> SafeString | str:
        return money_or_blank(obj.amount)

    @display(description=_("State"), ordering="state")
    def state_shown(self, obj: PaymentOperation) -> Any:
        return state(obj, "state")
