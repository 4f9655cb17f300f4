"""Fields that every app's forms share."""

from typing import Any

from django import forms

from core.text.emails import normalise_email


class MailAddressField(forms.EmailField):
    """An e-mail address in its one spelling, however it was typed."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalise_email(text) if text else text
