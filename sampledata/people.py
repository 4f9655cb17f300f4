"""Writes the demo shop's people: two log-ins and customers with their address books."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services import AddressFields, add_address, new_user, store_user
from sampledata.content import PersonText, ShopText
from sampledata.rows import SOURCE, rows_by_key

JOINED_DAYS_AGO = 80


def write_people(shop: ShopText, *, now: datetime) -> dict[str, User]:
    """The people by key; who is there already stays as they are. Needs a transaction.

    Raises EmailTaken or UsernameTaken if somebody else has a demo log-in's name.
    """
    people = rows_by_key(User)
    for place, text in enumerate(shop.people):
        if text.key not in people:
            people[text.key] = _write(text, joined=now - timedelta(days=JOINED_DAYS_AGO - place, hours=place))
    return people


def _write(text: PersonText, *, joined: datetime) -> User:
    user = _with_login(text) if text.username else _without_login(text)
    user.source, user.source_key = SOURCE, text.key
    user.created_at = user.date_joined = joined
    user.save()
    for address in text.addresses:
        add_address(user=user, **_address(text, address))
    return user


def _with_login(text: PersonText) -> User:
    user = new_user(
        email=text.email,
        username=text.username or "",
        language=text.language,
        first_name=text.first_name,
        last_name=text.last_name,
        phone=text.phone,
    )
    # A demonstration's passwords are printed for everybody to read; nothing is won by making them hard to guess.
    user.set_password(text.password or "")
    store_user(user)
    user.is_staff = user.is_superuser = text.is_staff
    EmailAddress.objects.create(user=user, email=text.email, primary=True, verified=True)
    return user


def _without_login(text: PersonText) -> User:
    user = User(
        email=text.email,
        first_name=text.first_name,
        last_name=text.last_name,
        company=text.company,
        phone=text.phone,
        preferred_language=text.language,
    )
    user.set_unusable_password()
    return user


def _address(text: PersonText, address: dict[str, str]) -> AddressFields:
    return AddressFields(
        full_name=text.full_name,
        company=text.company,
        phone=text.phone,
        line1=address["line1"],
        line2=address.get("line2", ""),
        city=address["city"],
        region=address.get("region", ""),
        postal_code=address["postal_code"],
        country=address["country"],
    )
