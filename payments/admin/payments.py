"""Payments with their transactions; both are written by services only."""

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
    coloured,
    link_to,
    money_or_blank,
    needs,
    state,
)
from payments.admin.operations import OperationInline
from payments.admin.steps import (
    PAYMENT_STEPS,
    AskForm,
    CaptureForm,
    CollectForm,
    GiveBackForm,
    RefundForm,
    SplitForm,
    payment_steps,
    provider_label,
)
from payments.models import Payment, PaymentTransaction

KIND_COLOURS = {
    PaymentTransaction.Kind.AUTHORIZE: "info",
    PaymentTransaction.Kind.CAPTURE: "success",
    PaymentTransaction.Kind.VOID: "default",
    PaymentTransaction.Kind.FAILURE: "danger",
    PaymentTransaction.Kind.REFUND: "warning",
}


class TransactionInline(ReadOnly, TabularInline):
    model = PaymentTransaction
    tab = False
    fields = ("created_at", "kind", "amount_shown", "note", "actor", "door")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentTransaction]:
        return super().get_queryset(request).select_related("payment", "actor")

    @display(description=_("Amount"))
    def amount_shown(self, obj: PaymentTransaction) -> SafeString | str:
        return money_or_blank(obj.amount)


@admin.register(Payment)
class PaymentAdmin(StepsMixin, ReadOnlyAdmin):
    list_display = ("created_at", "order_number", "provider_shown", "amount_shown", "status_shown", "captured_at")
    list_display_links = ("created_at",)
    list_select_related = ("order",)
    list_filter = (("status", ChoicesDropdownFilter), ("created_at", DayRangeFilter))
    search_fields = ("order__number__startswith", "order__email__istartswith")
    search_help_text = _("Number or e-mail of the order")
    ordering = ("-created_at", "-id")
    fields = (
        ("order_link", "provider_shown"),
        ("amount_shown", "status_shown"),
        ("created_at", "captured_at"),
        "provider_reference",
    )
    inlines = (TransactionInline, OperationInline)
    actions_detail = ("capture", "split", "refund", "collect", "give_back", "ask")
    has_capture_permission = needs(PAYMENT_STEPS["capture"][2])
    has_refund_permission = needs(PAYMENT_STEPS["refund"][2])
    has_split_permission = needs(PAYMENT_STEPS["split"][2])
    has_collect_permission = needs(PAYMENT_STEPS["collect"][2])
    has_give_back_permission = needs(PAYMENT_STEPS["give_back"][2])
    has_ask_permission = needs(PAYMENT_STEPS["ask"][2])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).select_related("order")

    def possible_steps(self, obj: Payment) -> set[str]:
        return payment_steps(obj)

    def after_step(self, obj: Payment) -> str:
        return reverse("admin:orders_order_change", args=[obj.order_id])

    @action(
        description=PAYMENT_STEPS["capture"][0],
        permissions=["capture"],
        icon=PAYMENT_STEPS["capture"][1],
        variant=ActionVariant.PRIMARY,
    )
    def capture(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "capture", CaptureForm)

    @action(description=PAYMENT_STEPS["split"][0], permissions=["split"], icon=PAYMENT_STEPS["split"][1])
    def split(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "split", SplitForm)

    @action(description=PAYMENT_STEPS["refund"][0], permissions=["refund"], icon=PAYMENT_STEPS["refund"][1])
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "refund", RefundForm)

    @action(
        description=PAYMENT_STEPS["collect"][0],
        permissions=["collect"],
        icon=PAYMENT_STEPS["collect"][1],
        variant=ActionVariant.PRIMARY,
    )
    def collect(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "collect", CollectForm)

    @action(description=PAYMENT_STEPS["give_back"][0], permissions=["give_back"], icon=PAYMENT_STEPS["give_back"][1])
    def give_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "give_back", GiveBackForm)

    @action(description=PAYMENT_STEPS["ask"][0], permissions=["ask"], icon=PAYMENT_STEPS["ask"][1])
    def ask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "ask", AskForm)

    @display(description=_("Order"), ordering="order__number")
    def order_number(self, obj: Payment) -> SafeString | str:
        return link_to(obj.order)

    @display(description=_("Order"))
    def order_link(self, obj: Payment) -> SafeString | str:
        return link_to(obj.order)

    @display(description=_("Provider"), ordering="provider")
    def provider_shown(self, obj: Payment) -> Any:
        return str(provider_label(obj.provider))

    @display(description=_("Amount"), ordering="amount_minor")
    def amount_shown(self, obj: Payment) -> SafeString | str:
        return money_or_blank(obj.amount)

    @display(description=_("Status"), ordering="status")
    def status_shown(self, obj: Payment) -> SafeString:
        return state(obj)


@admin.register(PaymentTransaction)
class PaymentTransactionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order_number", "kind_shown", "amount_shown", "note", "actor", "door")
    list_select_related = ("payment__order", "actor")
    list_filter = (("kind", ChoicesDropdownFilter), ("created_at", DayRangeFilter))
    search_fields = ("payment__order__number__startswith", "event_id__exact")
    search_help_text = _("Number of the order, or the provider's event")
    ordering = ("-created_at", "-id")
    fields = (
        ("created_at", "order_number"),
        ("kind_shown", "amount_shown"),
        ("provider", "event_id"),
        "note",
        ("actor", "door"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentTransaction]:
        return super().get_queryset(request).select_related("payment__order")

    @display(description=_("Order"))
    def order_number(self, obj: PaymentTransaction) -> SafeString | str:
        return link_to(obj.payment.order)

    @display(description=_("Kind"), ordering="kind")
    def kind_shown(self, obj: PaymentTransaction) -> SafeString:
        return coloured(obj.get_kind_display(), KIND_COLOURS[obj.kind])

    @display(description=_("Amount"), ordering="amount_minor")
    def amount_shown(self, obj: PaymentTransaction) -> SafeString | str:
        return money_or_blank(obj.amount)
