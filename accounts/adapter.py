"""How allauth works in this shop: our services write, mails speak their reader's language, links lead to this shop."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.email_verification import verify_email
from allauth.account.models import EmailAddress, EmailConfirmation, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, translate_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from accounts.devices import device_name
from accounts.encryption import decrypt, encrypt
from accounts.errors import InvalidCredentials, InvalidSecondFactor, TooManyAttempts
from accounts.guesses import Guess, count_guess, note_limit
from accounts.models import User
from accounts.passwords import normalise_password
from accounts.security import Kind, record_event, record_lock
from accounts.selectors import has_confirmed, user_by_login
from accounts.usernames import normalise_username, username_key
from core.shop import SHOP_NAME, contact_details, mail_sender
from core.text.emails import normalise_email
from core.web.callers import client_address
from core.web.links import shop_url
from core.web.middleware import is_api


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Named by settings.ACCOUNT_ADAPTER."""

    error_messages = DefaultAccountAdapter.error_messages | {
        # One answer whichever name was typed and whatever was wrong with it.
        "email_password_mismatch": InvalidCredentials.message,
        "username_password_mismatch": InvalidCredentials.message,
        "rate_limited": TooManyAttempts.message,
        "username_taken": _("A user with that username already exists."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your current password."),
        "duplicate_email": _("This is already the e-mail address of your account."),
    }

    def clean_email(self, email: str) -> str:
        return normalise_email(email)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """The name as it is kept; what is wrong with it new_user says, for pages and API alike."""
        return normalise_username(username)

    def clean_password(self, password: str, user: User | None = None) -> str:
        super().clean_password(normalise_password(password), user)
        return password

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Whoever logs in goes on in the language that they prefer."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if "Location" in response.headers:
            response["Location"] = translate_url(response["Location"], user.preferred_language)
        return response

    def set_password(self, user: User, password: str) -> None:
        """Store a password and nothing else of what a request has read earlier."""
        user.set_password(password)
        user.save(update_fields=["password", "updated_at"])

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Who knows the password; guesses are counted. Raises ValidationError, caused by TooManyAttempts."""
        owner = _owner(credentials)
        with _counted(request, owner, login=username_key(normalise_email(_login(credentials)))) as guess:
            user: User | None = super().authenticate(request, **credentials)
            if user:
                guess.take_back()
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        record_event(Kind.LOG_IN_FAILED, _owner(credentials))

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or ""

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the password of who is logged in; attempts count like those of a log-in."""
        name = {"email": user.email} if user.email else {"username": user.username}
        return bool(self.authenticate(self.request, **name, password=password) == user)

    def is_safe_url(self, url: str) -> bool:
        """`next` never leads to another host, not even to one of our own."""
        request = self.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Pages show messages; the API's answers speak for themselves."""
        if not is_api(request):
            super().add_message(request, *args, **kwargs)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:overview")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        return reverse("accounts:overview" if self.request.user.is_authenticated else "account_login")

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """An account keeps its own address; only one that waits to replace it can be taken back."""
        return bool(email_address.email != email_address.user.email)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Refuse an address that another account has meanwhile: an account's address is unique, confirmed or not."""
        if User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id).exists():
            self.add_message(request, messages.ERROR, "account/messages/email_confirmation_failed.txt")
            return False
        return bool(verify_email(request, email_address))

    def format_email_subject(self, subject: str) -> str:
        """Every subject starts with the shop's name."""
        return f"{SHOP_NAME.text}: {subject}"

    # --- Mails ------------------------------------------------------------------------------------

    def get_from_email(self) -> str:
        """The sender that staff has set."""
        return mail_sender()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to people in their own language; to strangers in the one they were reading.

        Who has not shown that the mailbox is theirs is not greeted: anybody may have typed the name and the address.
        """
        user = context.get("user") or User.objects.filter(email=normalise_email(email)).first()
        typed = {"greeted": "", "username": ""}
        if isinstance(user, User) and has_confirmed(user, email):
            typed = {"greeted": user.first_name}
        if "user_agent" in context:
            # A header is whatever its sender likes; the names that we know are not.
            typed["user_agent"] = device_name(context["user_agent"])
        with override(_language_of(user)):
            super().send_mail(template_prefix, email, context | _links() | typed | {"contact": contact_details()})

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """The page behind the link is in the reader's language too."""
        with override(_language_of(user)):
            url = self.get_reset_password_from_key_url(f"{context['uid']}-{context['key']}")
        record_event(Kind.RESET_ASKED, user)
        super().send_password_reset_mail(user, email, context | {"password_reset_url": shop_url(url)})

    def send_reset_mail_of_staff(self, user: User) -> None:
        """A link that sets a new password, which staff sends and nobody but the owner of the mailbox sees."""
        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        with override(_language_of(user)):
            url = shop_url(self.get_reset_password_from_key_url(key))
        details = {"user": user, "password_reset_url": url, "username": user.username}
        self.send_mail("account/email/password_reset_by_staff", user.email or "", details)

    def send_signup_mail(self, email: str, key: str, *, language: str, next_url: str) -> None:
        """The link that makes an account. Nothing of what a stranger typed is in the mail but the address."""
        with override(language):
            url = shop_url(reverse("accounts:confirm_signup", args=[key]))
        if next_url:
            url += f"?{urlencode({REDIRECT_FIELD_NAME: next_url})}"
        reader = User(preferred_language=language, first_name="")
        self.send_mail("account/email/email_confirmation_signup", email, {"user": reader, "activate_url": url})

    def send_account_already_exists_mail(self, owner: User) -> None:
        """Somebody asked for an account with an address that has one."""
        context = {"user": owner, "email": owner.email}
        self.send_mail("account/email/account_already_exists", owner.email or "", context)

    def send_proof_code_mail(self, user: User, code: str) -> None:
        """The code with which somebody without a password confirms that it is them."""
        self.send_mail("account/email/proof_code", user.email or "", {"user": user, "code": code})

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmation | EmailConfirmationHMAC
    ) -> str:
        with override(_language_of(emailconfirmation.email_address.user)):
            return shop_url(super().get_email_confirmation_url(request, emailconfirmation))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Named by settings.MFA_ADAPTER."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": InvalidSecondFactor.message,
        "unverified_email": _("Please confirm your e-mail address first."),
        "cannot_delete_authenticator": _("Staff cannot log in without the second step."),
        "add_email_blocked": _("Please confirm your e-mail address first."),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        """What the app writes beside its codes."""
        return SHOP_NAME.text

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Where the second step is required, staff keep it."""
        return not (settings.STAFF_MFA_REQUIRED and authenticator.user.is_staff)


@contextmanager
def counted_code(user: User) -> Iterator[Guess]:
    """Count a guess at somebody's code of the second step. Raises ValidationError, caused by TooManyAttempts."""
    with _counted(context.request, user, at="code") as guess:
        yield guess


@contextmanager
def _counted(request: HttpRequest | None, user: User | None, **guessed: str) -> Iterator[Guess]:
    try:
        guess = count_guess(request=request, user=user, **guessed)
    except TooManyAttempts as refusal:
        record_lock(user)
        note_limit(request, refusal)
        raise ValidationError(str(refusal), code=refusal.code) from refusal
    yield guess


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")


def _owner(credentials: dict[str, Any]) -> User | None:
    return user_by_login(_login(credentials))


def _language_of(user: Any) -> str | None:
    return user.preferred_language if isinstance(user, User) else get_language()


def _links() -> dict[str, str]:
    """The pages that mails lead to, in the active language."""
    pages = {
        "home_url": "catalog:home",
        "login_url": "account_login",
        "signup_url": "account_signup",
        "forgotten_password_url": "account_reset_password",
    }
    return {name: shop_url(reverse(page)) for name, page in pages.items()}
