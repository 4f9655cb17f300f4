"""Staff keeps people, and nobody gives themselves permissions."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import User
from tests.factories.accounts import AddressFactory, CustomerWithoutLogin, StaffFactory, UserFactory
from tests.factories.checkout import confirmed_order
from tests.factories.staff import colleague, errors_of, filled_in, staff_client

pytestmark = pytest.mark.django_db

KEEPS_PEOPLE = ("accounts.view_user", "accounts.change_user", "accounts.add_user", "accounts.delete_user")


def page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=[person.pk])


def save(person: User, client: Client | None = None, **changes: Any) -> HttpResponse:
    client = client or staff_client()
    return client.post(page_of(person), filled_in(client.get(page_of(person)), **changes))


class TestCustomers:
    def test_are_added_with_a_log_in_and_choose_their_password_themselves(self) -> None:
        client, address = staff_client(), reverse("admin:accounts_user_add")
        data = {"email": "Salma@Mail.example", "username": "salma"} | dict.fromkeys(
            ("password1", "password2"), "a-long-way-home-7"
        )

        response = client.post(address, filled_in(client.get(address), **data))

        person = User.objects.get(username="salma")
        assert response.headers["Location"] == page_of(person)
        assert person.email == "salma@mail.example"
        assert not person.has_usable_password()

    def test_without_a_log_in_stay_as_they_are(self) -> None:
        people = [CustomerWithoutLogin(company="Alfreds"), CustomerWithoutLogin(company="Ana Trujillo")]

        for person in people:
            assert save(person, phone="+49 30 007").status_code == 302

        assert list(User.objects.filter(phone="+49 30 007").values_list("email", "username")) == [(None, None)] * 2

    def test_share_no_e_mail_whatever_the_letter_case(self) -> None:
        UserFactory(email="salma@mail.example")

        response = save(UserFactory(), email="SALMA@mail.example")

        assert "A user with that e-mail address already exists." in errors_of(response)

    def test_share_no_username_whatever_the_letter_case(self) -> None:
        UserFactory(username="salma")

        response = save(UserFactory(), username="Salma")

        assert "A user with that username already exists." in errors_of(response)

    def test_log_in_with_the_new_address_only(self) -> None:
        person = UserFactory(email="old@mail.example")
        EmailAddress.objects.create(user=person, email="old@mail.example", primary=True, verified=True)

        save(person, email="new@mail.example")

        assert list(EmailAddress.objects.values_list("email", "verified")) == [("new@mail.example", False)]

    def test_are_shown_with_their_latest_orders(self) -> None:
        person = UserFactory()
        order = confirmed_order(customer=person)

        page = staff_client().get(page_of(person)).content.decode()

        assert order.number in page

    def test_with_orders_are_not_deleted(self) -> None:
        person = UserFactory()
        confirmed_order(customer=person)

        staff_client().post(reverse("admin:accounts_user_delete", args=[person.pk]), {"post": "yes"})

        assert User.objects.filter(pk=person.pk).exists()


class TestTheAddressBook:
    @pytest.fixture
    def person(self) -> User:
        person: User = UserFactory()
        AddressFactory(user=person, city="Lyon", is_default_shipping=True)
        AddressFactory(user=person, city="Paris")
        return person

    def test_hands_the_default_over_in_one_save(self, person: User) -> None:
        response = save(person, **{"addresses-0-is_default_shipping": None, "addresses-1-is_default_shipping": "on"})

        assert response.status_code == 302
        assert person.addresses.get(is_default_shipping=True).city == "Paris"

    def test_has_one_default(self, person: User) -> None:
        response = save(person, **{"addresses-1-is_default_shipping": "on"})

        assert "Choose one address as the default for delivery." in errors_of(response)
        assert person.addresses.get(is_default_shipping=True).city == "Lyon"


class TestPermissions:
    def test_are_given_by_superusers(self) -> None:
        person, group = UserFactory(), Group.objects.create(name="Packers")

        save(person, is_staff="on", groups=[group.pk])

        person.refresh_from_db()
        assert person.is_staff
        assert list(person.groups.all()) == [group]

    def test_are_not_given_by_who_keeps_people(self) -> None:
        person, client = UserFactory(), staff_client(*KEEPS_PEOPLE)

        response = save(person, client, phone="+33 1", is_staff="on", is_superuser="on")

        person.refresh_from_db()
        assert (response.status_code, person.phone) == (302, "+33 1")
        assert not person.is_staff
        assert not person.is_superuser

    @pytest.mark.parametrize("rank", [{"is_superuser": True}, {"is_superuser": False}])
    def test_are_not_got_by_setting_a_colleagues_password(self, rank: dict[str, bool]) -> None:
        boss = StaffFactory(**rank)
        client = staff_client(*KEEPS_PEOPLE)
        password = dict.fromkeys(("password1", "password2"), "now-it-is-mine-7")

        assert client.post(f"/admin/accounts/user/{boss.pk}/password/", password).status_code == 403
        assert client.post(page_of(boss), {"first_name": "Me"}).status_code == 403
        assert client.post(reverse("admin:accounts_user_delete", args=[boss.pk]), {"post": "yes"}).status_code == 403
        boss.refresh_from_db()
        assert boss.check_password("a-good-password-1")

    @pytest.mark.parametrize("permissions", [KEEPS_PEOPLE, ()], ids=["keeps people", "superuser"])
    def test_a_customers_password_is_set_by_nobody_else(self, permissions: tuple[str, ...]) -> None:
        person = UserFactory()
        client = staff_client(*permissions)
        password = dict.fromkeys(("password1", "password2"), "a-long-way-home-7") | {"usable_password": "true"}

        assert client.get(f"/admin/accounts/user/{person.pk}/password/").status_code == 403
        assert client.post(f"/admin/accounts/user/{person.pk}/password/", password).status_code == 403

        person.refresh_from_db()
        assert person.check_password("a-good-password-1")
        assert f"/admin/accounts/user/{person.pk}/password/" not in client.get(page_of(person)).text


def test_tokens_are_shown_to_nobody() -> None:
    assert not admin.site.is_registered(OutstandingToken)


def test_a_colleague_without_permissions_sees_an_empty_admin() -> None:
    person = colleague("accounts.view_user")
    person.user_permissions.clear()
    client = Client()
    client.force_login(person)

    assert client.get(reverse("admin:index")).status_code == 200
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403
