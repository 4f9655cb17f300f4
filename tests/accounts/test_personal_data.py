"""Everything about a person handed out, or erased, with orders and ledgers left as they were."""

import io
import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum
from django.test import Client
from rest_framework.test import APIClient

from accounts.consents import consents_of
from accounts.models import ExternalIdentity, LoginSession, User
from accounts.services import update_profile
from carts.models import Cart
from core.models import IdempotentRequest
from orders.models import Order
from payments.models import PaymentTransaction
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import AddressFactory, StaffFactory, UserFactory
from tests.factories.checkout import cart_with, completed_order, confirmed_order
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
# What only this person has: none of it may be found afterwards.
SECRETS = ["zenobia", "palmyra", "colonnade", "99887766", "queen-subject", "zeno-agent"]


@pytest.fixture
def zenobia() -> User:
    """A customer with something of everything."""
    user: User = UserFactory(
        username="zenobia", email="zenobia@palmyra.example", first_name="Zenobia", last_name="Palmyra", phone="99887766"
    )
    update_profile(user=user, newsletter=True)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "palmyra"})
    ExternalIdentity.objects.create(user=user, issuer="https://issuer.example", subject="queen-subject")
    AddressFactory(user=user, full_name="Zenobia Palmyra", line1="1 Colonnade", phone="99887766")
    IdempotentRequest.objects.create(
        caller=f"user:{user.pk}",
        key="k",
        fingerprint="f",
        lease=user.pk,
        leased_until=user.created_at,
        status=200,
        headers={},
        body=b"Zenobia",
    )
    LoginSession.objects.create(
        user=user,
        kind="api",
        key="k",
        password_mark="m",
        user_agent="zeno-agent",
        last_seen_at=user.created_at,
        expires_at=user.created_at,
    )
    return user


def ordered(user: User, *, finished: bool = True) -> Order:
    order: Order = completed_order(customer=user) if finished else confirmed_order(customer=user)
    Order.objects.filter(pk=order.pk).update(
        email="zenobia@palmyra.example",
        shipping_address=order.shipping_address | {"full_name": "Zenobia Palmyra", "line1": "1 Colonnade"},
        billing_address=order.billing_address | {"full_name": "Zenobia Palmyra", "phone": "99887766"},
    )
    order.refresh_from_db()
    return order


def whole_database() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        text = ""
        for table in tables:
            cursor.execute(f"SELECT string_agg(to_jsonb(t)::text, E'\\n') FROM \"{table}\" t")
            text += cursor.fetchone()[0] or ""
    return text.lower()


def amounts() -> Any:
    orders = list(Order.objects.order_by("id").values_list("number", "total_minor", "paid_minor", "tax_minor"))
    return orders, PaymentTransaction.objects.aggregate(Sum("amount_minor")), PaymentTransaction.objects.count()


def fresh_browser(user: User) -> Client:
    """Whose password was asked for again a moment ago."""
    client = Client()
    client.force_login(user)
    client.post("/en/account/reauthenticate/", {"password": PASSWORD})
    return client


# --- Erased ---------------------------------------------------------------------------------------


def test_nothing_of_the_person_is_left_anywhere_and_the_books_are_as_before(zenobia: User) -> None:
    ordered(zenobia)
    cart_with(customer=zenobia)
    Cart.objects.filter(customer=zenobia).update(email="zenobia@palmyra.example")
    before = amounts()
    assert all(secret in whole_database() for secret in SECRETS)
    given(client_of(zenobia).post(f"{V1}/users/me/erase", {"password": PASSWORD}))
    left = whole_database()
    assert [secret for secret in SECRETS if secret in left] == []
    assert amounts() == before


def test_an_order_keeps_the_country_and_its_lines(zenobia: User) -> None:
    order = ordered(zenobia)
    call_command("erase_person", "zenobia", "--yes", stdout=io.StringIO())
    order.refresh_from_db()
    assert order.ship_to.country
    assert (order.ship_to.full_name, order.email) == ("–", "")
    assert order.lines.exists()


def test_nobody_logs_in_with_it_again(api: APIClient, zenobia: User) -> None:
    Authenticator.objects.all().delete()
    tokens = given(api.post(f"{V1}/auth/login", {"login": "zenobia", "password": PASSWORD}))
    given(client_of(zenobia).post(f"{V1}/users/me/erase", {"password": PASSWORD}))
    refused(api.post(f"{V1}/auth/refresh", {"refresh": tokens["refresh"]}), 401, "token_not_valid")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    assert api.get(f"{V1}/users/me").status_code == 401
    assert not LoginSession.objects.filter(user=zenobia).exists()
    assert consents_of(zenobia) == {"newsletter": False, "marketing": False}


def test_a_guests_order_with_the_confirmed_address_is_erased_with_the_rest(zenobia: User) -> None:
    order = ordered(zenobia)
    Order.objects.filter(pk=order.pk).update(customer=None)
    call_command("erase_person", "zenobia", "--yes", stdout=io.StringIO())
    order.refresh_from_db()
    assert order.email == ""


def test_a_guests_order_with_an_address_that_anybody_could_have_typed_is_not(zenobia: User) -> None:
    order = ordered(zenobia)
    Order.objects.filter(pk=order.pk).update(customer=None)
    EmailAddress.objects.update(verified=False)
    call_command("erase_person", "zenobia", "--yes", stdout=io.StringIO())
    order.refresh_from_db()
    assert order.email == "zenobia@palmyra.example"


def test_an_open_order_has_to_be_finished_first(zenobia: User) -> None:
    order = ordered(zenobia, finished=False)
    client = client_of(zenobia)
    details = refused(client.post(f"{V1}/users/me/erase", {"password": PASSWORD}), 409, "open_orders")
    assert details == {"orders": [order.number]}
    assert "zenobia" in whole_database()
    with pytest.raises(CommandError, match=order.number):
        call_command("erase_person", "zenobia@palmyra.example", "--yes")


def test_without_the_password_nothing_happens(zenobia: User) -> None:
    client = client_of(zenobia)
    for action in ("erase", "export"):
        refused(client.post(f"{V1}/users/me/{action}", {"password": "a guess"}), 422, "wrong_password")
    zenobia.refresh_from_db()
    assert zenobia.erased_at is None


def test_staff_are_erased_only_when_they_no_longer_are(zenobia: User) -> None:
    karim = StaffFactory()
    refused(client_of(karim).post(f"{V1}/users/me/erase", {"password": PASSWORD}), 409, "staff_account")


def test_others_keep_their_data(zenobia: User) -> None:
    other = AddressFactory(full_name="Somebody Else").user
    call_command("erase_person", "zenobia", "--yes", stdout=io.StringIO())
    other.refresh_from_db()
    assert other.email
    assert other.addresses.get().full_name == "Somebody Else"


def test_the_command_says_whom_before_it_does(zenobia: User) -> None:
    out = io.StringIO()
    call_command("erase_person", "ZENOBIA@palmyra.example", stdout=out)
    assert "Zenobia Palmyra" in out.getvalue()
    zenobia.refresh_from_db()
    assert zenobia.erased_at is None
    with pytest.raises(CommandError, match="Nobody"):
        call_command("erase_person", "nobody", "--yes")


def test_the_page_asks_for_the_password_and_the_accounts_name() -> None:
    user = UserFactory(username="amina")
    stale = Client()
    stale.force_login(user)
    assert stale.get("/en/account/erase/")["Location"].startswith("/en/account/reauthenticate/")
    client = fresh_browser(user)
    assert client.get("/en/account/erase/").status_code == 200
    assert client.post("/en/account/erase/", {"login": "somebody"}).status_code == 422
    assert client.post("/en/account/erase/", {"login": "AMINA"})["Location"] == "/en/"
    user.refresh_from_db()
    assert (user.username, user.is_active) == (None, False)
    assert client.get("/en/account/").status_code == 302


def test_the_page_names_open_orders_as_the_reason() -> None:
    user = UserFactory(username="amina")
    confirmed_order(customer=user)
    client = fresh_browser(user)
    page = client.post("/en/account/erase/", {"login": "amina"}, follow=True).text
    assert "There are orders that are not finished." in page


def test_staff_erase_on_request_after_a_question(zenobia: User) -> None:
    client = staff_client()
    address = f"/admin/accounts/user/{zenobia.pk}/erase/"
    assert "Erase everything" in client.get(address).text
    zenobia.refresh_from_db()
    assert zenobia.erased_at is None
    client.post(address, {})
    zenobia.refresh_from_db()
    assert zenobia.erased_at is not None


@pytest.mark.parametrize("permissions", [("accounts.view_user",), ("accounts.view_user", "accounts.change_user")])
def test_who_may_not_delete_people_may_not_erase_them(zenobia: User, permissions: tuple[str, ...]) -> None:
    staff_client(*permissions).post(f"/admin/accounts/user/{zenobia.pk}/erase/", {})
    zenobia.refresh_from_db()
    assert zenobia.erased_at is None


# --- Handed out -----------------------------------------------------------------------------------


def test_the_file_has_everything_about_the_person_and_nobody_else(zenobia: User) -> None:
    order, stranger = ordered(zenobia), confirmed_order(customer=UserFactory())
    response = client_of(zenobia).post(f"{V1}/users/me/export", {"password": PASSWORD})
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    told = json.loads(response.getvalue())
    assert told["profile"][0]["email"] == "zenobia@palmyra.example"
    assert told["addresses"][0]["line1"] == "1 Colonnade"
    assert [row["number"] for row in told["orders"]] == [order.number]
    assert told["payments"]
    assert told["consents"][0]["purpose"] == "newsletter"
    assert {"carts", "sessions", "order_lines", "external_log_ins", "shipments"} <= told.keys()
    assert stranger.number not in response.getvalue().decode()
    assert "password" not in told["profile"][0]


def test_the_page_hands_it_out_after_the_password() -> None:
    user = UserFactory(username="amina")
    stale = Client()
    stale.force_login(user)
    assert stale.get("/en/account/data/")["Location"].startswith("/en/account/reauthenticate/")
    told = json.loads(fresh_browser(user).get("/en/account/data/").getvalue())
    assert told["profile"][0]["username"] == "amina"


def test_guests_have_no_data_to_take(client: Client, api: APIClient) -> None:
    assert client.get("/en/account/data/")["Location"].startswith("/en/account/login/")
    refused(api.post(f"{V1}/users/me/export", {"password": "x"}), 401, "not_authenticated")
