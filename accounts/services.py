"""Writes to accounts: the one way in for pages and API.

Log-in, confirmation and reset stand on allauth, whose adapter sends the mails and holds the limits; its middleware
keeps the request at hand, from which the links in the mails are built.
"""

from datetime import date
from typing import Any, NotRequired, TypedDict, Unpack, cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm, UserTokenForm
from allauth.account.internal.flows.password_change import change_password as store_password
from allauth.account.internal.flows.password_reset import finalize_password_reset
from allauth.account.models import EmailAddress
from allauth.core import context, ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.consents import record_consents
from accounts.errors import (
    EmailTaken,
    InvalidCredentials,
    InvalidResetLink,
    InvalidSecondFactor,
    NoAddressForLink,
    SecondFactorRequired,
    TooManyAttempts,
    UsernameIsAddress,
    UsernameTaken,
    WrongPassword,
)
from accounts.guesses import count_guess
from accounts.models import Address, User
from accounts.passwords import normalise_password
from accounts.security import Kind, record_event
from accounts.selectors import address_of, with_username
from accounts.usernames import normalise_username
from core import clock
from core.errors import InvalidInput, NotFound
from core.i18n import countries
from core.i18n.address_rules import address_rules
from core.i18n.currencies import DECIMALS, sold_currencies
from core.limits import Use, mailbox, use_limits
from core.text.codes import bare_code
from core.text.emails import normalise_email


class ProfileFields(TypedDict):
    """What people may say about themselves."""

    first_name: NotRequired[str]
    last_name: NotRequired[str]
    company: NotRequired[str]
    phone: NotRequired[str]
    preferred_language: NotRequired[str]
    preferred_currency: NotRequired[str]
    date_of_birth: NotRequired[date | None]


class ProfileChanges(ProfileFields):
    """The same, and what people agree to hear from us about."""

    newsletter: NotRequired[bool]
    marketing: NotRequired[bool]


class AddressFields(TypedDict):
    """An entry of the address book. A default is taken away only by making another entry the default."""

    full_name: NotRequired[str]
    company: NotRequired[str]
    line1: NotRequired[str]
    line2: NotRequired[str]
    city: NotRequired[str]
    region: NotRequired[str]
    postal_code: NotRequired[str]
    country: NotRequired[str]
    phone: NotRequired[str]
    is_default_shipping: NotRequired[bool]
    is_default_billing: NotRequired[bool]


_DEFAULT_FLAGS = ("is_default_shipping", "is_default_billing")
_CONSENTS = ("newsletter", "marketing")


# --- Signing up and logging in --------------------------------------------------------------------


def create_user(
    *, email: str, username: str, password: str, language: str | None = None, **profile: Unpack[ProfileFields]
) -> User:
    """Make an account that can log in; no mail is sent. The language is the active one unless given.

    Raises EmailTaken, UsernameTaken or InvalidInput, each naming the field.
    """
    user = new_user(email=email, username=username, language=language, **profile)
    require_good_password(password, user, field="password")
    user.set_password(password)
    return store_user(user)


def new_user(*, email: str, username: str, language: str | None = None, **profile: Unpack[ProfileFields]) -> User:
    """An account as somebody describes it, neither stored nor with a password.

    Raises UsernameTaken or InvalidInput naming the field. Whether the address has an account only store_user tells.
    """
    language = language or profile.pop("preferred_language", None) or (get_language() or "")[:2]
    if language not in dict(settings.LANGUAGES):
        language = settings.LANGUAGE_CODE
    user = User(
        email=normalise_email(email), username=normalise_username(username), preferred_language=language, **profile
    )
    for field in ("email", "username"):
        if not getattr(user, field):
            raise InvalidInput(_("This field is required."), code="required", field=field)
    _clean(user, ["email", "username", *ProfileFields.__annotations__])
    if "@" in (user.username or "") and normalise_email(user.username or "") != user.email:
        raise UsernameIsAddress(field="username")
    if with_username(user.username or "").exists():
        raise UsernameTaken(field="username")
    return user


def store_user(user: User) -> User:
    """Store what new_user made. Raises EmailTaken or UsernameTaken, also when another request was first."""
    if User.objects.filter(email=user.email).exists():
        raise EmailTaken(field="email")
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        # Somebody else signed up with the same name between the check and the row.
        raise _taken(error) from error
    return user


def authenticate_user(*, request: HttpRequest, login: str, password: str, otp: str = "") -> User:
    """The person whose e-mail or username and password these are, and whose code if the account asks for one.

    `otp` is a code of the authenticator app or a recovery code; either works once. Failed attempts count against the
    same limits whatever door they come through. Raises InvalidCredentials, TooManyAttempts, SecondFactorRequired or
    InvalidSecondFactor.
    """
    login = login.strip()
    try:
        user = get_adapter(request).authenticate(request, username=login, password=password)
    except ValidationError as error:
        raise (error.__cause__ or TooManyAttempts()) from error
    if not isinstance(user, User) or not user.is_active:
        raise InvalidCredentials
    if is_mfa_enabled(user, [Authenticator.Type.TOTP]):
        _use_second_factor(user, otp)
    return user


# --- Passwords ------------------------------------------------------------------------------------


def request_password_reset(*, email: str) -> None:
    """Send a link that sets a new password; needs a request at hand.

    The caller learns nothing about who has an account: an unknown address gets a mail that says so.
    Raises InvalidInput for what is no address at all, TooManyAttempts when mails to it pile up.
    """
    form = ResetPasswordForm({"email": email})
    if not form.is_valid():
        raise _invalid(form.errors.as_data())
    if not ratelimit.consume(context.request, action="reset_password", key=form.cleaned_data["email"]):
        raise TooManyAttempts
    use_limits([Use("recipient_mails", mailbox(form.cleaned_data["email"]))])
    form.save(context.request)


def send_reset_link(*, user_id: UUID) -> None:
    """Mail somebody a link that sets a new password, as staff; the row and the person's events say that it was sent.

    Needs a request at hand; who may is the caller's business. Raises NotFound, NoAddressForLink for a closed account or
    one without an address, and TooManyAttempts when mails to it pile up.
    """
    with transaction.atomic():
        user = User.objects.filter(pk=user_id).select_for_update(no_key=True).first()
        if user is None:
            raise NotFound
        if not (user.email and user.is_active):
            raise NoAddressForLink
        if not ratelimit.consume(context.request, action="reset_password", key=user.email):
            raise TooManyAttempts
        user.reset_link_sent_at = clock.now()
        user.save(update_fields=["reset_link_sent_at", "updated_at"])
        record_event(Kind.RESET_SENT, user)
    get_adapter().send_reset_mail_of_staff(user)


def tell_password_set_by_staff(*, user: User) -> None:
    """Note a password that a superuser has set for a colleague, and mail it to them. Needs a request at hand."""
    record_event(Kind.PASSWORD_CHANGED, user)
    if user.email:
        get_adapter().send_mail("account/email/password_set_by_staff", user.email, {"user": user})


def follow_email_change(*, user: User, old_email: str | None) -> None:
    """Make the address that staff has written the one of log-in and reset, and tell the mailbox that it replaces.

    Needs a request at hand. The new address is not confirmed by this.
    """
    EmailAddress.objects.filter(user=user).exclude(email=user.email or "").delete()
    if user.email:
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"primary": True})
    record_event(Kind.EMAIL_CHANGED, user)
    if old_email:
        details = {"user": user, "to_email": user.email or ""}
        get_adapter().send_mail("account/email/email_changed_by_staff", old_email, details)


def reset_password(*, uid: str, key: str, password: str) -> User:
    """Set a new password with the two parts of a mailed link, which then is used up.

    All sessions and tokens of the account end. Raises InvalidResetLink, or InvalidInput for a weak password.
    """
    form = UserTokenForm({"uidb36": uid, "key": key})
    if not form.is_valid() or not isinstance(form.reset_user, User) or not form.reset_user.is_active:
        raise InvalidResetLink(field="key")
    user = form.reset_user
    require_good_password(password, user, field="password")
    store_password(user, password)
    finalize_password_reset(context.request, user)
    return user


def require_password(*, user: User, password: str, field: str = "password") -> None:
    """Raises WrongPassword unless it is theirs, TooManyAttempts when guesses pile up; they count like a log-in's."""
    # Without a request it is a command, where nobody guesses.
    known = user.check_password(password) if context.request is None else _prove(user, password)
    if not known:
        raise WrongPassword(field=field)


def _prove(user: User, password: str) -> bool:
    try:
        return bool(get_adapter().reauthenticate(user, password))
    except ValidationError as error:
        raise (error.__cause__ or TooManyAttempts()) from error


def change_password(*, user: User, old_password: str, new_password: str) -> None:
    """Change the password of somebody who knows the old one; the other sessions and all tokens end.

    Raises WrongPassword, TooManyAttempts, or InvalidInput for a weak new one.
    """
    require_password(user=user, password=old_password, field="old_password")
    require_good_password(new_password, user, field="new_password")
    store_password(user, new_password)
    record_event(Kind.PASSWORD_CHANGED, user)
    get_adapter().send_notification_mail("account/email/password_changed", user)


def remove_second_factor(*, user_id: UUID) -> None:
    """Take away the authenticator app and the recovery codes that somebody has lost; a mail tells them.

    Needs a request at hand. Who may is the caller's business, and so is to make sure who asks. Doing it again changes
    nothing. Raises NotFound.
    """
    with transaction.atomic():
        user = User.objects.filter(pk=user_id).select_for_update(no_key=True).first()
        if user is None:
            raise NotFound
        deleted, _rows = Authenticator.objects.filter(user=user).delete()
        if deleted:
            record_event(Kind.SECOND_FACTOR_RESET, user)
    if deleted and user.email:
        get_adapter().send_mail("mfa/email/second_factor_reset", user.email, {"user": user})


# --- Profile and address book ---------------------------------------------------------------------


@transaction.atomic
def update_profile(*, user: User, **changes: Unpack[ProfileChanges]) -> User:
    """Change what people say about themselves; what is not given stays. Raises InvalidInput naming the field."""
    fields, answers = split_consents(changes)
    _require_sold(fields.get("preferred_currency") or "", user)
    _assign(user, dict(fields), allowed=ProfileFields.__annotations__)
    _clean(user, list(fields))
    user.save(update_fields=[*fields, "updated_at"])
    record_consents(user=user, answers=answers)
    return user


def _require_sold(currency: str, user: User) -> None:
    """Raise InvalidInput for a currency that nothing is sold in; the one that somebody has already may stay."""
    if not currency or currency == user.preferred_currency or currency not in DECIMALS:
        return
    sold = sold_currencies()
    if currency not in sold:
        message = _("The shop does not sell in this currency. Choose one of these: %(sold)s.")
        raise InvalidInput(
            message % {"sold": ", ".join(sold)},
            code="currency_not_sold",
            field="preferred_currency",
            details={"sold": sold},
        )


@transaction.atomic
def add_address(*, user: User, **fields: Unpack[AddressFields]) -> Address:
    """Put an entry into the address book; the first one becomes the default for both purposes.

    Raises InvalidInput naming the field.
    """
    _lock_book(user)
    address = Address(user=user)
    _assign(address, dict(fields), allowed=AddressFields.__annotations__)
    _clean_address(address)
    wanted = [flag for flag in _DEFAULT_FLAGS if getattr(address, flag) or not _has_default(user, flag)]
    _save_with_defaults(address, wanted)
    return address


@transaction.atomic
def keep_address(*, user: User, **fields: Unpack[AddressFields]) -> Address:
    """As add_address(), unless the book has this very address: then that entry, a default where it is to be one.

    Pages use it, whose forms may be sent twice. Raises InvalidInput naming the field.
    """
    _lock_book(user)
    typed = {name: value for name, value in fields.items() if name not in _DEFAULT_FLAGS}
    same = Address.objects.filter(user=user, **typed).order_by("created_at", "id").first() if typed else None
    if same is None:
        return add_address(user=user, **fields)
    wanted: AddressFields = {flag: True for flag in _DEFAULT_FLAGS if fields.get(flag)}  # type: ignore[assignment]
    return update_address(user=user, address_id=same.pk, **wanted) if wanted else same


@transaction.atomic
def update_address(*, user: User, address_id: UUID, **changes: Unpack[AddressFields]) -> Address:
    """Change an entry of the user's own address book; what is not given stays.

    Raises NotFound for anybody else's entry, InvalidInput naming the field.
    """
    _lock_book(user)
    address = address_of(user=user, address_id=address_id)
    held = [flag for flag in _DEFAULT_FLAGS if getattr(address, flag)]
    _assign(address, dict(changes), allowed=AddressFields.__annotations__)
    if changes.keys() - set(_DEFAULT_FLAGS):
        # An entry from elsewhere may become the default as it is.
        _clean_address(address)
    _save_with_defaults(address, [flag for flag in _DEFAULT_FLAGS if getattr(address, flag) or flag in held])
    return address


def set_default_address(*, user: User, address_id: UUID, shipping: bool = False, billing: bool = False) -> Address:
    """Make an own entry the default for delivery, for invoices, or for both. Raises NotFound."""
    flags: AddressFields = {}
    if shipping:
        flags["is_default_shipping"] = True
    if billing:
        flags["is_default_billing"] = True
    return update_address(user=user, address_id=address_id, **flags)


@transaction.atomic
def delete_address(*, user: User, address_id: UUID) -> None:
    """Take an own entry out of the address book; its defaults pass to the oldest that is left. Raises NotFound."""
    _lock_book(user)
    address = address_of(user=user, address_id=address_id)
    orphaned = [flag for flag in _DEFAULT_FLAGS if getattr(address, flag)]
    address.delete()
    heir = Address.objects.filter(user=user).order_by("created_at", "id").first()
    if heir and orphaned:
        _save_with_defaults(heir, orphaned)


# --- Helpers --------------------------------------------------------------------------------------


def split_consents(changes: ProfileChanges) -> tuple[ProfileFields, dict[str, bool]]:
    """What belongs to the person's row, and the answers that are rows of their own."""
    answers = {name: bool(value) for name, value in changes.items() if name in _CONSENTS}
    fields = {name: value for name, value in changes.items() if name not in _CONSENTS}
    return cast("ProfileFields", fields), answers


def _use_second_factor(user: User, otp: str) -> None:
    """Take a code of the account, which then is used up; attempts are counted by account and address."""
    code = bare_code(otp)
    if not code:
        raise SecondFactorRequired(field="otp")
    guess = count_guess(request=context.request, user=user, at="code")
    form = AuthenticateForm({"code": code}, user=user)
    if not form.is_valid():
        raise InvalidSecondFactor(field="otp")
    guess.take_back()
    form.authenticator.record_usage()
    if form.authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record_event(Kind.RECOVERY_CODE_USED, user)


def _lock_book(user: User) -> None:
    """One writer at a time for each address book, the first entry included, which no row of its own could hold."""
    if not list(User.objects.filter(pk=user.pk).select_for_update(no_key=True).values_list("pk")):
        raise NotFound


def _has_default(user: User, flag: str) -> bool:
    return Address.objects.filter(user=user, **{flag: True}).exists()


def _save_with_defaults(address: Address, flags: list[str]) -> None:
    """Save a locked book's entry as the default for `flags`, which the other entries lose first."""
    for flag in flags:
        others = Address.objects.filter(user_id=address.user_id, **{flag: True}).exclude(pk=address.pk)
        others.update(**{flag: False}, updated_at=timezone.now())
        setattr(address, flag, True)
    address.save()


def _assign(row: models.Model, values: dict[str, Any], *, allowed: dict[str, Any]) -> None:
    if unknown := values.keys() - allowed.keys():
        raise TypeError(f"not to be changed here: {sorted(unknown)}")
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)


def _clean(row: models.Model, fields: list[str]) -> None:
    """Raises InvalidInput naming the first of the given fields that does not fit the model."""
    others = {field.name for field in row._meta.concrete_fields} - set(fields)
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        raise _invalid(error.error_dict) from error


def _clean_address(address: Address) -> None:
    address.country = address.country.upper()
    if address.country not in countries.CODES:
        raise InvalidInput(_("Not the two-letter code of a country."), code="unknown_country", field="country")
    parts = [name for name in AddressFields.__annotations__ if name not in _DEFAULT_FLAGS]
    # What was never said is the database's default.
    said = {part: value for part in parts if isinstance(value := getattr(address, part), str)}
    settled, wrong = address_rules(address.country).settle(said)
    if wrong:
        raise next(iter(wrong.values()))
    _assign(address, dict(settled), allowed=AddressFields.__annotations__)
    _clean(address, parts)


def require_good_password(password: str, user: User, *, field: str) -> None:
    """Raises InvalidInput naming the field for a password that others would guess, with all its reasons."""
    try:
        validate_password(normalise_password(password), user)
    except ValidationError as error:
        reasons = [str(message) for message in error.messages]
        raise InvalidInput(
            " ".join(reasons), code="weak_password", field=field, details={"reasons": reasons}
        ) from error


def _taken(error: IntegrityError) -> InvalidInput:
    diagnosis = getattr(error.__cause__, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", "") or ""
    return EmailTaken(field="email") if "email" in constraint else UsernameTaken(field="username")


def _invalid(errors: dict[str, list[ValidationError]]) -> InvalidInput:
    """The domain's refusal for a form's or model's errors: the first field, its messages as they are."""
    field, reasons = next(iter(errors.items()))
    messages = [str(message) for reason in reasons for message in reason.messages]
    return InvalidInput(" ".join(messages), code=str(reasons[0].code or "invalid_input"), field=field)
