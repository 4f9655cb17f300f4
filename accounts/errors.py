"""What accounts refuse."""

from math import ceil

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import DomainError, InvalidInput


class EmailTaken(InvalidInput):
    """Another account has this e-mail address."""

    code = "email_taken"
    message = _("A user with that e-mail address already exists.")


class UsernameTaken(InvalidInput):
    """Another account has this username, in whatever letter case or width."""

    code = "username_taken"
    message = _("A user with that username already exists.")


class UsernameIsAddress(InvalidInput):
    """The username has an @ and is not the account's own address: it is somebody else's, or may become it."""

    code = "username_is_address"
    message = _("A username with @ can only be your own e-mail address. Choose another username, or type that address.")


class InvalidCredentials(DomainError):
    """Unknown account, wrong password or a closed account: one answer for all, so that nobody can be found out."""

    code = "invalid_credentials"
    message = _("The log-in name or the password is wrong.")
    status = 401


class SecondFactorRequired(DomainError):
    """The password is right, and the account asks for a code besides."""

    code = "mfa_required"
    message = _("Please enter the code of your authenticator app too, or a recovery code.")
    status = 401


class InvalidSecondFactor(DomainError):
    """The code is wrong, too old, or was used already."""

    code = "mfa_invalid"
    message = _("This code is wrong or was used already. Wait for the next one.")
    status = 401


class TooManyAttempts(DomainError):
    """There were too many attempts, at this account or from this network; the same for accounts that are not there."""

    code = "too_many_attempts"
    message = _("Too many failed attempts. Please try again later.")
    status = 429
    retry_after = 600

    def __init__(self, *, retry_after: int | None = None) -> None:
        """`retry_after` are the seconds to wait, which people are told in minutes."""
        if retry_after is None:
            super().__init__()
            return
        minutes = ceil(retry_after / 60)
        super().__init__(
            ngettext(
                "Too many failed attempts. Please try again in %(minutes)d minute.",
                "Too many failed attempts. Please try again in %(minutes)d minutes.",
                minutes,
            )
            % {"minutes": minutes}
        )
        self.retry_after = retry_after


class InvalidSignupLink(InvalidInput):
    """The link was used, is too old, or was never sent."""

    code = "invalid_signup_link"
    message = _("This link has been used or is too old. Please create your account again.")


class NotThePasswordChosen(InvalidInput):
    """Another password than the one that the account was asked for with."""

    code = "wrong_password"
    message = _("This is not the password that you chose for your account.")


class WrongPassword(InvalidInput):
    """The current password that was given is not the account's."""

    code = "wrong_password"
    message = _("This is not your current password.")


class ProofRequired(DomainError):
    """A token alone does not open this."""

    code = "proof_required"
    message = _("Please confirm that it is you: log in again, or ask for a code by mail and send it along.")
    status = 403


class InvalidProof(InvalidInput):
    """The code is another, has run out, was used, or was guessed at too often: one answer for all."""

    code = "invalid_proof"
    message = _("This code is wrong or too old, or was used already. Please ask for a new one.")


class PasswordRequired(DomainError):
    """Codes are for those who have no password."""

    code = "password_required"
    message = _("Your account has a password. Please confirm with it that it is you.")


class NoConfirmedAddress(DomainError):
    """There is no mailbox that is known to be theirs."""

    code = "no_confirmed_address"
    message = _("Your account has no confirmed e-mail address. Please log in again, and repeat this right away.")


class NoAddressForLink(DomainError):
    """A closed account, or one without an address that a link could go to."""

    code = "no_address_for_link"
    message = _("This account is closed or has no e-mail address, so no link can be sent. Add the address first.")


class InvalidResetLink(InvalidInput):
    """The link was used, is too old, or was never sent."""

    code = "invalid_reset_link"
    message = _("This link has been used or is too old. Please ask for a new one.")
