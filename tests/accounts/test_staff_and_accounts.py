"""Staff helps people into their accounts, and comes into none of them: everything leaves a name and a mail."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.erasure import erase_person
from accounts.models import Address, SecurityEvent, User
from accounts.roles import sync_roles
from audit.models import Change
from tests.factories.accounts import AddressFactory, CustomerWithoutLogin, StaffFactory, UserFactory
from tests.factories.staff import colleague, filled_in, staff_client

pytestmark = pytest.mark.django_db

KEEPS_PEOPLE = ("accounts.view_user", "accounts.change_user", "accounts.add_user", "accounts.delete_user")


@pytest.fixture
def amina() -> User:
    user: User = UserFactory(email="amina@souk.example", preferred_language="fr", first_name="Amina")
    return user


def of_role(role: str) -> tuple[User, Client]:
    sync_roles()
    person, client = StaffFactory(is_superuser=False), Client()
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)
    return person, client


def page_of(person: User) -> str:
    return reverse("admin:accounts_user_change", args=[person.pk])


def link_page(person: User) -> str:
    return reverse("admin:accounts_user_send_reset_link", args=[person.pk])


def save(person: User, client: Client, **changes: Any) -> HttpResponse:
    return client.post(page_of(person), filled_in(client.get(page_of(person)), **changes))


# --- The link -------------------------------------------------------------------------------------


def test_support_sends_a_link_in_the_customers_language(amina: User) -> None:
    _karim, client = of_role("support")
    assert link_page(amina) in client.get(page_of(amina)).text
    assert client.post(link_page(amina)).status_code == 302
    (message,) = mail.outbox
    assert message.to == ["amina@souk.example"]
    assert "/fr/account/password/reset/key/" in message.body
    assert "mot de passe" in message.subject


def test_the_link_sets_a_password_that_opens_the_account(amina: User, client: Client) -> None:
    staff_client(*KEEPS_PEOPLE).post(link_page(amina))
    link = re.search(r"http://testserver(\S+/key/\S+)", mail.outbox[0].body)
    assert link is not None
    form = client.get(link[1], follow=True)
    passwords = dict.fromkeys(("password1", "password2"), "nine tall fig trees")
    client.post(form.redirect_chain[-1][0], passwords)
    amina.refresh_from_db()
    assert amina.check_password("nine tall fig trees")


def test_the_audit_and_the_owners_events_show_who_sent_it(amina: User) -> None:
    karim, client = of_role("support")
    client.post(link_page(amina))
    change = Change.objects.filter(model="accounts.user", object_id=str(amina.pk)).latest("id")
    assert (change.actor_id, change.door) == (karim.pk, "admin")
    assert set(change.after) == {"reset_link_sent_at"}
    event = SecurityEvent.objects.get(user=amina)
    assert (event.kind, event.actor_id) == ("reset_sent", karim.pk)
    page = staff_client().get(reverse("admin:accounts_securityevent_changelist")).text
    assert karim.email in page


def test_looking_sends_nothing(amina: User) -> None:
    assert staff_client(*KEEPS_PEOPLE).get(link_page(amina)).status_code == 200
    assert mail.outbox == []


@pytest.mark.parametrize("rank", [{"is_superuser": True}, {"is_superuser": False}])
def test_no_link_goes_to_colleagues_but_from_superusers(rank: dict[str, bool]) -> None:
    boss = StaffFactory(**rank)
    assert staff_client(*KEEPS_PEOPLE).post(link_page(boss)).status_code == 403
    assert mail.outbox == []
    assert staff_client().post(link_page(boss)).status_code == 302
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("state", [{"email": None}, {"is_active": False}])
def test_no_link_goes_to_a_closed_account_or_to_nowhere(amina: User, state: dict[str, Any]) -> None:
    User.objects.filter(pk=amina.pk).update(**state)
    client = staff_client()
    client.post(link_page(amina))
    assert link_page(amina) not in client.get(page_of(amina)).text
    assert mail.outbox == []


def test_links_to_one_address_are_limited(amina: User) -> None:
    client = staff_client()
    for _again in range(8):
        client.post(link_page(amina))
    assert len(mail.outbox) == 5


# --- Passwords ------------------------------------------------------------------------------------


def test_a_superuser_sets_a_colleagues_password_who_is_told() -> None:
    karim = StaffFactory(is_superuser=False, email="karim@souk.example", preferred_language="ar")
    boss, client = colleague(), Client()
    client.force_login(boss)
    password = dict.fromkeys(("password1", "password2"), "a-long-way-home-7") | {"usable_password": "true"}
    assert client.post(f"/admin/accounts/user/{karim.pk}/password/", password).status_code == 302
    karim.refresh_from_db()
    assert karim.check_password("a-long-way-home-7")
    (message,) = mail.outbox
    assert message.to == ["karim@souk.example"]
    assert "/ar/account/password/reset/" in message.body
    event = SecurityEvent.objects.get(user=karim)
    assert (event.kind, event.actor_id) == ("password_changed", boss.pk)
    change = Change.objects.filter(model="accounts.user", object_id=str(karim.pk)).latest("id")
    assert (change.after, change.actor_id) == ({"password": "…"}, boss.pk)


@pytest.mark.parametrize("field", ["password", "password1", "usable_password"])
def test_the_page_of_a_customer_takes_no_password(amina: User, field: str) -> None:
    save(amina, staff_client(), **{field: "a-long-way-home-7"})
    amina.refresh_from_db()
    assert amina.check_password("a-good-password-1")


def test_staff_changes_its_own_password_on_the_page_that_limits_guesses() -> None:
    answer = staff_client().get("/admin/password_change/")
    assert answer["Location"].endswith("/account/password/change/")


# --- E-mail addresses -----------------------------------------------------------------------------


def test_support_does_not_change_a_customers_address(amina: User) -> None:
    _karim, client = of_role("support")
    assert save(amina, client, email="karim@mine.example", phone="+33 1 22 33 44").status_code == 302
    amina.refresh_from_db()
    assert (amina.email, amina.phone) == ("amina@souk.example", "+33 1 22 33 44")
    assert not EmailAddress.objects.filter(email="karim@mine.example").exists()


def test_support_gives_an_imported_customer_no_address_of_its_own_either() -> None:
    imported = CustomerWithoutLogin(company="Alfreds")
    _karim, client = of_role("support")
    save(imported, client, email="karim@mine.example")
    imported.refresh_from_db()
    assert imported.email is None


def test_who_may_changes_it_and_the_old_mailbox_is_told(amina: User) -> None:
    karim, client = of_role("admin")
    assert save(amina, client, email="new@souk.example").status_code == 302
    (message,) = mail.outbox
    assert message.to == ["amina@souk.example"]
    assert "new@souk.example" in message.body
    event = SecurityEvent.objects.get(user=amina)
    assert (event.kind, event.actor_id) == ("email_changed", karim.pk)
    change = Change.objects.get(model="accounts.user", object_id=str(amina.pk), operation="update")
    assert change.actor_id == karim.pk
    assert change.before["email"] == "amina@souk.example"


def test_an_address_that_only_differs_in_its_letter_case_is_no_change(amina: User) -> None:
    save(amina, staff_client(), email="AMINA@souk.example")
    assert mail.outbox == []
    assert not SecurityEvent.objects.filter(user=amina).exists()


def test_allauths_table_of_addresses_is_only_looked_at(amina: User) -> None:
    row = EmailAddress.objects.create(user=amina, email="amina@souk.example", primary=True)
    client = staff_client("account.view_emailaddress", "account.change_emailaddress", "account.add_emailaddress")
    page = reverse("admin:account_emailaddress_change", args=[row.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"user": amina.pk, "email": "karim@mine.example"}).status_code == 403
    assert client.post(reverse("admin:account_emailaddress_add"), {}).status_code == 403
    listed = reverse("admin:account_emailaddress_changelist")
    client.post(listed, {"action": "make_verified", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert (row.email, row.verified) == ("amina@souk.example", False)


# --- Permissions ----------------------------------------------------------------------------------


def test_a_group_is_changed_by_superusers_only() -> None:
    own = Group.objects.create(name="night shift")
    client = staff_client("auth.view_group", "auth.change_group", "auth.add_group", "auth.delete_group")
    page = reverse("admin:auth_group_change", args=[own.pk])
    permission = Permission.objects.get(codename="change_payment")
    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "night shift", "permissions": [permission.pk]}).status_code == 403
    assert client.post(reverse("admin:auth_group_add"), {"name": "new"}).status_code == 403
    assert client.post(reverse("admin:auth_group_delete", args=[own.pk]), {"post": "yes"}).status_code == 403
    assert own.permissions.count() == 0


def test_nobody_deletes_colleagues_from_the_list(amina: User) -> None:
    boss = StaffFactory(is_superuser=False)
    client = staff_client(*KEEPS_PEOPLE)
    picked = {"action": "delete_selected", "_selected_action": [boss.pk, amina.pk], "post": "yes"}
    client.post(reverse("admin:accounts_user_changelist"), picked)
    assert User.objects.filter(pk=boss.pk).exists()


def test_a_colleagues_addresses_are_not_changed_by_who_keeps_people() -> None:
    boss = StaffFactory(is_superuser=False)
    AddressFactory(user=boss, city="Lyon")
    client = staff_client(*KEEPS_PEOPLE, "accounts.view_address", "accounts.change_address")
    form = filled_in(client.get(page_of(boss)), **{"addresses-0-city": "Paris"})
    assert client.post(page_of(boss), form).status_code == 403
    assert Address.objects.get().city == "Lyon"


# --- The audit ------------------------------------------------------------------------------------


def test_addresses_are_told_in_their_persons_history(amina: User) -> None:
    karim, client = of_role("support")
    entry = AddressFactory(user=amina, city="Lyon")
    save(amina, client, **{"addresses-0-city": "Paris"})
    change = Change.objects.get(model="accounts.address", operation="update")
    assert (change.before["city"], change.after["city"]) == ("Lyon", "Paris")
    assert (change.object_id, change.parent_id, change.actor_id) == (str(entry.pk), str(amina.pk), karim.pk)
    history = client.get(reverse("admin:accounts_user_history", args=[amina.pk])).text
    assert "Paris" in history


def test_an_erasure_leaves_no_address_in_the_audit_not_even_of_deleted_entries(amina: User) -> None:
    EmailAddress.objects.create(user=amina, email="amina@souk.example", primary=True)
    AddressFactory(user=amina, city="Oldtown").delete()
    AddressFactory(user=amina, city="Newtown", full_name="Amina Haddad")
    erase_person(user_id=amina.pk)
    kept = str(list(Change.objects.filter(parent_id=str(amina.pk)).values_list("before", "after")))
    assert "…" in kept
    assert not any(word in kept for word in ("Oldtown", "Newtown", "Haddad", "amina@souk.example"))
