"""What is promised, to look at: units of orders, and units held for carts in the checkout."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from carts.models import CartLine
from core.admin import DropdownFilter, ReadOnlyAdmin, RelatedDropdownFilter, coloured, link_to
from inventory.models import Reservation
from orders.models import OrderLine


class HolderFilter(DropdownFilter):
    title = _("promised to")
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("order", _("Orders")), ("cart", _("Carts")), ("run_out", _("Carts whose time is over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> QuerySet[Reservation]:
        match self.value():
            case "order":
                return queryset.filter(expires_at=None)
            case "cart":
                return queryset.filter(expires_at__gt=timezone.now())
            case "run_out":
                return queryset.filter(expires_at__lte=timezone.now())
        return queryset


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ("sku", "location", "quantity", "backordered", "promised_to", "until", "created_at")
    list_select_related = ("stock_item__variant", "stock_item__location")
    list_filter = (HolderFilter, ("stock_item__location", RelatedDropdownFilter))
    search_fields = ("stock_item__variant__sku",)
    search_help_text = _("SKU")
    ordering = ("-id",)
    fields = (("sku", "location"), ("quantity", "backordered"), ("promised_to", "until"), ("created_at", "updated_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        lines = OrderLine.objects.filter(pk=OuterRef("holder"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                order_id=Subquery(lines.values("order_id")),
                order_number=Subquery(lines.values("order__number")),
                cart_id=Subquery(CartLine.objects.filter(pk=OuterRef("holder")).values("cart_id")),
            )
        )

    @display(description=_("SKU"), ordering="stock_item__variant__sku")
    def sku(self, obj: Reservation) -> SafeString | str:
        return link_to(obj.stock_item, obj.stock_item.variant.sku)

    @display(description=_("Location"))
    def location(self, obj: Reservation) -> str:
        return obj.stock_item.location.name

    @display(description=_("Promised to"))
    def promised_to(self, obj: Any) -> SafeString | str:
        if obj.order_id:
            address, text = reverse("admin:orders_order_change", args=[obj.order_id]), obj.order_number
        elif obj.cart_id:
            address, text = reverse("admin:carts_cart_change", args=[obj.cart_id]), _("Cart")
        else:
            return "–"
        return format_html('<a href="{}" class="text-link"><bdi dir="ltr">{}</bdi></a>', address, text)

    @display(description=_("Held until"), ordering="expires_at")
    def until(self, obj: Reservation) -> SafeString | str:
        if obj.expires_at is None:
            return "–"
        time = timezone.localtime(obj.expires_at).strftime("%H:%M")
        return coloured(time, "info" if obj.expires_at > timezone.now() else "default")
