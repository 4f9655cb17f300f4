"""How a list of products is sorted and narrowed; everything is part of the address, so that it can be shared."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from core.errors import InvalidInput
from core.money import Money


class PriceField(forms.CharField):
    """An amount in the shop's currency, as Money; empty is None."""

    default_error_messages = {"invalid_amount": _("Please enter an amount such as 25 or 25.50.")}

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "dir": "ltr", "autocomplete": "off", "size": 6})
        super().__init__(required=False, max_length=20, widget=widget, **kwargs)

    def clean(self, value: Any) -> Money | None:
        text = super().clean(value).replace(",", ".")
        if not text:
            return None
        try:
            return Money.parse(text, settings.SHOP_CURRENCY)
        except InvalidInput:
            raise forms.ValidationError(self.error_messages["invalid_amount"], "invalid_amount") from None


class ListingForm(forms.Form):
    """Sort order and price range of a list."""

    SORTS = {
        "newest": ("-created_at", "-id"),
        "price": ("from_price_minor", "id"),
        "-price": ("-from_price_minor", "id"),
    }

    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[("newest", _("Newest")), ("price", _("Price: low to high")), ("-price", _("Price: high to low"))],
    )
    price_from = PriceField(label=_("Price from"))
    price_to = PriceField(label=_("Price to"))

    def apply(self, products: QuerySet[Product]) -> QuerySet[Product]:
        """Sort and narrow what `product_cards` reads; a value that makes no sense leaves the list as it is."""
        values = self.cleaned_data if self.is_valid() or hasattr(self, "cleaned_data") else {}
        if low := values.get("price_from"):
            products = products.filter(from_price_minor__gte=low.minor)
        if high := values.get("price_to"):
            products = products.filter(from_price_minor__lte=high.minor)
        return products.order_by(*self.SORTS[values.get("sort") or "newest"])
