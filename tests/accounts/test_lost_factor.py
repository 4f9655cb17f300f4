"""Staff removes a second factor that somebody has lost: with a permission, after a question, and not in silence."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import SecurityEvent, User
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.staff import colleague, staff_client

pytestmark = pytest.mark.django_db

MAY = ("accounts.view_user", "accounts.unlock_user")


def with_app(person: User) -> User:
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)
    return person


def door_to(person: User) -> str:
    return reverse("admin:accounts_user_remove_second_factor", args=[person.pk])


def remove(person: User, client: Client) -> int:
    status: int = client.post(door_to(person)).status_code
    return status


@pytest.fixture
def amina() -> User:
    return with_app(UserFactory(email="amina@souk.example", preferred_language="fr"))


def test_the_app_and_the_recovery_codes_go(amina: User) -> None:
    assert remove(amina, staff_client(*MAY)) == 302
    assert not Authenticator.objects.exists()


def test_nothing_goes_before_the_question_is_answered(amina: User) -> None:
    page = staff_client(*MAY).get(door_to(amina))
    assert "Make sure first who asks for it." in page.text
    assert Authenticator.objects.count() == 2


def test_the_owner_sees_it_and_gets_a_mail_in_their_language(amina: User) -> None:
    remove(amina, staff_client(*MAY))
    event = SecurityEvent.objects.get(user=amina)
    assert (event.kind, event.door) == ("second_factor_reset", "admin")
    (message,) = mail.outbox
    assert message.to == ["amina@souk.example"]
    assert "deux étapes" in message.subject
    assert "/fr/account/password/reset/" in message.body


def test_it_takes_the_permission(amina: User) -> None:
    client = staff_client("accounts.view_user", "accounts.change_user")
    assert remove(amina, client) == 403
    assert Authenticator.objects.count() == 2


def test_a_colleagues_can_go_but_a_superusers_only_by_another(amina: User) -> None:
    karim = with_app(StaffFactory(is_superuser=False))
    chief = with_app(StaffFactory())
    client = staff_client(*MAY)
    assert remove(karim, client) == 302
    assert remove(chief, client) == 403
    assert remove(chief, staff_client()) == 302
    assert set(Authenticator.objects.values_list("user", flat=True)) == {amina.pk}


def test_nobody_removes_their_own() -> None:
    person, client = with_app(colleague(*MAY)), Client()
    client.force_login(person)
    assert remove(person, client) == 403
    assert Authenticator.objects.count() == 2


def test_who_has_none_has_nothing_removed() -> None:
    person = UserFactory()
    assert remove(person, staff_client(*MAY)) == 302
    assert not SecurityEvent.objects.filter(user=person).exists()
    assert mail.outbox == []
