"""How a guest finds an order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.web.form_fields import MailAddressField


class TrackForm(forms.Form):
    """An order's number and the e-mail address it was placed with; both must fit."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=64,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    email = MailAddressField(
        label=_("E-mail address"), widget=forms.EmailInput({"dir": "ltr", "autocomplete": "email"})
    )
