"""What the database refuses of people, whoever writes."""

import pytest
from django.db import IntegrityError, connection

from tests.factories.accounts import AddressFactory, CustomerWithoutLogin, UserFactory

pytestmark = pytest.mark.django_db


def test_an_email_in_use_in_other_letters() -> None:
    UserFactory(email="Amina@Souk.example")
    with pytest.raises(IntegrityError, match="email_unique"):
        UserFactory(email="amina@souk.example")


def test_an_email_in_capitals_written_in_sql() -> None:
    user = UserFactory()
    with pytest.raises(IntegrityError, match="email_lower"), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET email = 'A@B.example' WHERE id = %s", [user.pk])


def test_a_username_in_use() -> None:
    UserFactory(username="amina")
    with pytest.raises(IntegrityError):
        UserFactory(username="amina")


def test_customers_without_login_do_not_stand_in_each_others_way() -> None:
    first, second = CustomerWithoutLogin(), CustomerWithoutLogin()
    assert first.pk != second.pk
    assert not first.has_usable_password()


@pytest.mark.parametrize("flag", ["is_default_shipping", "is_default_billing"])
def test_two_default_addresses(flag: str) -> None:
    address = AddressFactory(**{flag: True})
    with pytest.raises(IntegrityError):
        AddressFactory(user=address.user, **{flag: True})


def test_an_address_in_no_country() -> None:
    with pytest.raises(IntegrityError, match="country_iso"):
        AddressFactory(country="fr")
