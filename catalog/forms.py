"""How a list of products is sorted and narrowed; everything is part of the address, so that it can be shared."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.forms.utils import flatatt
from django.forms.widgets import Input
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.filters import ORDERING_CHOICES, ORDERINGS, in_stock
from catalog.querysets import ProductQuerySet
from core.errors import InvalidInput
from core.money import Money


class PriceField(forms.CharField):
    """An amount in the shop's currency, as Money; empty is None."""

    default_error_messages = {"invalid_amount": _("Please enter an amount such as 25 or 25.50.")}

    def __init__(self, **kwargs: Any) -> None:
        widget = Text({"inputmode": "decimal", "dir": "ltr", "autocomplete": "off", "size": 6})
        super().__init__(required=False, max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> Money | None:
        text = super().clean(value).replace(",", ".")
        if not text:
            return None
        try:
            return Money.parse(text, settings.SHOP_CURRENCY)
        except InvalidInput:
            raise forms.ValidationError(self.error_messages["invalid_amount"], "invalid_amount") from None


_SELECTED = SafeString(" selected")


class WrittenAtOnce(Input):
    """Mixed into an input: Django renders two templates for every one of them.

    What it is mixed into is named so that templates find the `widget_type` that they would without it.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        said = {key: widget[key] for key in ("type", "name", "value")}
        return format_html("<input{}>", flatatt(said | widget["attrs"]))


class Text(WrittenAtOnce, forms.TextInput):
    """A line of text."""


class Checkbox(WrittenAtOnce, forms.CheckboxInput):
    """A yes or no."""


class Select(forms.Select):
    """A choice of texts, written at once."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, _SELECTED if key == chosen else "", label) for key, label in self.choices),
        )
        return format_html("<select{}>{}</select>", flatatt(self.build_attrs({"name": name}, attrs)), options)


class ListingForm(forms.Form):
    """Sort order of a list, and what narrows it: price range, brand, availability."""

    NARROWING = ("price_from", "price_to", "brand", "in_stock")

    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=ORDERING_CHOICES, widget=Select)
    price_from = PriceField(label=_("Price from"))
    price_to = PriceField(label=_("Price to"))
    brand = forms.CharField(label=_("Brand"), required=False, max_length=120, widget=Select)
    in_stock = forms.BooleanField(label=_("In stock only"), required=False, widget=Checkbox)

    def __init__(self, *args: Any, brands: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A shared address may name a brand that the list does not offer any more.
        asked = self.data.get("brand", "").strip()
        offered = list(dict.fromkeys([*brands, asked] if asked else brands))
        self.fields["brand"].widget.choices = [("", _("All brands")), *((brand, brand) for brand in offered)]

    @property
    def has_brands(self) -> bool:
        """Whether there is a choice of brands to offer."""
        return len(self.fields["brand"].widget.choices) > 1

    @property
    def narrows(self) -> bool:
        """Whether the list is shorter than it could be. Ask after `apply`."""
        return any(self.cleaned_data.get(name) for name in self.NARROWING)

    def apply(self, products: ProductQuerySet) -> ProductQuerySet:
        """Sort and narrow products on sale; a value that makes no sense leaves the list as it is."""
        values = self.cleaned_data if self.is_valid() or hasattr(self, "cleaned_data") else {}
        if low := values.get("price_from"):
            products = products.filter(from_price_minor__gte=low.minor)
        if high := values.get("price_to"):
            products = products.filter(from_price_minor__lte=high.minor)
        if brand := values.get("brand"):
            products = products.filter(brand__iexact=brand)
        if values.get("in_stock"):
            products = products.filter(in_stock())
        return products.order_by(*ORDERINGS[values.get("sort") or "newest"])
