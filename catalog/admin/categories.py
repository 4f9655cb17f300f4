"""Categories, shown as the tree that they are."""

from typing import Any

from django.contrib import admin
from django.db.models import F, ForeignKey, OrderBy, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from tree_queries.forms import TreeNodeChoiceField
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from catalog.models import Category
from core.admin import DropdownFilter, SoukChangeList, TranslatedAdmin, language_tabs

# Wide enough to be seen in a select, where no style can indent.
_INDENT = "\u2003"


class CategoryChoiceField(TreeNodeChoiceField):
    """A select of categories, indented by depth."""

    def label_from_instance(self, obj: Category) -> str:
        return f"{_INDENT * obj.tree_depth}{obj.name}"


def category_field(db_field: ForeignKey, **kwargs: Any) -> ModelChoiceField:
    """The form field of a reference to a category."""
    kwargs |= {"form_class": CategoryChoiceField, "widget": UnfoldAdminSelectWidget(), "empty_label": "–"}
    return db_field.formfield(**kwargs)


class CategoryFilter(DropdownFilter):
    """Products of a category and of everything below it."""

    title = _("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        tree = Category.objects.with_tree_fields()
        return [(str(node.pk), f"{_INDENT * node.tree_depth}{node.name}") for node in tree]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {key for key, _label in self.lookup_choices}
        if self.value() not in known:
            return queryset
        below = Category.objects.descendants(self.value(), include_self=True)
        return queryset.filter(category__in=[node.pk for node in below])


class TreeChangeList(SoukChangeList):
    """Each category below its parent; sorting by a column would tear them apart."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[OrderBy]:
        return [F("tree_ordering").asc(), F("id").asc()]


@admin.register(Category)
class CategoryAdmin(TranslatedAdmin):
    list_display = ("indented_name", "slug", "position", "is_active")
    list_display_links = ("indented_name",)
    list_filter = ("is_active",)
    search_fields = ("name_en", "name_fr", "name_ar", "slug")
    search_help_text = _("Name in any language")
    prepopulated_fields = {"slug": ("name_en",)}
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["parent", "slug", ("position", "is_active")]}),
        *language_tabs("name", "description"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).with_tree_fields()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SoukChangeList]:
        return TreeChangeList

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "parent":
            return category_field(db_field, **kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def view_on_site(self, obj: Category) -> str:
        return obj.get_absolute_url()

    @display(description=_("Name"))
    def indented_name(self, obj: Category) -> SafeString:
        return format_html('<span class="souk-depth-{}">{}</span>', min(obj.tree_depth, 5), obj.name)
