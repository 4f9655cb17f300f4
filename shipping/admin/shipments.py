"""Parcels; they are written by services only."""

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
    needs,
    state,
)
from shipping.admin.steps import SHIPMENT_STEPS, DeliverForm, shipment_steps
from shipping.models import Shipment, ShipmentLine


class ShipmentLineInline(ReadOnly, TabularInline):
    model = ShipmentLine
    tab = False
    fields = ("sku", "name", "quantity")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShipmentLine]:
        return super().get_queryset(request).select_related("order_line")

    @display(description=_("SKU"))
    def sku(self, obj: ShipmentLine) -> str:
        return obj.order_line.sku

    @display(description=_("Name"))
    def name(self, obj: ShipmentLine) -> str:
        return obj.order_line.name


@admin.register(Shipment)
class ShipmentAdmin(StepsMixin, ReadOnlyAdmin):
    list_display = ("tracking", "order_link", "carrier", "status_shown", "shipped_at", "delivered_at")
    list_display_links = ("tracking",)
    list_select_related = ("order",)
    list_filter = (("status", ChoicesDropdownFilter), ("shipped_at", DayRangeFilter))
    search_fields = ("tracking_number__istartswith", "order__number__startswith")
    search_help_text = _("Tracking number, or number of the order")
    ordering = ("-created_at", "-id")
    fields = (
        ("order_link", "status_shown"),
        ("carrier", "tracking", "method"),
        ("shipped_at", "delivered_at", "estimated_delivery"),
    )
    inlines = (ShipmentLineInline,)
    actions_detail = ("deliver",)
    has_deliver_permission = needs(SHIPMENT_STEPS["deliver"][2])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shipment]:
        return super().get_queryset(request).select_related("order", "method")

    def possible_steps(self, obj: Shipment) -> set[str]:
        return shipment_steps(obj)

    def after_step(self, obj: Shipment) -> str:
        return reverse("admin:orders_order_change", args=[obj.order_id])

    @action(
        description=SHIPMENT_STEPS["deliver"][0],
        permissions=["deliver"],
        icon=SHIPMENT_STEPS["deliver"][1],
        variant=ActionVariant.PRIMARY,
    )
    def deliver(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "deliver", DeliverForm)

    @display(description=_("Tracking number"), ordering="tracking_number")
    def tracking(self, obj: Shipment) -> Any:
        return obj.tracking_number or _("without")

    @display(description=_("Order"), ordering="order__number")
    def order_link(self, obj: Shipment) -> SafeString | str:
        return link_to(obj.order)

    @display(description=_("Status"), ordering="status")
    def status_shown(self, obj: Shipment) -> SafeString:
        return state(obj)
