"""Shipping methods, with prices in major units."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import CountriesField, MoneyField, MoneyModelForm, TranslatedAdmin, language_tabs, money_or_blank
from core.i18n import countries
from core.money import Money
from shipping.models import ShippingMethod


class ShippingMethodForm(MoneyModelForm):
    money_fields = {"price": "price_minor", "free_from": "free_from_minor"}

    price = MoneyField(label=_("Price"))
    free_from = MoneyField(label=_("Free from this subtotal"), required=False)
    countries = CountriesField(label=_("Countries"), required=False, help_text=_("None chosen: everywhere."))

    class Meta:
        model = ShippingMethod
        fields = (
            "code",
            "carrier",
            "phone",
            "tax_class",
            "countries",
            "pickup_location",
            "min_days",
            "max_days",
            "position",
            "is_active",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        place = cleaned.get("pickup_location")
        if place is not None and place.address is None:
            self.add_error("pickup_location", _("This location has no address yet. Give it one first."))
        least, most = cleaned.get("min_days"), cleaned.get("max_days")
        if least is not None and most is not None and most < least:
            self.add_error("max_days", _("This is less than the days at least."))
        return cleaned


@admin.register(ShippingMethod)
class ShippingMethodAdmin(TranslatedAdmin):
    form = ShippingMethodForm
    list_display = ("name", "code", "price_shown", "free_from", "carrier", "where", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name_en", "name_fr", "name_ar", "code", "carrier")
    prepopulated_fields = {"code": ("name_en",)}
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("code", "is_active", "position"),
                    ("price", "free_from", "tax_class"),
                    ("carrier", "phone"),
                    ("min_days", "max_days"),
                    "countries",
                    "pickup_location",
                ]
            },
        ),
        *language_tabs("name", "description"),
    ]

    @display(description=_("Price"), ordering="price_minor")
    def price_shown(self, obj: ShippingMethod) -> SafeString | str:
        return money_or_blank(obj.price)

    @display(description=_("Free from"))
    def free_from(self, obj: ShippingMethod) -> SafeString | str:
        return money_or_blank(None if obj.free_from_minor is None else Money(obj.free_from_minor, obj.currency))

    @display(description=_("Countries"))
    def where(self, obj: ShippingMethod) -> Any:
        named = [countries.name(code) for code in obj.countries[:3]]
        return ", ".join(named) + ("…" if len(obj.countries) > 3 else "") if named else _("Everywhere")
