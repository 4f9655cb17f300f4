"""Carts, to look at. A guest's token opens the cart, so it is shown nowhere."""

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from carts.models import Cart, CartLine
from core.admin import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    ReadOnly,
    ReadOnlyAdmin,
    TabularInline,
    link_to,
    money_or_blank,
    state,
)


class CartLineInline(ReadOnly, TabularInline):
    model = CartLine
    tab = False
    fields = ("product", "sku", "quantity", "price_then", "price_now", "total_now")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[CartLine]:
        return super().get_queryset(request).select_related("variant__product")

    @display(description=_("Product"))
    def product(self, obj: CartLine) -> SafeString | str:
        return link_to(obj.variant.product)

    @display(description=_("SKU"))
    def sku(self, obj: CartLine) -> str:
        return obj.variant.sku

    @display(description=_("Price when added"))
    def price_then(self, obj: CartLine) -> SafeString | str:
        return money_or_blank(obj.price_at_add)

    @display(description=_("Price today"))
    def price_now(self, obj: CartLine) -> SafeString | str:
        return money_or_blank(obj.variant.price)

    @display(description=_("Total today"))
    def total_now(self, obj: CartLine) -> SafeString | str:
        return money_or_blank(obj.variant.price * obj.quantity)


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin):
    list_display = ("changed", "buyer", "units", "status_shown", "became")
    list_display_links = ("changed",)
    list_select_related = ("customer", "order")
    list_filter = (("status", ChoicesDropdownFilter), ("updated_at", DayRangeFilter))
    search_fields = ("email__istartswith", "customer__email__istartswith", "customer__last_name__istartswith")
    search_help_text = _("E-mail or last name")
    ordering = ("-updated_at", "-id")
    fields = (
        ("customer", "email", "status_shown"),
        ("currency", "shipping_method", "payment_provider"),
        ("created_at", "updated_at", "became"),
    )
    inlines = (CartLineInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cart]:
        lines = CartLine.objects.filter(cart=OuterRef("pk")).order_by().values("cart")
        units = Subquery(lines.annotate(units=Sum("quantity")).values("units"))
        return super().get_queryset(request).select_related("customer", "order").annotate(units=units)

    @display(description=_("Changed"), ordering="updated_at")
    def changed(self, obj: Cart) -> object:
        return obj.updated_at

    @display(description=_("Customer"))
    def buyer(self, obj: Cart) -> object:
        return obj.customer or obj.email or _("Guest")

    @display(description=_("Units"), ordering="units")
    def units(self, obj: Cart) -> int:
        return obj.units or 0

    @display(description=_("Status"), ordering="status")
    def status_shown(self, obj: Cart) -> SafeString:
        return state(obj)

    @display(description=_("Order"))
    def became(self, obj: Cart) -> SafeString | str:
        """The order that the cart was closed with, if it was."""
        return link_to(getattr(obj, "order", None))
