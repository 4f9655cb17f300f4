"""The checkout's forms: who, whereto, how sent, how paid."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from core import countries
from core.addresses import PostalAddress

NEW_ADDRESS = "new"


class AddressForm(forms.Form):
    """A postal address; its prefix ("shipping", "billing") also tells the browser which one to fill in."""

    full_name = forms.CharField(label=_("Full name"), max_length=200)
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    line1 = forms.CharField(label=_("Address"), max_length=200)
    line2 = forms.CharField(label=_("Flat, floor, building"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120)
    region = forms.CharField(label=_("Region or state"), max_length=120, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=countries.choices)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel", "dir": "ltr"})
    )

    _AUTOCOMPLETE = {
        "full_name": "name",
        "company": "organization",
        "line1": "address-line1",
        "line2": "address-line2",
        "postal_code": "postal-code",
        "city": "address-level2",
        "region": "address-level1",
        "country": "country",
        "phone": "tel",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, token in self._AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = f"{self.prefix} {token}" if self.prefix else token
        self.fields["postal_code"].widget.attrs["dir"] = "ltr"

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and sum(char.isdigit() for char in phone) < 6:
            raise forms.ValidationError(_("Please enter a phone number with at least six digits."))
        return phone

    def address(self) -> PostalAddress:
        """What was typed. Call it on a valid form only."""
        return PostalAddress.from_dict(self.cleaned_data)


class ContactForm(forms.Form):
    """Where a guest's confirmation goes."""

    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("We send the confirmation there, and you follow your order with it."),
        widget=forms.EmailInput({"autocomplete": "email", "dir": "ltr"}),
    )


class BillingChoiceForm(forms.Form):
    """Whether the invoice goes where the goods go."""

    same_as_shipping = forms.BooleanField(label=_("The invoice goes to the same address"), required=False, initial=True)


class SavedAddressForm(forms.Form):
    """A customer's address book, or a new address."""

    saved = forms.ChoiceField(label=_("Deliver to"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, address_ids: Iterable[UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["saved"].choices = [*((str(pk), str(pk)) for pk in address_ids), (NEW_ADDRESS, NEW_ADDRESS)]


class _OptionForm(forms.Form):
    """One choice among codes that the server offers."""

    choice = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages={"required": _("Please choose one of the options.")}
    )

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choice"].choices = [(code, code) for code in codes]


class DeliveryForm(_OptionForm):
    """How the goods travel."""


class PaymentForm(_OptionForm):
    """How the order is paid."""
