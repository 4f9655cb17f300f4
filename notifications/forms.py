"""What the product page sends to be told of a return."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.web.form_fields import MailAddressField


class NoticeForm(forms.Form):
    """A guest's address."""

    email = MailAddressField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("We write to you once, when it is back, and use your address for nothing else."),
        widget=forms.EmailInput({"autocomplete": "email", "dir": "ltr"}),
    )
