"""What pages send to a cart."""

from django import forms

from carts.models import MAX_LINE_QUANTITY


class AddForm(forms.Form):
    """Units of a variant to put into the cart."""

    variant = forms.UUIDField()
    quantity = forms.IntegerField(min_value=1, max_value=MAX_LINE_QUANTITY)
    once = forms.UUIDField(required=False)


class PriceForm(forms.Form):
    """The price that the page showed."""

    price_minor = forms.IntegerField(min_value=0)
    currency = forms.CharField(max_length=3)


class QuantityForm(forms.Form):
    """A line's new quantity; zero takes the line out."""

    quantity = forms.IntegerField(min_value=0, max_value=MAX_LINE_QUANTITY)
