"""Who the people of another issuer are here: by issuer and subject, never by e-mail address."""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import ExternalIdentity, User
from core.errors import DomainError, InvalidInput
from core.text.cleaning import clean_line
from core.text.emails import normalise_email


class UnknownIdentity(DomainError):
    """The token is good, and its subject has no account here."""

    code = "unknown_identity"
    message = _("This log-in has no account in the shop yet.")
    status = 401


def user_of_claims(claims: dict[str, Any]) -> User:
    """The person whom checked claims name; on first sight a new one, if TOKEN_CREATE_USERS allows it.

    Raises UnknownIdentity for a subject without an account, and for a closed account.
    """
    issuer, subject = claims["iss"], claims["sub"]
    user = _known(issuer, subject)
    if user is None and settings.TOKEN_CREATE_USERS:
        user = _create(issuer, subject, claims)
    if user is None or not user.is_active:
        raise UnknownIdentity
    return user


def confirmed_email(claims: dict[str, Any]) -> str | None:
    """The address that checked claims name, in lower case, if the issuer has confirmed it."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str) or len(email) > 254:
        return None
    email = normalise_email(email)
    return email if email.isprintable() else None


def _known(issuer: str, subject: str) -> User | None:
    identity = ExternalIdentity.objects.select_related("user").filter(issuer=issuer, subject=subject).first()
    return identity.user if identity else None


def _create(issuer: str, subject: str, claims: dict[str, Any]) -> User | None:
    """A new account without a password. None if it cannot be, because its e-mail address was taken this moment."""
    user = User(
        first_name=_text(claims, "given_name"), last_name=_text(claims, "family_name"), email=_free_email(claims)
    )
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
            ExternalIdentity.objects.create(user=user, issuer=issuer, subject=subject)
    except IntegrityError:
        # Another request of the same person was first.
        return _known(issuer, subject)
    return user


def _text(claims: dict[str, Any], name: str) -> str:
    """A line of a claim, empty for what is none: the issuer's people are not asked to correct it."""
    value = claims.get(name)
    try:
        return clean_line(value)[:150] if isinstance(value, str) else ""
    except InvalidInput:
        return ""


def _free_email(claims: dict[str, Any]) -> str | None:
    """The address if nobody here has it: an account is never taken over by it."""
    email = confirmed_email(claims)
    return None if email is None or User.objects.filter(email=email).exists() else email
