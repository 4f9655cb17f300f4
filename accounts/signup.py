"""How an account comes about: asked for, confirmed by a mailed link, and only then there.

Until somebody shows that the mailbox is theirs, nothing that they see depends on whether its address has an account:
it is the same answer, the same work, the same row and one mail. Log-in does not know the new name yet, and nobody
holds it.
"""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Unpack, cast

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import context, ratelimit
from django.contrib.auth.hashers import check_password
from django.db import transaction

from accounts.consents import record_consents
from accounts.errors import InvalidSignupLink, NotThePasswordChosen, TooManyAttempts
from accounts.models import Signup, User
from accounts.passwords import spellings_of_password
from accounts.services import ProfileChanges, new_user, require_good_password, split_consents, store_user
from core import clock
from core.db.locking import lock_rows
from core.limits import Use, mailbox, use_limits

# How long the mailed link works.
_GOOD_FOR = timedelta(days=3)


def ask_to_sign_up(
    *,
    email: str,
    username: str,
    password: str,
    language: str | None = None,
    next_url: str = "",
    **profile: Unpack[ProfileChanges],
) -> None:
    """Mail a link that makes the account; who has one already is told so by mail. Needs a request at hand.

    `next_url` is where the link leads on to. Raises UsernameTaken or InvalidInput naming the field, and TooManyAttempts
    or LimitReached when mails to the address pile up; none of them depends on whether the address has an account.
    """
    fields, _answers = split_consents(profile)
    user = new_user(email=email, username=username, language=language, **fields)
    email, username = user.email or "", user.username or ""
    require_good_password(password, user, field="password")
    if not ratelimit.consume(context.request, action="signup_mail", key=email):
        raise TooManyAttempts
    use_limits([Use("recipient_mails", mailbox(email))])
    user.set_password(password)
    key = secrets.token_urlsafe(32)
    details = {name: value for name, value in profile.items() if name != "preferred_language"}
    Signup.objects.create(
        key_digest=_digest(key),
        email=email,
        username=username,
        password=user.password,
        preferred_language=user.preferred_language,
        details=details,
        expires_at=clock.now() + _GOOD_FOR,
    )
    adapter = get_adapter(context.request)
    if owner := User.objects.filter(email=email).first():
        adapter.send_account_already_exists_mail(owner)
    else:
        adapter.send_signup_mail(email, key, language=user.preferred_language, next_url=next_url)


def find_signup(key: str) -> Signup:
    """What the mailed key stands for. Raises InvalidSignupLink for one that is used up, too old or made up."""
    waiting = Signup.objects.filter(key_digest=_digest(key), expires_at__gt=clock.now()).first()
    if waiting is None:
        raise InvalidSignupLink(field="key")
    return waiting


def confirm_signup(*, key: str, password: str, username: str = "") -> User:
    """Make the account that was asked for, its address confirmed. Needs a request at hand.

    The password shows that who reads the mailbox also asked for the account: nobody opens one for somebody else. A
    `username` replaces the one asked for, which somebody may have taken meanwhile. Raises InvalidSignupLink,
    NotThePasswordChosen, UsernameTaken, EmailTaken, InvalidInput or TooManyAttempts.
    """
    waiting = find_signup(key)
    if not ratelimit.consume(context.request, action="confirm_signup", key=waiting.key_digest):
        raise TooManyAttempts
    if not any(check_password(spelling, waiting.password) for spelling in spellings_of_password(password)):
        raise NotThePasswordChosen(field="password")
    fields, answers = split_consents(cast("ProfileChanges", dict(waiting.details)))
    user = new_user(
        email=waiting.email, username=username or waiting.username, language=waiting.preferred_language, **fields
    )
    # It may be another name than the one that the password was held against.
    require_good_password(password, user, field="username")
    user.password = waiting.password
    with transaction.atomic():
        # All that wait for one address, so that of two links followed at once one waits for the other.
        if waiting not in lock_rows(Signup.objects.filter(email=waiting.email)):
            raise InvalidSignupLink(field="key")
        store_user(user)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        record_consents(user=user, answers=answers)
        Signup.objects.filter(email=waiting.email).delete()
    return user


def forget_expired_signups() -> int:
    """Delete what nobody confirmed in time. Returns how many."""
    return Signup.objects.filter(expires_at__lte=clock.now()).delete()[0]


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
