"""The forms of accounts: allauth's with our words and without placeholders, profile, postal address."""

from collections.abc import Callable
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as app_forms
from allauth.mfa.utils import encrypt
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.adapter import counted_code
from accounts.models import User
from accounts.services import new_user
from accounts.signup import ask_to_sign_up
from accounts.usernames import normalise_username, username_key
from core.errors import InvalidInput
from core.i18n import countries, currencies
from core.i18n.address_rules import AddressRules, address_rules
from core.i18n.addresses import PostalAddress
from core.limits import Use, mailbox, use_limits
from core.text.cleaning import fold
from core.text.codes import bare_code
from core.text.emails import normalise_email
from core.text.names import validate_person_name

_NAME = [validate_person_name]
_PHONE = {"type": "tel", "dir": "ltr", "autocomplete": "tel"}
_LEFT_TO_RIGHT = ("email", "login", "username", "code")
_NORMALISED = {"email": normalise_email, "username": normalise_username}
_EMAIL = _("E-mail address")
_PASSWORD_AGAIN = _("The same password again")
_PASSWORD_HINT = _(
    "At least ten characters, and nothing that others would guess: no names, dates, seasons or rows of keys."
)


def _phone_or_error(phone: str) -> str:
    if phone and sum(char.isdigit() for char in phone) < 6:
        raise forms.ValidationError(_("Please enter a phone number with at least six digits."))
    return phone


def _normalised(to_python: Callable[[Any], Any], normalise: Callable[[str], str]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        text = to_python(value)
        return normalise(text) if isinstance(text, str) else text

    return read


class _Worded(forms.Form):
    """Labels that stay visible while somebody types, in our words; names and addresses run left to right."""

    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            if normalise := _NORMALISED.get(name):
                # Before the validators look at it.
                field.to_python = _normalised(field.to_python, normalise)
            if name in _LEFT_TO_RIGHT:
                field.widget.attrs |= {"dir": "ltr", "autocapitalize": "none", "spellcheck": "false"}


class LoginForm(_Worded, allauth_forms.LoginForm):
    """Either name of an account, and its password."""

    labels = {"login": _("E-mail address or username"), "password": _("Password"), "remember": _("Keep me logged in")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class _Consents(forms.Form):
    """What people may agree to hear about: two questions, neither answered for them."""

    newsletter = forms.BooleanField(label=_("Send me the newsletter with what is new in the shop."), required=False)
    marketing = forms.BooleanField(label=_("Write to me with offers chosen for me."), required=False)


class SignupForm(_Worded, _Consents, allauth_forms.SignupForm):
    """A new account."""

    labels = {
        "email": _EMAIL,
        "username": _("Username"),
        "password1": _("Password"),
        "password2": _PASSWORD_AGAIN,
    }
    hints = {
        "username": _("Letters, digits and @ . + - _; you can log in with it instead of your e-mail address."),
        "password1": _PASSWORD_HINT,
    }

    def validate_unique_email(self, value: str) -> str:
        """Whether the address has an account only its mailbox is told."""
        return value

    def clean(self) -> dict[str, Any]:
        """What is wrong with the name is said at its field, as new_user says it for the API too."""
        data = super().clean()
        if "email" in data and "username" in data:
            try:
                new_user(email=data["email"], username=data["username"])
            except InvalidInput as refusal:
                self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))
        return data

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        """No account yet: one page for every address says that a mail is on its way."""
        data = self.cleaned_data
        ask_to_sign_up(
            email=data["email"],
            username=data["username"],
            password=data["password1"],
            next_url=get_next_redirect_url(request) or "",
            newsletter=data["newsletter"],
            marketing=data["marketing"],
        )
        return None, redirect("account_email_verification_sent")


class ConfirmSignupForm(_Worded):
    """The last step of a sign-up, for whoever holds the mailed link."""

    username = forms.CharField(
        label=_("Username"), max_length=150, widget=forms.TextInput({"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    labels = {"password": _("The password that you chose")}
    hints = {"username": _("You may still change it.")}


class ResetPasswordForm(_Worded, allauth_forms.ResetPasswordForm):
    """Where the link goes."""

    labels = {"email": _EMAIL}

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send the link, or word that there is no account. Raises LimitReached when mails to the address pile up."""
        use_limits([Use("recipient_mails", mailbox(self.cleaned_data["email"]))])
        email: str = super().save(request, **kwargs)
        return email


class NewPasswordForm(_Worded, allauth_forms.ResetPasswordKeyForm):
    """A new password, for whoever holds a mailed link."""

    labels = {"password1": _("New password"), "password2": _PASSWORD_AGAIN}
    hints = {"password1": _PASSWORD_HINT}


class ChangePasswordForm(_Worded, allauth_forms.ChangePasswordForm):
    """A new password, for whoever knows the old one."""

    labels = {"oldpassword": _("Current password"), "password1": _("New password"), "password2": _PASSWORD_AGAIN}
    hints = {"password1": _PASSWORD_HINT}

    def clean_oldpassword(self) -> str:
        """Guesses count like those of a log-in."""
        password: str = self.cleaned_data["oldpassword"]
        adapter = get_account_adapter()
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("enter_current_password")
        return password


class SetPasswordForm(_Worded, allauth_forms.SetPasswordForm):
    """A first password, for an account that has none."""

    labels = {"password1": _("New password"), "password2": _PASSWORD_AGAIN}
    hints = {"password1": _PASSWORD_HINT}


class ChangeEmailForm(_Worded, allauth_forms.AddEmailForm):
    """Another e-mail address; it counts when its owner has followed the mailed link."""

    labels = {"email": _("New e-mail address")}

    def save(self, request: HttpRequest) -> EmailAddress:
        """The address waits beside the account's own, confirmed or not, and replaces it when it is confirmed.

        Raises LimitReached when mails to it pile up.
        """
        use_limits([Use("recipient_mails", mailbox(self.cleaned_data["email"]))])
        with transaction.atomic():
            waiting = EmailAddress.objects.filter(user=self.user, verified=False)
            waiting.exclude(email=self.user.email).delete()
            address = EmailAddress.objects.create(user=self.user, email=self.cleaned_data["email"])
        send_verification_email_to_address(request, address)
        return address


class ReauthenticateForm(_Worded, allauth_forms.ReauthenticateForm):
    """The password once more, before something that a thief of the session must not do."""

    labels = {"password": _("Password")}


class _CodeForm(_Worded):
    """A code from the authenticator app, or a recovery code: digits both."""

    labels = {"code": _("Code")}
    hints = {"code": _("The six digits that your app shows now, or one of your recovery codes.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "maxlength": 32}

    def clean_code(self) -> str:
        """The code as the app and we write it, whatever keyboard it was typed with."""
        self.cleaned_data["code"] = bare_code(self.cleaned_data["code"])
        code: str = super().clean_code()  # type: ignore[misc]
        return code


class _CountedCodeForm(_CodeForm):
    """Guesses at the code count against the limits of accounts.guesses."""

    def clean_code(self) -> str:
        with counted_code(self.user) as guess:
            code: str = super().clean_code()
            guess.take_back()
        return code


class SecondFactorForm(_CountedCodeForm, code_forms.AuthenticateForm):
    """The second step of a log-in."""

    def clean_code(self) -> str:
        if not self.user.is_active:
            # Closed between the two steps.
            raise get_adapter().validation_error("incorrect_code")
        return super().clean_code()


class SecondFactorAgainForm(_CountedCodeForm, code_forms.ReauthenticateForm):
    """A code once more, before something that a thief of the session must not do."""


class ActivateAppForm(_CodeForm, app_forms.ActivateTOTPForm):
    """The first code of a new authenticator app, which shows that the app has the secret."""

    hints = {"code": _("The six digits that your app shows now.")}

    def clean_code(self) -> str:
        """The code counts as used: whoever looked over the shoulder cannot log in with it."""
        code = super().clean_code()
        app = Authenticator(user=self.user, type=Authenticator.Type.TOTP, data={"secret": encrypt(self.secret)})
        if not app.wrap().validate_code(code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class ProfileForm(_Consents):
    """What people say about themselves."""

    first_name = forms.CharField(
        label=_("First name"),
        validators=_NAME,
        max_length=150,
        required=False,
        widget=forms.TextInput({"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        validators=_NAME,
        max_length=150,
        required=False,
        widget=forms.TextInput({"autocomplete": "family-name"}),
    )
    company = forms.CharField(
        label=_("Company"), max_length=200, required=False, widget=forms.TextInput({"autocomplete": "organization"})
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(_PHONE))
    preferred_language = forms.ChoiceField(
        label=_("Preferred language"),
        choices=settings.LANGUAGES,
        help_text=_("The shop after you log in, and our mails, come in this language."),
    )
    preferred_currency = forms.ChoiceField(
        label=_("Preferred currency"), choices=currencies.sold_choices, required=False
    )
    date_of_birth = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput({"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Where all is sold in one currency there is nothing to prefer.
        if len(currencies.sold_currencies()) == 1:
            del self.fields["preferred_currency"]

    def clean_phone(self) -> str:
        return _phone_or_error(self.cleaned_data["phone"])


def _key(login: str) -> str:
    return normalise_email(login) if "@" in login else username_key(normalise_username(login))


class EraseForm(forms.Form):
    """The account's own name, typed, so that nobody erases it by a slip."""

    login = forms.CharField(
        label=_("Type your e-mail address or username"),
        max_length=254,
        widget=forms.TextInput({"dir": "ltr", "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {_key(name) for name in (user.email, user.username) if name}

    def clean(self) -> dict[str, Any]:
        """Nothing of it is kept."""
        if self.names and _key(self.cleaned_data.get("login", "")) not in self.names:
            self.add_error("login", _("This is not the name of your account."))
        return {}


class AddressForm(forms.Form):
    """A postal address; its prefix ("shipping", "billing") also tells the browser which one to fill in."""

    country = forms.ChoiceField(label=_("Country"), choices=countries.choices)
    full_name = forms.CharField(label=_("Full name"), validators=_NAME, max_length=200)
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    line1 = forms.CharField(label=_("Address"), max_length=200)
    line2 = forms.CharField(label=_("Flat, floor, building"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    region = forms.CharField(label=_("Region or state"), max_length=120, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(_PHONE))

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
        for name in ("full_name", "company", "line1", "line2", "city", "region"):
            # "1 Main Street" on an Arabic page keeps its number in front.
            self.fields[name].widget.attrs["dir"] = "auto"
        self.fields["postal_code"].widget.attrs["dir"] = "ltr"
        self.rules = address_rules(self._country())
        self._follow(self.rules)

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The fields that an address of the country has, in its order, those of one line together."""
        return [[self[part] for part in row] for row in self.rules.rows]

    def _country(self) -> str:
        typed = self.data.get(self.add_prefix("country"), "") if self.is_bound else self.initial.get("country", "")
        return typed if typed in countries.CODES else settings.SHOP_COUNTRY

    def _follow(self, rules: AddressRules) -> None:
        for part, label in rules.labels.items():
            self.fields[part].label = label
        for part in rules.required:
            self.fields[part].required = True
        if rules.postal_example:
            self.fields["postal_code"].help_text = _("For example %(code)s") % {"code": rules.postal_example}
        if rules.regions:
            language = get_language() or "en"
            choices = sorted(((one.code, one.label(language)) for one in rules.regions), key=lambda pair: fold(pair[1]))
            # Its options are in the language of the page, so it runs in the page's direction.
            attributes = {**self.fields["region"].widget.attrs}
            attributes.pop("dir")
            self.fields["region"].widget = forms.Select(attributes, choices=[("", "–"), *choices])
            if region := rules.region(self.initial.get("region", "")):
                self.initial = {**self.initial, "region": region.code}

    def clean(self) -> dict[str, Any]:
        values, wrong = self.rules.settle(super().clean() or self.cleaned_data)
        for part, refusal in wrong.items():
            if part not in self.errors:
                self.add_error(part, str(refusal))
        return values

    def clean_phone(self) -> str:
        return _phone_or_error(self.cleaned_data["phone"])

    def address(self) -> PostalAddress:
        """What was typed. Call it on a valid form only."""
        return PostalAddress.from_dict(self.cleaned_data)


class AddressBookForm(AddressForm):
    """An entry of the address book; a default is taken away only by making another entry the default."""

    is_default_shipping = forms.BooleanField(label=_("Default for delivery"), required=False)
    is_default_billing = forms.BooleanField(label=_("Default for invoices"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for flag in ("is_default_shipping", "is_default_billing"):
            if self.initial.get(flag):
                self.fields[flag].disabled = True
                self.fields[flag].help_text = _("To change this, make another address the default.")
