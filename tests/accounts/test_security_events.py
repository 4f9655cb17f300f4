"""What happens to the ways into an account is kept, shown to its owner and to staff, and never changed."""

import io
import re
from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts import tasks
from accounts.models import SecurityEvent, User
from accounts.security import prune_security_events, record_erasure
from core import clock
from tests.factories.accounts import UserFactory
from tests.factories.staff import colleague, filled_in, staff_client

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
NEW_PASSWORD = "nine tall fig trees"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
V1 = "/api/v1"
DEVICES = "/en/account/devices/"


@pytest.fixture
def amina() -> User:
    user: User = UserFactory(username="amina", email="amina@souk.example")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def browser(login: str = "amina", password: str = PASSWORD) -> Client:
    client = Client(HTTP_USER_AGENT=FIREFOX)
    client.post("/en/account/login/", {"login": login, "password": password})
    return client


def device(login: str = "amina", password: str = PASSWORD, **more: str) -> Any:
    return APIClient().post(f"{V1}/auth/login", {"login": login, "password": password, **more})


def tokens() -> dict[str, str]:
    given: dict[str, str] = device().json()["data"]
    return given


def post(client: Client, address: str, data: dict[str, str]) -> None:
    """What a page is sent; where it asks for the password again, it gets it."""
    answer = client.post(address, data)
    if "/reauthenticate/" in answer.headers.get("Location", ""):
        client.post(answer["Location"], {"password": PASSWORD, "next": address}, follow=True)


def kinds(user: User | None) -> list[str]:
    return list(SecurityEvent.objects.filter(user=user).order_by("created_at", "id").values_list("kind", flat=True))


# --- What is kept ---------------------------------------------------------------------------------


def test_a_log_in_by_page_is_kept_with_where_it_came_from(amina: User) -> None:
    browser()
    event = SecurityEvent.objects.get(user=amina)
    assert (event.kind, event.door, event.address, event.device) == (
        "logged_in",
        "page",
        "127.0.0.1",
        "Firefox · Windows",
    )
    assert event.request_id


@pytest.mark.parametrize("door", ["api", "admin"])
def test_a_log_in_by_another_door_says_which(amina: User, door: str) -> None:
    if door == "api":
        device()
    else:
        User.objects.update(is_staff=True)
        Client().post("/admin/login/", {"username": "amina", "password": PASSWORD})
    assert SecurityEvent.objects.get().door == door
    assert kinds(amina) == ["logged_in"]


def test_wrong_passwords_are_kept_and_the_lock_once(amina: User) -> None:
    for _ in range(8):
        device(password="a guess")
    assert kinds(amina) == ["log_in_failed"] * 5 + ["locked"]


def test_a_name_that_nobody_has_is_kept_without_the_name() -> None:
    device("nobody@souk.example")
    assert kinds(None) == ["log_in_failed"]


def test_logging_out_is_kept_at_page_and_api(amina: User) -> None:
    browser().post("/en/account/logout/")
    APIClient().post(f"{V1}/auth/logout", {"refresh": tokens()["refresh"]})
    assert kinds(amina) == ["logged_in", "logged_out"] * 2


def test_a_changed_password_is_kept_at_page_api_and_admin(amina: User) -> None:
    client = Client()
    client.force_login(amina)
    data = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post("/en/account/password/change/", data)
    api = APIClient()
    api.force_authenticate(User.objects.get(pk=amina.pk))
    api.post(f"{V1}/auth/password/change", {"old_password": NEW_PASSWORD, "new_password": PASSWORD})
    # Only a colleague's password is set in the admin.
    User.objects.filter(pk=amina.pk).update(is_staff=True)
    address = reverse("admin:auth_user_password_change", args=[amina.pk])
    staff_client().post(address, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"})
    assert kinds(amina).count("password_changed") == 3


def test_a_forgotten_password_is_kept_when_the_link_is_asked_for_and_when_it_is_used(amina: User) -> None:
    APIClient().post(f"{V1}/auth/password/reset", {"email": amina.email})
    found = re.search(r"/password/reset/key/(\w+)-([\w-]+)/", mail.outbox[0].body)
    assert found
    data = {"uid": found[1], "key": found[2], "password": NEW_PASSWORD}
    assert APIClient().post(f"{V1}/auth/password/reset/confirm", data).status_code == 200
    assert kinds(amina) == ["reset_asked", "password_reset"]


def test_a_changed_address_is_kept_and_a_first_confirmation_is_none(amina: User) -> None:
    EmailAddress.objects.update(verified=False)
    client = browser()
    post(client, "/en/account/email/", {"email": amina.email, "action_send": ""})
    for new in (None, "amina@new.example"):
        if new:
            post(client, "/en/account/email/", {"email": new, "action_add": ""})
        found = re.search(r"http://testserver(/\S+confirm-email\S+)", mail.outbox[-1].body)
        assert found
        client.post(found[1])
        assert kinds(amina).count("email_changed") == (1 if new else 0)


def test_staff_who_change_an_address_leave_it_in_the_owners_list(amina: User) -> None:
    client, page = staff_client(), reverse("admin:accounts_user_change", args=[amina.pk])
    client.post(page, filled_in(client.get(page), email="other@souk.example"))
    assert kinds(amina) == ["email_changed"]


def test_a_recovery_code_that_is_used_is_kept(amina: User) -> None:
    TOTP.activate(amina, generate_totp_secret())
    code = RecoveryCodes.activate(amina).get_unused_codes()[0]
    assert device(otp=code).status_code == 200
    assert kinds(amina) == ["recovery_code_used", "logged_in"]


def test_a_wrong_code_is_kept(amina: User) -> None:
    TOTP.activate(amina, generate_totp_secret())
    device(otp="000000")
    assert kinds(amina) == ["log_in_failed"]


def test_switching_the_two_step_log_in_off_is_kept(amina: User) -> None:
    TOTP.activate(amina, generate_totp_secret())
    client = Client()
    client.force_login(amina)
    asked = client.post(reverse("mfa_deactivate_totp"))
    client.post(asked["Location"], {"password": PASSWORD, "next": reverse("mfa_deactivate_totp")}, follow=True)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert "second_factor_off" in kinds(amina)


def test_a_device_that_is_logged_out_from_elsewhere_is_kept(amina: User) -> None:
    tokens()
    browser().post(reverse("accounts:end_sessions"))
    assert kinds(amina)[-1] == "session_ended"


def test_a_refresh_token_used_twice_is_kept_and_a_made_up_one_is_not(amina: User) -> None:
    refresh = tokens()["refresh"]
    APIClient().post(f"{V1}/auth/refresh", {"refresh": refresh})
    assert "token_reused" not in kinds(amina)
    assert APIClient().post(f"{V1}/auth/refresh", {"refresh": refresh}).status_code == 401
    assert APIClient().post(f"{V1}/auth/refresh", {"refresh": refresh[:-4] + "abcd"}).status_code == 401
    assert kinds(amina).count("token_reused") == 1


# --- Who sees it ----------------------------------------------------------------------------------


def test_the_page_of_devices_shows_the_owner_what_happened_and_nothing_of_others(amina: User) -> None:
    UserFactory(username="bilal")
    device("bilal", "a guess")
    page = browser().get(DEVICES).text
    assert "Recent security activity" in page
    assert "Logged in" in page
    assert "Wrong password or code" not in page


def test_the_page_costs_the_same_however_much_happened(
    amina: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser()
    client.get(DEVICES)
    for number in range(12):
        SecurityEvent.objects.create(user=amina, kind="log_in_failed", door="api", device=f"device {number}")
    with django_assert_num_queries(5):
        page = client.get(DEVICES).text
    assert page.count("Wrong password or code") == 10


def test_the_owner_takes_it_with_their_data(amina: User) -> None:
    client = APIClient()
    client.force_authenticate(amina)
    answer = client.post(f"{V1}/users/me/export", {"password": PASSWORD})
    exported = b"".join(answer.streaming_content).decode()
    assert '"security_events"' in exported
    assert '"exported"' in exported


def test_erasing_a_person_leaves_only_that_it_was_done(amina: User) -> None:
    client = browser()
    post(client, reverse("accounts:erase"), {"login": "amina"})
    event = SecurityEvent.objects.get(user=amina)
    assert (event.kind, event.address, event.device) == ("erased", None, "")


def test_no_event_can_be_changed(amina: User) -> None:
    browser()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        SecurityEvent.objects.update(address="192.0.2.1")


def delete(rows: QuerySet[Any]) -> None:
    """Delete rows, as if the transaction ended then."""
    with transaction.atomic():
        rows.delete()
        pgtrigger.constraints(pgtrigger.Immediate, "accounts.SecurityEvent:kept")


@pytest.mark.parametrize("known", [True, False])
def test_no_event_can_be_deleted(amina: User, *, known: bool) -> None:
    happened(amina if known else None, days_ago=0)
    with pytest.raises(DatabaseError, match="Cannot delete"):
        delete(SecurityEvent.objects.all())


def test_events_go_with_an_account_that_is_deleted(amina: User) -> None:
    happened(amina, days_ago=0)
    delete(User.objects.filter(pk=amina.pk))
    assert not SecurityEvent.objects.exists()


def test_an_erasure_is_no_leave_to_delete_the_events_of_others(amina: User) -> None:
    happened(None, days_ago=0)
    record_erasure(amina)
    with pytest.raises(DatabaseError, match="Cannot delete"):
        delete(SecurityEvent.objects.filter(user=None))


def happened(user: User | None, *, days_ago: int) -> SecurityEvent:
    moment = clock.now() - timedelta(days=days_ago)
    return SecurityEvent.objects.create(user=user, kind="log_in_failed", door="page", created_at=moment)


def test_old_events_are_forgotten_and_later_ones_stay(amina: User) -> None:
    happened(amina, days_ago=11)
    happened(None, days_ago=11)
    kept = happened(amina, days_ago=9)
    before = clock.now() - timedelta(days=10)
    assert prune_security_events(before=before, dry_run=True) == 2
    assert prune_security_events(before=before) == 2
    assert list(SecurityEvent.objects.all()) == [kept]


@pytest.mark.parametrize(("days", "left"), [(0, 1), (400, 1), (30, 0)])
def test_the_beat_forgets_what_is_older_than_the_setting(amina: User, settings: Settings, days: int, left: int) -> None:
    happened(amina, days_ago=31)
    settings.SECURITY_EVENTS_KEEP_DAYS = days
    assert tasks.prune_security_events() == 1 - left
    assert SecurityEvent.objects.count() == left


def test_the_command_counts_before_it_forgets(amina: User) -> None:
    happened(amina, days_ago=11)
    out = io.StringIO()
    for options in ({"days": 0}, {"days": 10, "dry_run": True}, {"days": 10}):
        call_command("prune_security_events", stdout=out, **options)
    assert out.getvalue().splitlines() == [
        "All security events are kept: SECURITY_EVENTS_KEEP_DAYS is 0.",
        "1 security events older than 10 days would be forgotten.",
        "1 security events older than 10 days forgotten.",
    ]
    with pytest.raises(CommandError, match="below 0"):
        call_command("prune_security_events", days=-1)


def test_staff_with_the_permission_narrow_the_list_and_change_nothing(amina: User) -> None:
    device(password="a guess")
    device()
    client = Client()
    client.force_login(colleague("accounts.view_securityevent"))
    address = reverse("admin:accounts_securityevent_changelist")
    assert client.get(address, {"kind__exact": "log_in_failed", "q": "127.0"}).text.count("Wrong password or code") >= 1
    assert client.get(address, {"kind__exact": "locked"}).status_code == 200
    event = SecurityEvent.objects.first()
    assert event
    page = reverse("admin:accounts_securityevent_change", args=[event.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"kind": "locked"}).status_code == 403
    assert client.get(reverse("admin:accounts_securityevent_add")).status_code == 403


def test_staff_without_the_permission_do_not_see_the_list() -> None:
    client = Client()
    client.force_login(colleague("accounts.view_user"))
    assert client.get(reverse("admin:accounts_securityevent_changelist")).status_code == 403
