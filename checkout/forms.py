"""The checkout's forms: who, whereto, how sent, how paid."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.tax_ids import settled_tax_id
from core.web.form_fields import MailAddressField

NEW_ADDRESS = "new"


class ContactForm(forms.Form):
    """Where a guest's confirmation goes."""

    email = MailAddressField(
        label=_("E-mail address"),
        help_text=_("You need it and the order number to follow your order."),
        widget=forms.EmailInput({"autocomplete": "email", "dir": "ltr"}),
    )


class BillingChoiceForm(forms.Form):
    """Whether the invoice goes where the goods go."""

    same_as_shipping = forms.BooleanField(label=_("The invoice goes to the same address"), required=False, initial=True)


class CompanyForm(forms.Form):
    """The tax number of a buyer that is a company, whose name is in the invoice address."""

    tax_id = forms.CharField(
        label=_("Tax number (VAT number)"),
        help_text=_("The invoice names it, and the company of the invoice address."),
        max_length=40,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "dir": "ltr", "spellcheck": "false"}),
    )

    def settle(self, country: str) -> bool:
        """Read the number by the rules of a country; False if it is none there, which the field says then."""
        if not self.is_valid():
            return False
        try:
            self.cleaned_data["tax_id"] = settled_tax_id(self.cleaned_data["tax_id"], country=country)
        except InvalidInput as refusal:
            self.add_error("tax_id", str(refusal))
        return not self.errors


class KeepAddressForm(forms.Form):
    """Whether a customer wants to find a new address in the address book next time."""

    keep = forms.BooleanField(label=_("Keep this address in my address book"), required=False)


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
