"""Tax zones with their rates in percent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget

from core.admin import CountriesField, PercentField, SoukAdmin, TabularInline
from core.errors import InvalidInput
from core.i18n import countries
from core.templatetags.shop import percent
from pricing.areas import Area
from pricing.models import TaxRate, TaxZone, TaxZoneArea
from pricing.services import lock_tax_areas, require_free, set_countries


class TaxZoneForm(forms.ModelForm):
    countries = CountriesField(
        label=_("Countries"),
        required=False,
        help_text=_("Whole countries; parts of countries are listed below, and go before their country."),
    )

    class Meta:
        model = TaxZone
        fields = ("code", "name", "prices_include_tax")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["countries"] = [row.country for row in _whole_countries(self.instance)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # Until the form is saved, as nobody else may take the areas meanwhile.
        lock_tax_areas()
        with _as_form_error():
            chosen = [Area(code) for code in cleaned.get("countries", ())]
            require_free(chosen, zone_id=self.instance.pk, field="countries")
        return cleaned


class TaxZoneAreaForm(forms.ModelForm):
    country = forms.ChoiceField(label=_("Country"), choices=countries.choices, widget=UnfoldAdminSelect2Widget())

    class Meta:
        model = TaxZoneArea
        fields = ("country", "region", "postal_prefix")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors or cleaned.get("DELETE"):
            return cleaned
        with _as_form_error():
            area = Area.read(**{name: cleaned.get(name) or "" for name in ("country", "region", "postal_prefix")})
            if area.is_country:
                message = _("Give a region or the beginning of postal codes; whole countries are chosen above.")
                raise InvalidInput(message, code="required", field="region")
            require_free([area], zone_id=self.instance.zone_id, field="__all__")
        return cleaned | {"region": area.region, "postal_prefix": area.postal_prefix}


class TaxZoneAreaFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if any(self.errors) or self._chosen_countries():
            return
        if not any(form.cleaned_data and not form.cleaned_data.get("DELETE") for form in self.forms):
            raise ValidationError(_("Give the zone at least one area."))

    def _chosen_countries(self) -> list[str]:
        # The zone's own form has them, which the rows are saved with.
        return [code for code in self.data.getlist("countries") if code]


@contextmanager
def _as_form_error() -> Iterator[None]:
    """Turn a refusal of the services into the error of the form's field that it names."""
    try:
        yield
    except InvalidInput as error:
        raise ValidationError({str(error.field): str(error)}) from error


def _whole_countries(zone: TaxZone) -> QuerySet[TaxZoneArea]:
    return TaxZoneArea.objects.filter(zone=zone.pk, region="", postal_prefix="").order_by("country")


class TaxRateForm(forms.ModelForm):
    rate = PercentField(label=_("Rate in percent"))

    class Meta:
        model = TaxRate
        fields = ("tax_class", "rate", "name")


class ZonePartInline(TabularInline):
    """Rows that whoever may change their zone may change."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pricing.view_taxzone") or self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("pricing.change_taxzone" if obj else "pricing.add_taxzone")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class TaxZoneAreaInline(ZonePartInline):
    model = TaxZoneArea
    form = TaxZoneAreaForm
    formset = TaxZoneAreaFormSet
    tab = False
    hide_title = False
    verbose_name = _("part of a country")
    verbose_name_plural = _("parts of countries")
    fields = ("country", "region", "postal_prefix")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaxZoneArea]:
        return super().get_queryset(request).exclude(region="", postal_prefix="")


class TaxRateInline(ZonePartInline):
    model = TaxRate
    form = TaxRateForm
    tab = False
    fields = ("tax_class", "rate", "name")


@admin.register(TaxZone)
class TaxZoneAdmin(SoukAdmin):
    form = TaxZoneForm
    list_display = ("name", "code", "prices_include_tax", "rates_shown", "where")
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}
    fields = (("name", "code"), "countries", "prices_include_tax")
    inlines = (TaxZoneAreaInline, TaxRateInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaxZone]:
        return super().get_queryset(request).prefetch_related("rates", "areas")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        set_countries(zone=form.instance, countries=form.cleaned_data["countries"])

    @display(description=_("Rates"))
    def rates_shown(self, obj: TaxZone) -> str:
        return ", ".join(f"{rate.name} {percent(rate.rate)}" for rate in obj.rates.all()) or "–"

    @display(description=_("Areas"))
    def where(self, obj: TaxZone) -> Any:
        named = [str(area) for area in obj.areas.all()]
        return "; ".join(named[:3]) + ("…" if len(named) > 3 else "")
