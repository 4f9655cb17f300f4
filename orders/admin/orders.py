"""The list of orders and the page of each, with the steps that its state allows."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import User
from accounts.selectors import people_matching
from checkout.errors import NotEditable
from core.admin import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    DropdownFilter,
    ReadOnlyAdmin,
    StepForm,
    StepsMixin,
    money_or_blank,
    needs,
    state,
)
from core.admin.bulk import BulkMixin
from core.errors import DomainError
from core.money import Money
from core.text.codes import plain_code
from core.text.words import BeginsWords
from orders.actions import OrderAction
from orders.admin.editing import EditOrderPage
from orders.admin.entry import suggested_customers, suggested_items
from orders.admin.forms import (
    CancelForm,
    CancelManyForm,
    ConfirmForm,
    ConfirmManyForm,
    DiscountForm,
    RemoveDiscountForm,
    ShipForm,
    ShipManyForm,
)
from orders.admin.page import order_page
from orders.admin.placing import NewOrderPage
from orders.models import TO_REFUND, Order, OrderLine
from orders.order_words import OrderWords
from orders.selectors import manual_discounts, numbers_beginning, order_link_token
from orders.states import FulfilmentStatus, OrderStatus
from payments.operations import execute
from payments.selectors import start_in_flight
from shipping.actions import ShippingAction
from shipping.selectors import unshipped_quantities

_SHORTEST_TERM = 2
_SHIPPABLE = {OrderStatus.CONFIRMED, OrderStatus.PROCESSING}
# The condition of the index orders_order_to_ship.
TO_SHIP = Q(
    status__in=[OrderStatus.CONFIRMED, OrderStatus.PROCESSING],
    fulfilment_status__in=[FulfilmentStatus.UNFULFILLED, FulfilmentStatus.PARTIALLY_SHIPPED],
)


def orders_matching(orders: QuerySet[Order], term: str) -> QuerySet[Order]:
    """Orders by how the number begins, or the words of customer, e-mail and delivery address, or by a line's SKU."""
    by_number = Order.objects.filter(numbers_beginning(term)).values("pk")
    by_words = Order.objects.filter(BeginsWords(OrderWords(), term)).values("pk")
    by_customer = Order.objects.filter(customer__in=people_matching(User.objects.all(), term)).values("pk")
    code = plain_code(term)
    by_sku = OrderLine.objects.filter(sku__in={term, code, code.upper()}).values("order_id")
    # United, as each has an index of its own; by OR none would be used.
    found = (one.order_by() for one in (by_words, by_customer, by_sku))
    return orders.filter(pk__in=by_number.order_by().union(*found))


def _start_payment(order: Order) -> None:
    """Have a provider that collects online begin the payment, so that its page can be passed on to the customer."""
    if start := start_in_flight(order):
        execute(start)


def _seen_total(request: HttpRequest) -> Money | None:
    """The total that was looked at, when the button below it was pressed."""
    try:
        return Money(int(request.POST["place"]), request.POST.get("currency", ""))
    except (KeyError, ValueError):
        return None


class TodoFilter(DropdownFilter):
    """What staff has to do next."""

    title = _("to do")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("ship", _("Orders to ship")), ("pay", _("Awaiting payment")), ("refund", _("To refund"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        match self.value():
            case "ship":
                return queryset.filter(TO_SHIP)
            case "pay":
                return queryset.filter(status=OrderStatus.PENDING)
            case "refund":
                return queryset.filter(TO_REFUND)
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
    actions_detail = ("confirm", "ship", "edit", "discount", "remove_discount", "cancel")
    has_add_permission = needs(OrderAction.PLACE_ORDER)
    has_edit_permission = needs(OrderAction.EDIT_ORDER)
    has_discount_permission = needs(OrderAction.DISCOUNT_ORDER)
    has_confirm_permission = needs(OrderAction.CONFIRM_ORDER)
    has_cancel_permission = needs(OrderAction.CANCEL_ORDER)
    has_ship_permission = needs(ShippingAction.SHIP_ORDER)

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
        if obj.is_editable:
            steps.add("edit")
        if obj.is_discountable:
            steps |= {"discount", "remove_discount"} if manual_discounts(obj) else {"discount"}
        if obj.is_cancellable:
            steps.add("cancel")
        return steps

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.suggest)
        return [path("suggest/", view, name="orders_order_suggest"), *super().get_urls()]

    def suggest(self, request: HttpRequest) -> JsonResponse:
        """What the inputs of an order's entry offer while one types: items, or customers for who may add orders."""
        may_add = self.has_add_permission(request)
        if not (may_add or self.has_edit_permission(request)):
            raise PermissionDenied
        text = request.GET.get("term", "").strip()
        people = "customers" in request.GET
        if len(text) < _SHORTEST_TERM or (people and not may_add):
            return JsonResponse({"results": []})
        return JsonResponse({"results": suggested_customers(text) if people else suggested_items(text)})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An order for a customer: entered, looked at, placed. A link may name the customer."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = NewOrderPage(
            request.POST if request.method == "POST" else None, customer=request.GET.get("customer", "")
        )
        if request.method == "POST" and page.is_valid():
            seen = _seen_total(request)
            if seen is None:
                page.preview()
            elif order := page.place(actor=request.user, seen=seen):
                _start_payment(order)
                messages.success(request, _("Order %(number)s is placed.") % {"number": order.number})
                return HttpResponseRedirect(self.after_step(order))
        return self._entry_page(request, "new", page.context(), reverse("admin:orders_order_changelist"))

    def _entry_page(self, request: HttpRequest, name: str, context: dict[str, Any], back: str) -> HttpResponse:
        request.current_app = self.admin_site.name
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "back": back, "title": context["title"]}
        return TemplateResponse(request, f"admin/orders/order/{name}.html", context)

    @action(description=_("Confirm"), permissions=["confirm"], icon="check", variant=ActionVariant.PRIMARY)
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "confirm", ConfirmForm)

    @action(description=_("Ship"), permissions=["ship"], icon="local_shipping", variant=ActionVariant.PRIMARY)
    def ship(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "ship", ShipForm)

    @action(description=_("Change"), permissions=["edit"], icon="edit")
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Units, lines and address, until all is sent."""
        order = self.get_object(request, unquote(object_id))
        if order is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        back = self.after_step(order)
        try:
            return self._edit(request, order, back)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(back)

    def _edit(self, request: HttpRequest, order: Order, back: str) -> HttpResponse:
        if not order.is_editable:
            raise NotEditable
        page = EditOrderPage(order, request.POST if request.method == "POST" else None)
        if request.method == "POST" and page.is_valid():
            seen = _seen_total(request)
            if seen is None:
                page.preview()
            elif page.save(actor=request.user, seen=seen):
                _start_payment(order)
                messages.success(request, _("Order %(number)s is changed.") % {"number": order.number})
                return HttpResponseRedirect(back)
        return self._entry_page(request, "edit", page.context(), back)

    @action(description=_("Give discount"), permissions=["discount"], icon="percent")
    def discount(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._step_of_total(request, object_id, "discount", DiscountForm)

    @action(description=_("Remove discount"), permissions=["discount"], icon="undo")
    def remove_discount(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._step_of_total(request, object_id, "remove_discount", RemoveDiscountForm)

    def _step_of_total(
        self, request: HttpRequest, object_id: str, name: str, form_class: type[StepForm]
    ) -> HttpResponse:
        """The page of a step after which another amount may be to be paid."""
        response = self.step_page(request, object_id, name, form_class)
        taken = request.method == "POST" and isinstance(response, HttpResponseRedirect)
        if taken and (order := self.get_object(request, unquote(object_id))):
            _start_payment(order)
        return response

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
