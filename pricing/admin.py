"""Tax zones with their rates in percent."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import countries
from core.admin import CountriesField, PercentField, SoukAdmin, TabularInline
from core.templatetags.shop import percent
from pricing.models import TaxRate, TaxZone


class TaxZoneForm(forms.ModelForm):
    countries = CountriesField(label=_("Countries"))

    class Meta:
        model = TaxZone
        fields = ("code", "name", "countries", "prices_include_tax")

    def clean_countries(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["countries"]
        others = TaxZone.objects.exclude(pk=self.instance.pk).filter(countries__overlap=chosen)
        for zone in others.order_by("code"):
            shared = ", ".join(countries.name(code) for code in chosen if code in zone.countries)
            raise ValidationError(
                _("%(countries)s: already in the zone “%(zone)s”."), params={"countries": shared, "zone": zone.name}
            )
        return chosen


class TaxRateForm(forms.ModelForm):
    rate = PercentField(label=_("Rate in percent"))

    class Meta:
        model = TaxRate
        fields = ("tax_class", "rate", "name")


class TaxRateInline(TabularInline):
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
    inlines = (TaxRateInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaxZone]:
        return super().get_queryset(request).prefetch_related("rates")

    @display(description=_("Rates"))
    def rates_shown(self, obj: TaxZone) -> str:
        return ", ".join(f"{rate.name} {percent(rate.rate)}" for rate in obj.rates.all()) or "–"

    @display(description=_("Countries"))
    def where(self, obj: TaxZone) -> Any:
        named = ", ".join(countries.name(code) for code in obj.countries[:3])
        return named + ("…" if len(obj.countries) > 3 else "")
