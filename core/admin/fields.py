"""Form fields for what the database keeps in a form that people do not write: minor units, fractions, codes."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminTextInputWidget,
)

from core.errors import InvalidInput
from core.i18n import countries
from core.money import Money

_AMOUNT = re.compile(r"(?P<amount>\d+(?:\.\d*)?|\.\d+)\s*(?P<currency>[A-Za-z]{3})?")


class MoneyField(forms.CharField):
    """An amount as people write it: "19.99 USD", or "19.99" in the shop's currency. Its value is a Money or None."""

    default_error_messages = {
        "invalid_amount": _("Write the amount with a point and its currency, such as 19.99 USD."),
        "too_many_decimals": _("%(currency)s has %(decimals)s decimals at most."),
        "unknown_currency": _("%(currency)s is not a currency code."),
        "amount_too_large": _("This amount is too large."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextInputWidget({"dir": "ltr", "placeholder": "19.99 USD"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Money) else value

    def to_python(self, value: Any) -> Money | None:
        text = super().to_python(value)
        if not text:
            return None
        if not (parts := _AMOUNT.fullmatch(text)):
            raise ValidationError(self.error_messages["invalid_amount"], code="invalid_amount")
        currency = (parts["currency"] or settings.SHOP_CURRENCY).upper()
        try:
            return Money.parse(parts["amount"], currency)
        except InvalidInput as error:
            raise ValidationError(
                self.error_messages[error.code], code=error.code, params={"currency": currency} | error.details
            ) from error


class MoneyModelForm(forms.ModelForm):
    """Writes money fields into the minor unit columns beside the row's one currency.

    `money_fields` maps a MoneyField of the form to its column.
    """

    money_fields: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, column in self.money_fields.items():
            minor = getattr(self.instance, column)
            if minor is not None and self.instance.currency:
                self.initial[name] = Money(minor, self.instance.currency)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = {name: amount for name in self.money_fields if (amount := cleaned.get(name)) is not None}
        for name, amount in given.items():
            if amount.currency != next(iter(given.values())).currency:
                self.add_error(name, _("Give all amounts in the same currency."))
        for name, column in self.money_fields.items():
            setattr(self.instance, column, given[name].minor if name in given else None)
            if name in given:
                self.instance.currency = given[name].currency
        return cleaned


class PercentField(forms.DecimalField):
    """A fraction typed as percent: 20 is stored as 0.20. Four decimals of a percent at most."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminDecimalFieldWidget({"dir": "ltr"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:
        percent = super().to_python(value)
        if percent is None:
            return None
        if not 0 <= percent < 100 or percent != round(percent, 4):
            raise ValidationError(
                _("Give a percentage from 0 to below 100 with four decimals at most."), code="percentage"
            )
        return percent / 100


class CountriesField(forms.MultipleChoiceField):
    """Countries by name, stored as their codes."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminSelect2MultipleWidget())
        super().__init__(choices=countries.choices, **kwargs)
