"""Reads of people and their address books."""

from collections.abc import Collection
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Address, User
from accounts.person_words import PersonWords
from accounts.usernames import UsernameKey, normalise_username, username_key
from core.errors import NotFound
from core.text.emails import normalise_email
from core.text.words import BeginsWords


def user_by_login(login: str) -> User | None:
    """Whose e-mail address, or else whose username, this is in any spelling: letter case, width, composed or not."""
    return User.objects.filter(email=normalise_email(login)).first() or with_username(normalise_username(login)).first()


def people_called(logins: Collection[str]) -> dict[str, User]:
    """Return whose e-mail address, or else whose username, each of several texts is; nobody's are left out.

    Two queries however many there are. People whose personal data was erased have neither.
    """
    emails = {login: normalise_email(login) for login in logins}
    keys = {login: username_key(normalise_username(login)) for login in logins}
    by_email = {one.email: one for one in User.objects.filter(email__in=set(emails.values()))}
    named = User.objects.alias(key=UsernameKey("username")).filter(key__in=set(keys.values()))
    by_key = {username_key(one.username or ""): one for one in named}
    found = {login: by_email.get(emails[login]) or by_key.get(keys[login]) for login in logins}
    return {login: person for login, person in found.items() if person is not None}


def with_username(username: str) -> QuerySet[User]:
    """The account, if there is one, whose username is a spelling of this one."""
    return User.objects.alias(key=UsernameKey("username")).filter(key=username_key(username))


def name_of(column: str) -> Subquery:
    """The log-in name of the person whose id a column has, in the same query; NULL for nobody."""
    return Subquery(User.objects.filter(pk=OuterRef(column)).values_list(Coalesce("email", "username"))[:1])


def has_confirmed_email(user: User) -> bool:
    """Whether somebody has shown that the mailbox of their account's address is theirs. One query if there is one."""
    return has_confirmed(user, user.email)


def has_confirmed(user: User | None, email: str | None) -> bool:
    """Whether a person has shown that the mailbox of this address is theirs."""
    if user is None or not email:
        return False
    return bool(EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists())


def people_matching(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Those of whom each word of the text begins the e-mail address, the username, or a word of the name or company.

    None for a text without words. One index serves it.
    """
    return people.filter(BeginsWords(PersonWords(), text)) if text.split() else people.none()


def addresses_of(user: User) -> QuerySet[Address]:
    """A person's address book, the default for delivery first."""
    return Address.objects.filter(user=user).order_by("-is_default_shipping", "created_at", "id")


def address_of(*, user: User, address_id: UUID) -> Address:
    """One entry of a person's own address book. Raises NotFound for anybody else's."""
    address = Address.objects.filter(user=user, pk=address_id).first()
    if address is None:
        raise NotFound
    return address
