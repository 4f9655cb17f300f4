from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Address, CustomerGroup, CustomerGroupMembership, User
from carts.details import CheckoutDetails
from core.i18n.addresses import PostalAddress


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.Sequence(lambda n: f"user{n}@souk.example")
    first_name = "Amina"
    last_name = "Haddad"
    password = factory.django.Password("a-good-password-1")


class StaffFactory(UserFactory):
    is_staff = True
    is_superuser = True


class CustomerWithoutLogin(UserFactory):
    username = None
    email = None
    password = factory.django.Password(None)


class AddressFactory(DjangoModelFactory):
    class Meta:
        model = Address

    user = factory.SubFactory(UserFactory)
    full_name = "Amina Haddad"
    line1 = "12 rue des Oliviers"
    city = "Lyon"
    postal_code = "69001"
    country = "FR"


class CustomerGroupFactory(DjangoModelFactory):
    class Meta:
        model = CustomerGroup

    code = factory.Sequence(lambda n: f"group-{n}")
    name_en = factory.Sequence(lambda n: f"Group {n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = CustomerGroupMembership

    group = factory.SubFactory(CustomerGroupFactory)
    customer = factory.SubFactory(UserFactory)


def postal(**changes: str) -> dict[str, str]:
    """An address as carts and orders keep it."""
    address = {"full_name": "Amina Haddad", "line1": "1 Main Street", "city": "Austin", "region": "TX"}
    return address | {"postal_code": "78701", "country": "US"} | changes


def details_of(**given: Any) -> CheckoutDetails:
    """Details of a checkout of which these are given, addresses as postal() makes them."""
    return CheckoutDetails.only(
        **{name: PostalAddress(**value) if isinstance(value, dict) else value for name, value in given.items()}
    )
