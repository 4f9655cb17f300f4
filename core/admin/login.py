"""Log-in of staff, under the same lock-out as the shop's pages and its API."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.services import authenticate_user
from core.errors import DomainError


class StaffLoginForm(AuthenticationForm):
    """E-mail address or username, password, and the code of whoever has set up the two-step log-in."""

    otp = forms.CharField(
        label=_("Code"),
        help_text=_("From your authenticator app, if you have set up the two-step log-in; or a recovery code."),
        max_length=32,
        required=False,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail or username")

    def clean(self) -> dict[str, Any]:
        login, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        otp = self.cleaned_data.get("otp", "")
        if login and password:
            try:
                self.user_cache = authenticate_user(request=self.request, login=login, password=password, otp=otp)
            except DomainError as error:
                raise ValidationError(str(error), code=error.code) from error
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data
