"""Stock items with their steps, the ledger of moves, and locations."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.products import stock_level
from catalog.models import Product, Variant
from catalog.querysets import VariantQuerySet
from core.admin import (
    ChoicesDropdownFilter,
    DayRangeFilter,
    DropdownFilter,
    ReadOnlyAdmin,
    RelatedDropdownFilter,
    StepsMixin,
    TranslatedAdmin,
    coloured,
    language_tabs,
    link_to,
    needs,
)
from core.admin.bulk import BulkMixin
from core.i18n import countries
from core.staff import holds
from inventory.actions import InventoryAction
from inventory.admin.forms import (
    AdjustManyForm,
    AdjustStockForm,
    BackorderLimitForm,
    LocationForm,
    ReceiveStockForm,
    SellAheadForm,
    variant_label,
)
from inventory.models import Location, Reservation, StockItem, StockMove
from inventory.shop_settings import LOW_STOCK_UNITS
from orders.models import OrderLine

_KIND_COLOURS = {
    StockMove.Kind.RECEIPT: "success",
    StockMove.Kind.RETURN: "success",
    StockMove.Kind.ADJUSTMENT: "warning",
    StockMove.Kind.SHIPMENT: "info",
    StockMove.Kind.IMPORT: "default",
}
_SHOWN_MOVES = 25
_VARIANTS_A_PAGE = 20


def variants_matching(term: str) -> VariantQuerySet:
    """Variants whose SKU begins with a text, or whose product it names; all of them for no text."""
    variants = Variant.objects.select_related("product").order_by("sku")
    if not term:
        return variants
    return variants.filter(Q(sku__istartswith=term) | Q(product__in=Product.objects.matching(term).values("pk")))


class LevelFilter(DropdownFilter):
    title = _("level")
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("out", _("Sold out")),
            ("low", _("Low")),
            ("reserved", _("Promised to orders")),
            ("backordered", _("Backordered")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockItem]) -> QuerySet[StockItem]:
        match self.value():
            case "out":
                return queryset.filter(on_hand=F("reserved"))
            case "low":
                return queryset.filter(on_hand__gt=F("reserved"), on_hand__lte=F("reserved") + LOW_STOCK_UNITS.value)
            case "reserved":
                return queryset.filter(reserved__gt=0)
            case "backordered":
                return queryset.filter(backordered__gt=0)
        return queryset


@admin.register(StockItem)
class StockItemAdmin(StepsMixin, BulkMixin, ReadOnlyAdmin):
    list_display = ("sku", "product_name", "location", "on_hand", "reserved", "available_shown", "backordered")
    list_display_links = ("sku",)
    list_select_related = ("variant__product", "location")
    list_filter = (LevelFilter, ("location", RelatedDropdownFilter))
    search_fields = ("variant__sku",)
    search_help_text = _("SKU or a product's name")
    ordering = ("variant__sku", "location__priority")
    fields = (
        ("sku", "product_link", "location"),
        ("on_hand", "reserved", "available_shown"),
        ("backordered", "backorder_limit"),
    )
    actions = ("adjust_many",)
    actions_list = ("receive", "sell_ahead")
    actions_detail = ("adjust", "limit_backorders")
    has_adjust_permission = needs(InventoryAction.ADJUST_STOCK)
    has_receive_permission = needs(InventoryAction.RECEIVE_STOCK)
    has_limit_backorders_permission = needs(InventoryAction.LIMIT_BACKORDERS)
    has_sell_ahead_permission = needs(InventoryAction.LIMIT_VARIANT_BACKORDERS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockItem]:
        return super().get_queryset(request).select_related("variant__product", "location")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StockItem], search_term: str
    ) -> tuple[QuerySet[StockItem], bool]:
        if not (term := search_term.strip()):
            return queryset, False
        return queryset.filter(variant__in=variants_matching(term).order_by().values("pk")), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.variants)
        return [path("variants/", view, name="inventory_stockitem_variants"), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        columns = tuple(super().get_list_display(request))
        return (*columns, "adjust_link") if self.has_adjust_permission(request) else columns

    def possible_steps(self, obj: StockItem) -> set[str]:
        return {"adjust", "limit_backorders"}

    def variants(self, request: HttpRequest) -> JsonResponse:
        """Answers the variant field of "Receive stock" and "Limit backorders" while one types."""
        if not self.has_receive_permission(request):
            raise PermissionDenied
        found = variants_matching(request.GET.get("term", "").strip())
        page = Paginator(found, _VARIANTS_A_PAGE).get_page(request.GET.get("page"))
        results = [{"id": str(variant.pk), "text": variant_label(variant)} for variant in page]
        return JsonResponse({"results": results, "pagination": {"more": page.has_next()}})

    @action(description=_("Adjust stock"), permissions=["adjust"], icon="exposure")
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "adjust", AdjustStockForm)

    @action(description=_("Limit backorders"), permissions=["limit_backorders"], icon="schedule")
    def limit_backorders(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "limit_backorders", BackorderLimitForm)

    @action(
        description=_("Receive stock"),
        permissions=["receive"],
        icon="add",
        variant=ActionVariant.PRIMARY,
    )
    def receive(self, request: HttpRequest) -> HttpResponse:
        back = reverse("admin:inventory_stockitem_changelist")
        return self.run_step(request, ReceiveStockForm, target=None, back=back)

    # Where there is no stock item yet it makes one.
    @action(description=_("Limit backorders"), permissions=["sell_ahead"], icon="schedule")
    def sell_ahead(self, request: HttpRequest) -> HttpResponse:
        back = reverse("admin:inventory_stockitem_changelist")
        return self.run_step(request, SellAheadForm, target=None, back=back)

    @admin.action(description=_("Adjust stock"), permissions=["adjust"])
    def adjust_many(self, request: HttpRequest, queryset: QuerySet[StockItem]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, AdjustManyForm)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], obj: StockItem | None = None, **kwargs: Any
    ) -> TemplateResponse:
        if holds(request.user, InventoryAction.VIEW_STOCK_MOVES):
            moves = list(obj.moves.select_related("actor")[: _SHOWN_MOVES + 1])
            context |= {"moves": moves[:_SHOWN_MOVES], "has_more_moves": len(moves) > _SHOWN_MOVES}
        reservations = list(Reservation.objects.filter(stock_item=obj).order_by("created_at"))
        lines = OrderLine.objects.select_related("order").in_bulk([one.holder for one in reservations])
        context["reservations"] = [(one, lines.get(one.holder)) for one in reservations]
        return super().render_change_form(request, context, obj=obj, **kwargs)

    @display(description=_("SKU"), ordering="variant__sku")
    def sku(self, obj: StockItem) -> str:
        return obj.variant.sku

    @display(description=_("Product"), ordering="variant__product__name_en")
    def product_name(self, obj: StockItem) -> str:
        return obj.variant.product.name

    @display(description=_("Product"))
    def product_link(self, obj: StockItem) -> SafeString | str:
        return link_to(obj.variant.product)

    @display(description=_("Available"), ordering=F("on_hand") - F("reserved"))
    def available_shown(self, obj: StockItem) -> SafeString:
        return stock_level(obj.available)

    @display(description="")
    def adjust_link(self, obj: StockItem) -> SafeString:
        address = reverse("admin:inventory_stockitem_adjust", args=[obj.pk])
        return format_html('<a href="{}" class="text-link">{}</a>', address, _("Adjust"))


@admin.register(StockMove)
class StockMoveAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "sku", "location", "change", "kind_shown", "reason", "actor", "door")
    list_select_related = ("stock_item__variant", "stock_item__location", "actor")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("stock_item__location", RelatedDropdownFilter),
        ("created_at", DayRangeFilter),
    )
    search_fields = ("stock_item__variant__sku",)
    search_help_text = _("SKU")
    ordering = ("-created_at", "-id")
    fields = (
        ("created_at", "sku", "location"),
        ("change", "kind_shown"),
        "reason",
        ("actor", "door", "caused_by"),
    )

    @display(description=_("SKU"), ordering="stock_item__variant__sku")
    def sku(self, obj: StockMove) -> SafeString | str:
        return link_to(obj.stock_item, obj.stock_item.variant.sku)

    @display(description=_("Location"))
    def location(self, obj: StockMove) -> str:
        return obj.stock_item.location.name

    @display(description=_("Change"), ordering="quantity")
    def change(self, obj: StockMove) -> SafeString:
        return format_html('<bdi dir="ltr" class="souk-change">{}</bdi>', f"{obj.quantity:+d}")

    @display(description=_("Kind"))
    def kind_shown(self, obj: StockMove) -> SafeString:
        return coloured(obj.get_kind_display(), _KIND_COLOURS[obj.kind])

    @display(description=_("Caused by"))
    def caused_by(self, obj: StockMove) -> SafeString | str:
        """The shipment that took the units, if one did."""
        if obj.kind != StockMove.Kind.SHIPMENT or obj.reference is None:
            return "–"
        address = reverse("admin:shipping_shipment_change", args=[obj.reference])
        return format_html('<a href="{}" class="text-link">{}</a>', address, _("Shipment"))


@admin.register(Location)
class LocationAdmin(TranslatedAdmin):
    form = LocationForm
    list_display = ("name", "code", "where", "priority", "serves_parts", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}
    fieldsets = [
        (None, {"fields": [("name", "code"), "countries", ("priority", "serves_parts"), "is_active"]}),
        (
            _("Pick-up"),
            {
                "description": _(
                    "What shoppers read who fetch their order here; choose the location at a shipping method."
                ),
                "fields": ["line1", "line2", ("postal_code", "city"), ("region", "country"), "phone"],
            },
        ),
        *language_tabs("opening_hours"),
    ]

    @display(description=_("Countries"))
    def where(self, obj: Location) -> Any:
        named = [countries.name(code) for code in obj.countries[:3]]
        return ", ".join(named) + ("…" if len(obj.countries) > 3 else "") if named else _("Everywhere")
