"""The list of orders and the page of each, with the steps that its state allows."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import User
from core.admin import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    DropdownFilter,
    ReadOnlyAdmin,
    StepsMixin,
    money_or_blank,
    needs,
    state,
)
from core.admin.bulk import BulkMixin
from orders.admin.forms import CancelForm, CancelManyForm, ConfirmForm, ConfirmManyForm, ShipForm, ShipManyForm
from orders.admin.page import order_page
from orders.models import Order, OrderLine
from orders.numbers import normalize_order_number
from orders.selectors import order_link_token
from orders.states import FulfilmentStatus, OrderStatus
from shipping.selectors import unshipped_quantities

_SHIPPABLE = {OrderStatus.CONFIRMED, OrderStatus.PROCESSING}
# The condition of the index orders_order_to_ship.
TO_SHIP = Q(
    status__in=[OrderStatus.CONFIRMED, OrderStatus.PROCESSING],
    fulfilment_status__in=[FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PARTIALLY_SHIPPED],
)


def orders_matching(orders: QuerySet[Order], term: str) -> QuerySet[Order]:
    """Orders by number, the beginning of an e-mail, a part of a name, or the SKU of a line."""
    people = User.objects.filter(
        Q(first_name__icontains=term) | Q(last_name__icontains=term) | Q(company__icontains=term)
    )
    words = term.split()
    if len(words) > 1:
        people |= User.objects.filter(first_name__icontains=words[0], last_name__icontains=words[-1])
    with_sku = OrderLine.objects.filter(sku__in={term, term.upper()}).values("order")
    return orders.filter(
        Q(number__startswith=normalize_order_number(term))
        | Q(email__istartswith=term)
        | Q(customer__in=people)
        | Q(shipping_address__full_name__icontains=term)
        | Q(pk__in=with_sku)
    )


class TodoFilter(DropdownFilter):
    """What staff has to do next."""

    title = _("to do")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("ship", _("Orders to ship")), ("pay", _("Awaiting payment"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        match self.value():
            case "ship":
                return queryset.filter(TO_SHIP)
            case "pay":
                return queryset.filter(status=OrderStatus.PENDING)
        return queryset


@admin.register(Order)
class OrderAdmin(StepsMixin, BulkMixin, ReadOnlyAdmin):
    list_display = (
        "number",
        "placed",
        "buyer",
        "total_shown",
        "status_shown",
        "payment_shown",
        "fulfilment_shown",
    )
    list_select_related = ("customer",)
    list_filter = (
        TodoFilter,
        ("status", ChoicesDropdownFilter),
        ("payment_status", ChoicesDropdownFilter),
        ("fulfilment_status", ChoicesDropdownFilter),
        ("placed_at", DayRangeFilter),
    )
    # get_search_results decides; naming a field makes the search box appear.
    search_fields = ("number",)
    search_help_text = _("Number, e-mail, name or SKU")
    ordering = ("-placed_at", "-id")
    fields = ()
    actions = ("confirm_many", "ship_many", "cancel_many")
    actions_detail = ("confirm", "ship", "cancel")
    has_confirm_permission = needs("orders.change_order")
    has_cancel_permission = needs("orders.change_order")
    has_ship_permission = needs("shipping.change_shipment")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        term = search_term.strip()
        return (orders_matching(queryset, term) if term else queryset), False

    def possible_steps(self, obj: Order) -> set[str]:
        steps = set()
        if obj.status == OrderStatus.PENDING:
            steps.add("confirm")
        if obj.status in _SHIPPABLE and unshipped_quantities(obj):
            steps.add("ship")
        if obj.is_cancellable:
            steps.add("cancel")
        return steps

    @action(description=_("Confirm"), permissions=["confirm"], icon="check", variant=ActionVariant.PRIMARY)
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "confirm", ConfirmForm)

    @action(description=_("Ship"), permissions=["ship"], icon="local_shipping", variant=ActionVariant.PRIMARY)
    def ship(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "ship", ShipForm)

    @action(description=_("Cancel order"), permissions=["cancel"], icon="block", variant=ActionVariant.DANGER)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "cancel", CancelForm)

    @admin.action(description=_("Confirm"), permissions=["confirm"])
    def confirm_many(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, ConfirmManyForm)

    @admin.action(description=_("Ship"), permissions=["ship"])
    def ship_many(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, ShipManyForm)

    @admin.action(description=_("Cancel order"), permissions=["cancel"])
    def cancel_many(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, CancelManyForm)

    def view_on_site(self, obj: Order) -> str:
        """What the customer sees."""
        return reverse("orders:tracking", args=[order_link_token(obj.pk)])

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: Order | None = None, **kwargs: Any
    ) -> TemplateResponse:
        context |= order_page(request, obj.pk)
        return super().render_change_form(request, context, obj=obj, **kwargs)

    @display(description=_("Placed"), ordering="placed_at")
    def placed(self, obj: Order) -> str:
        return formats.date_format(timezone.localtime(obj.placed_at), "j M Y, H:i")

    @display(description=_("Customer"), header=True)
    def buyer(self, obj: Order) -> list[str]:
        name = str(obj.customer) if obj.customer else obj.shipping_address.get("full_name", "")
        return [name or "–", obj.email if obj.email != name else ""]

    @display(description=_("Total"), ordering="total_minor")
    def total_shown(self, obj: Order) -> SafeString | str:
        return money_or_blank(obj.total)

    @display(description=_("Status"), ordering="status")
    def status_shown(self, obj: Order) -> SafeString:
        return state(obj)

    @display(description=_("Payment"), ordering="payment_status")
    def payment_shown(self, obj: Order) -> SafeString:
        return state(obj, "payment_status")

    @display(description=_("Fulfilment"), ordering="fulfilment_status")
    def fulfilment_shown(self, obj: Order) -> SafeString:
        return state(obj, "fulfilment_status")
