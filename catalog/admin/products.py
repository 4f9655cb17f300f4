"""Products with their variants and pictures."""

from typing import Any

from django.contrib import admin
from django.db.models import F, ForeignKey, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.decorators import display

from catalog.actions import CatalogAction
from catalog.admin.bulk import PutOnSaleForm, RetrySizesForm, SetCategoryForm, TakeOffSaleForm
from catalog.admin.categories import CategoryFilter, category_field
from catalog.admin.forms import PictureForm, PictureFormSet, VariantForm, VariantFormSet, option_choices
from catalog.admin.import_export import ProductFiles
from catalog.admin.matrix import MatrixPage
from catalog.bulk.matrix import check_combinations
from catalog.fields import ProductFields, VariantFields, names
from catalog.gtins import is_gtin, with_gtins
from catalog.media.services import unread_images
from catalog.models import Product, ProductImage, Variant, VariantOption, VariantPicture
from core.admin import (
    DropdownFilter,
    SoukAdmin,
    TabularInline,
    TranslatedAdmin,
    coloured,
    language_tabs,
    link_to,
    money_or_blank,
    needs,
)
from core.admin.bulk import BulkMixin
from core.money import Money
from inventory.models import StockItem
from inventory.shop_settings import LOW_STOCK_UNITS

# Where these stand among others on a product's form; fields that are new to the table follow.
_PLACED = ("brand", "slug", "tax_class", "is_active", "is_featured", "is_digital", "tags", "attributes")
_OPTIONS = Prefetch("options", queryset=VariantOption.objects.select_related("option_type", "value"))


def with_available(rows: QuerySet, path: str) -> QuerySet:
    """Adds `available`, the units that are there and free of what `path` of a stock item refers to."""
    items = StockItem.objects.filter(**{path: OuterRef("pk")}, location__is_active=True).order_by()
    units = items.values(path).annotate(units=Sum(F("on_hand") - F("reserved"))).values("units")
    return rows.annotate(available=Coalesce(Subquery(units), 0))


def stock_level(units: int) -> SafeString:
    """Units in the colour of their level: red for none, orange for few."""
    return coloured(units, "danger" if units <= 0 else "warning" if units <= LOW_STOCK_UNITS.value else "success")


class StockFilter(DropdownFilter):
    title = _("stock")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("in", _("In stock")), ("out", _("Sold out"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted = {"in": {"available__gt": 0}, "out": {"available__lte": 0}}.get(self.value() or "")
        return queryset.filter(**wanted) if wanted else queryset


class UnreadPicturesFilter(DropdownFilter):
    title = _("pictures")
    parameter_name = "pictures"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("unread", _("Could not be read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() != "unread":
            return queryset
        return queryset.filter(pk__in=unread_images().values("product"))


class VariantInline(TabularInline):
    model = Variant
    form = VariantForm
    formset = VariantFormSet
    fields = (
        "sku", "price", "compare_at", "cost", "chosen_options", *names(VariantFields), "is_active", "position",
        "in_stock",
    )  # fmt: skip
    readonly_fields = ("in_stock",)
    ordering = ("position", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return with_available(super().get_queryset(request), "variant").prefetch_related(_OPTIONS)

    def get_formset(self, request: HttpRequest, obj: Product | None = None, **kwargs: Any) -> type[BaseInlineFormSet]:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.available_choices = option_choices()
        return formset

    def get_extra(self, request: HttpRequest, obj: Product | None = None, **kwargs: Any) -> int:
        # Every product has a variant; a new one starts with its row.
        return 0 if obj else 1

    @display(description=_("Available"))
    def in_stock(self, obj: Variant) -> str:
        return str(getattr(obj, "available", "–"))

    @display(description=_("Options"))
    def chosen_options(self, obj: Variant) -> str:
        """What staff sees who may look only."""
        return obj.options_label


class PictureInline(StackedInline):
    model = ProductImage
    form = PictureForm
    formset = PictureFormSet
    extra = 0
    tab = True
    fields = (
        ("preview", "sizes"),
        "shown_variants",
        "file",
        "external_url",
        ("is_primary", "position"),
        "alt_en",
        ("alt_fr", "alt_ar"),
    )
    readonly_fields = ("preview", "sizes")
    ordering = ("-is_primary", "position", "id")

    def get_formset(self, request: HttpRequest, obj: Product | None = None, **kwargs: Any) -> type[BaseInlineFormSet]:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.variant_choices = self._variant_choices(obj)
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductImage]:
        return super().get_queryset(request).prefetch_related("variant_links__variant")

    def _variant_choices(self, product: Product | None) -> list[tuple[str, str]]:
        """The variants of the product, by their options and SKU. At most two queries."""
        if product is None:
            return []
        variants = Variant.objects.filter(product=product).order_by("position", "id").prefetch_related(_OPTIONS)
        return [(str(one.pk), f"{one.options_label} ({one.sku})" if one.options_label else one.sku) for one in variants]

    @display(description=_("Shows the variants"))
    def shown_variants(self, obj: ProductImage) -> str:
        """What staff sees who may look only."""
        return ", ".join(link.variant.sku for link in obj.variant_links.all()) or "–"

    @display(description=_("Preview"))
    def preview(self, obj: ProductImage) -> SafeString | str:
        if not (obj.file or obj.external_url):
            return "–"
        return format_html('<img src="{}" alt="" class="souk-preview" loading="lazy">', obj.medium_url)

    @display(description=_("Sizes"))
    def sizes(self, obj: ProductImage) -> SafeString | str:
        if not obj.file:
            return "–"
        if obj.sizes_key:
            return coloured(_("Made"), "success")
        return (
            coloured(_("Could not be read"), "danger") if obj.sizes_failures else coloured(_("Being made"), "warning")
        )


@admin.register(Product)
class ProductAdmin(MatrixPage, BulkMixin, ProductFiles, TranslatedAdmin):
    list_display = ("product", "category_name", "price_from", "in_stock", "is_active")
    list_display_links = ("product",)
    list_filter = (CategoryFilter, StockFilter, UnreadPicturesFilter, "is_active", "is_featured")
    list_select_related = ("category",)
    # get_search_results asks the catalogue's own index; naming a field makes the search box appear.
    search_fields = ("search_text",)
    search_help_text = _("Name in any language, brand, SKU or GTIN")
    prepopulated_fields = {"slug": ("name_en",)}
    inlines = (VariantInline, PictureInline)
    actions = ("put_on_sale", "take_off_sale", "set_category", "retry_sizes")
    has_add_permission = needs(CatalogAction.ADD_PRODUCT)
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("category", "brand"),
                    ("slug", "tax_class"),
                    ("is_active", "is_featured", "is_digital"),
                    ("tags", "attributes"),
                    *(name for name in names(ProductFields) if name not in _PLACED),
                ]
            },
        ),
        *language_tabs("name", "description", "seo_title", "seo_description"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        cheapest = Variant.objects.filter(product=OuterRef("pk"), is_active=True).order_by("price_minor", "id")
        products = (
            super()
            .get_queryset(request)
            .annotate(
                lowest_minor=Subquery(cheapest.values("price_minor")[:1]),
                lowest_currency=Subquery(cheapest.values("currency")[:1]),
            )
        )
        pictures = Prefetch("images", queryset=ProductImage.objects.order_by("-is_primary", "position", "id"))
        skus = Prefetch("variants", queryset=Variant.objects.order_by("position", "id"))
        return with_available(products, "variant__product").prefetch_related(pictures, skus)

    def guarded_rows(self, obj: Product) -> list[QuerySet]:
        return [VariantOption.objects.filter(variant__product=obj), VariantPicture.objects.filter(product=obj)]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        if not (term := search_term.strip()):
            return queryset, False
        by_name = Product.objects.matching(term).values("pk")
        codes = Q(sku__istartswith=term) | (with_gtins([term]) if is_gtin(term) else Q(pk__in=[]))
        by_code = Variant.objects.filter(codes).values("product")
        return queryset.filter(pk__in=by_name.union(by_code)), False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # The form compared the rows that it shows; somebody else may have added one meanwhile.
        check_combinations()

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "category":
            return category_field(db_field, **kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def view_on_site(self, obj: Product) -> str:
        return obj.get_absolute_url()

    @display(description=_("Product"), header=True, ordering="name_en")
    def product(self, obj: Product) -> list[Any]:
        pictures, skus = list(obj.images.all()), [variant.sku for variant in obj.variants.all()]
        url = pictures[0].thumbnail_url if pictures else static("img/no-picture.svg")
        more = "…" if len(skus) > 3 else ""
        picture = {"path": url, "squared": True, "borderless": True, "width": 44, "height": 44}
        return [obj.name, ", ".join(skus[:3]) + more, "", picture]

    @display(description=_("Category"), ordering="category__name_en")
    def category_name(self, obj: Product) -> str:
        return obj.category.name

    @display(description=_("Price from"), ordering="lowest_minor")
    def price_from(self, obj: Product) -> SafeString | str:
        known = obj.lowest_minor is not None
        return money_or_blank(Money(obj.lowest_minor, obj.lowest_currency) if known else None)

    @display(description=_("Available"), ordering="available")
    def in_stock(self, obj: Product) -> SafeString:
        return stock_level(obj.available)

    @admin.action(description=_("Put on sale"), permissions=["change"])
    def put_on_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, PutOnSaleForm)

    @admin.action(description=_("Take off sale"), permissions=["change"])
    def take_off_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, TakeOffSaleForm)

    @admin.action(description=_("Set category"), permissions=["change"])
    def set_category(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, SetCategoryForm)

    @admin.action(description=_("Read unreadable pictures again"), permissions=["change"])
    def retry_sizes(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponse | None:
        return self.bulk_page(request, queryset, RetrySizesForm)


@admin.register(Variant)
class VariantAdmin(SoukAdmin):
    """Found by SKU from the stock's forms; changed on the page of its product."""

    list_display = ("sku", "product_name", "options_shown", "price_shown", "in_stock", "is_active")
    list_select_related = ("product",)
    list_filter = ("is_active",)
    search_fields = ("sku", "^gtin", "product__name_en", "product__name_fr", "product__name_ar")
    fields = (
        "sku", "product_link", "options_shown", "price_shown", *names(VariantFields), "in_stock", "is_active",
    )  # fmt: skip
    ordering = ("sku",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Variant | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return with_available(super().get_queryset(request), "variant").prefetch_related(_OPTIONS)

    @display(description=_("Product"), ordering="product__name_en")
    def product_name(self, obj: Variant) -> str:
        return obj.product.name

    @display(description=_("Product"))
    def product_link(self, obj: Variant) -> SafeString | str:
        return link_to(obj.product)

    @display(description=_("Options"))
    def options_shown(self, obj: Variant) -> str:
        return obj.options_label or "–"

    @display(description=_("Price"), ordering="price_minor")
    def price_shown(self, obj: Variant) -> SafeString | str:
        return money_or_blank(obj.price)

    @display(description=_("Available"), ordering="available")
    def in_stock(self, obj: Variant) -> SafeString:
        return stock_level(obj.available)
