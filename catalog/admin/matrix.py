"""The page of a product's variants matrix: made from combinations of options, and changed in one grid."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from catalog.actions import CatalogAction
from catalog.admin.forms import option_choices
from catalog.bulk.matrix import MAX_VARIANTS, CellErrors, VariantRow, generate_variants, update_variants
from catalog.fields import GridFields, names
from catalog.models import Product, Variant, VariantOption
from core.admin import MoneyField, needs
from core.errors import DomainError

_PLAIN = names(GridFields)
_COLUMNS = ("sku", "price", "compare_at", *_PLAIN, "is_active")


class CombineForm(forms.Form):
    """Which values to combine, and what the variants made from them start with."""

    values = forms.MultipleChoiceField(label=_("Values"), widget=forms.CheckboxSelectMultiple())
    sku_pattern = forms.CharField(
        label=_("SKU pattern"),
        max_length=100,
        help_text=_("{options} stands for the codes of all values, {size} for the code of the size alone."),
        widget=UnfoldAdminTextInputWidget({"dir": "ltr"}),
    )
    price = MoneyField(label=_("Price"))
    weight_grams = forms.IntegerField(
        label=_("Weight in grams"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        widget=UnfoldAdminIntegerFieldWidget({"min": 0}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["values"].choices = option_choices()

    def options(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Each option with its values, for the page."""
        chosen = {str(key) for key in self["values"].value() or ()}
        return [
            (name, [{"id": key, "label": label, "chosen": key in chosen} for key, label in values])
            for name, values in self.fields["values"].choices
        ]

    def make(self, product: Product) -> int:
        """Call the service; returns how many variants it made."""
        given = dict(self.cleaned_data)
        return len(generate_variants(product_id=product.pk, value_ids=given.pop("values"), **given))


class GridRow(forms.Form):
    """One variant in the grid."""

    id = forms.UUIDField(widget=forms.HiddenInput())
    seen = forms.CharField(widget=forms.HiddenInput())
    sku = forms.CharField(label=_("SKU"), max_length=100, widget=UnfoldAdminTextInputWidget({"dir": "ltr"}))
    price = MoneyField(label=_("Price"))
    compare_at = MoneyField(label=_("Compare-at price"), required=False)
    is_active = forms.BooleanField(label=_("Active"), required=False, widget=UnfoldBooleanSwitchWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {name: _plain_field(name) for name in _PLAIN}
        self.order_fields(["id", "seen", *_COLUMNS])
        for name in _COLUMNS:
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def clean_seen(self) -> datetime:
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError as error:
            raise forms.ValidationError(_("Load the page again.")) from error


def _plain_field(name: str) -> forms.Field:
    field: Any = Variant._meta.get_field(name)
    is_number = isinstance(field, models.IntegerField)
    widget = UnfoldAdminIntegerFieldWidget({"min": 0}) if is_number else UnfoldAdminTextInputWidget({"dir": "ltr"})
    made: forms.Field = field.formfield(widget=widget)
    made.label = capfirst(field.verbose_name)
    return made


Grid = formset_factory(GridRow, extra=0, max_num=10 * MAX_VARIANTS, validate_max=True)


def grid_variants(product: Product) -> QuerySet[Variant]:
    """The variants of a product with their options, in their order."""
    options = VariantOption.objects.select_related("option_type", "value")
    return (
        Variant.objects.filter(product=product)
        .order_by("position", "id")
        .prefetch_related(Prefetch("options", queryset=options))
    )


class MatrixPage:
    """For the admin of products: a button that leads to the matrix."""

    actions_detail = ("matrix",)

    has_matrix_permission = needs(CatalogAction.EDIT_VARIANTS)

    @action(description=_("Variants matrix"), permissions=["matrix"], icon="grid_on")
    def matrix(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows both forms; POST takes the one whose button was pressed."""
        product = self.get_object(request, unquote(object_id))
        if product is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        variants = list(grid_variants(product))
        combining, saving = "combine" in request.POST, "save" in request.POST
        combine = CombineForm(request.POST if combining else None, initial=_start(product, variants))
        grid = Grid(request.POST if saving else None, initial=[_cells(variant) for variant in variants], prefix="row")
        if (combining and _combined(request, combine, product)) or (saving and _saved(request, grid, product)):
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": product,
            "title": _("Variants matrix"),
            "combine": combine,
            "grid": grid,
            "rows": _rows(grid, variants),
            "media": combine.media + grid.media,
            "back": reverse("admin:catalog_product_change", args=[product.pk]),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/catalog/product/matrix.html", context)


def _start(product: Product, variants: list[Variant]) -> dict[str, Any]:
    """What is likely to be wanted: more of what is there."""
    first = variants[0] if variants else None
    return {
        "values": {str(option.value_id) for variant in variants for option in variant.options.all()},
        "sku_pattern": f"{product.slug[:60].upper()}-{{options}}",
        "price": first.price if first else None,
        "weight_grams": first.weight_grams if first else None,
    }


def _cells(variant: Variant) -> dict[str, Any]:
    seen = variant.updated_at.isoformat()
    return {"id": variant.pk, "seen": seen} | {column: getattr(variant, column) for column in _COLUMNS}


def _rows(grid: BaseFormSet, variants: list[Variant]) -> list[tuple[str, GridRow]]:
    labels = {str(variant.pk): variant.options_label for variant in variants}
    return [(labels.get(str(row["id"].value()), ""), row) for row in grid]


def _combined(request: HttpRequest, form: CombineForm, product: Product) -> bool:
    if not form.is_valid():
        return False
    try:
        count = form.make(product)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    if count:
        made = ngettext("%(count)d variant is made.", "%(count)d variants are made.", count)
        messages.success(request, made % {"count": count})
    else:
        messages.info(request, _now("Every combination has its variant already."))
    return True


def _saved(request: HttpRequest, grid: BaseFormSet, product: Product) -> bool:
    if not grid.is_valid():
        return False
    rows = [VariantRow(**row.cleaned_data) for row in grid]
    try:
        count = update_variants(product_id=product.pk, rows=rows)
    except CellErrors as errors:
        forms_by_id = {row.cleaned_data["id"]: row for row in grid}
        for (variant_id, column), error in errors.cells.items():
            forms_by_id[variant_id].add_error(column, str(error))
        return False
    changed = ngettext("%(count)d variant is changed.", "%(count)d variants are changed.", count)
    messages.success(request, changed % {"count": count} if count else _now("Nothing was changed."))
    return True
