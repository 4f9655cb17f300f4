"""Coming in: sign-up, log-in, log-out, forgotten passwords, as a shopper's browser does it."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from carts.models import Cart
from config import settings as shop_settings
from tests.factories.accounts import CustomerWithoutLogin, UserFactory
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
NEW_PASSWORD = "nine tall fig trees"


def sign_up(client: Client, language: str = "en", **changes: str) -> HttpResponse:
    data = {"email": "amina@souk.example", "username": "amina", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(f"/{language}/account/signup/", data | changes, follow=True)


def log_in(client: Client, login: str, password: str = PASSWORD, **changes: str) -> HttpResponse:
    return client.post("/en/account/login/", {"login": login, "password": password} | changes)


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def link_in(body: str) -> str:
    found = re.search(r"http://testserver(/\S+)", body)
    assert found, body
    return found[1]


# --- Sign-up --------------------------------------------------------------------------------------


def follow_link(client: Client, **changes: str) -> HttpResponse:
    data = {"username": "amina", "password": PASSWORD}
    return client.post(link_in(mail.outbox[-1].body), data | changes, follow=True)


def test_signing_up_leads_to_the_mailbox_and_makes_no_account_yet(client: Client) -> None:
    response = sign_up(client)
    assert response.redirect_chain == [("/en/account/confirm-email/", 302)]
    assert "Look into your mailbox" in response.text
    assert not is_logged_in(client)
    assert not User.objects.exists()


def test_the_mailed_link_and_the_password_lead_into_the_account(client: Client) -> None:
    sign_up(client)
    assert follow_link(client).redirect_chain == [("/en/account/", 302)]
    assert is_logged_in(client)
    user = User.objects.get()
    assert (user.email, user.username) == ("amina@souk.example", "amina")
    assert user.check_password(PASSWORD)
    assert user.emailaddress_set.get().verified


def test_the_link_works_in_another_browser_too(client: Client) -> None:
    sign_up(client)
    elsewhere = Client()
    assert "amina@souk.example" in elsewhere.get(link_in(mail.outbox[0].body)).text
    follow_link(elsewhere)
    assert is_logged_in(elsewhere)


def test_who_was_on_the_way_to_a_page_is_led_on_to_it(client: Client) -> None:
    sign_up(client, next="/en/cart/")
    assert follow_link(client).redirect_chain == [("/en/cart/", 302)]


def test_the_link_leads_to_no_other_host(client: Client) -> None:
    sign_up(client)
    link = link_in(mail.outbox[0].body) + "?next=https://evil.example/"
    response = client.post(link, {"username": "amina", "password": PASSWORD})
    assert response["Location"] == "/en/account/"


def test_the_link_opens_nothing_for_who_did_not_choose_the_password(client: Client) -> None:
    sign_up(client)
    response = follow_link(client, password="a guess")
    assert "This is not the password that you chose for your account." in response.text
    assert not User.objects.exists()


def test_a_used_link_says_so(client: Client) -> None:
    sign_up(client)
    follow_link(client)
    again = Client().get(link_in(mail.outbox[0].body))
    assert again.status_code == 404
    assert "This link does not work any more" in again.text


def test_a_name_that_was_taken_meanwhile_is_changed_with_the_last_step(client: Client) -> None:
    sign_up(client)
    UserFactory(username="amina")
    assert "A user with that username already exists." in follow_link(client).text
    follow_link(client, username="amina2")
    assert User.objects.get(email="amina@souk.example").username == "amina2"


def test_signing_up_in_arabic_sends_the_confirmation_and_all_later_mails_in_arabic(client: Client) -> None:
    sign_up(client, language="ar")
    (message,) = mail.outbox
    assert message.to == ["amina@souk.example"]
    assert link_in(message.body).startswith("/ar/account/welcome/")
    follow_link(client)
    assert User.objects.get().preferred_language == "ar"


def test_a_taken_name_is_refused_beside_its_field_and_makes_no_account(client: Client) -> None:
    UserFactory(username="Amina")
    response = sign_up(client)
    assert "A user with that username already exists." in response.text
    assert User.objects.count() == 1
    assert not is_logged_in(client)


def test_a_password_like_the_name_is_refused(client: Client) -> None:
    assert "too similar" in sign_up(client, password1="amina@souk", password2="amina@souk").text
    assert not User.objects.exists()


# --- Log-in and log-out ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "login", ["amina@souk.example", "AMINA@Souk.Example", " amina@souk.example ", "amina", "Amina"]
)
def test_either_name_in_any_letters_logs_in(client: Client, login: str) -> None:
    UserFactory(email="amina@souk.example", username="amina")
    response = log_in(client, login)
    assert response["Location"] == "/en/account/"
    assert is_logged_in(client)


def test_an_unknown_name_and_a_wrong_password_get_the_same_page(client: Client) -> None:
    UserFactory(email="amina@souk.example")
    wrong = log_in(client, "amina@souk.example", "a guess").text
    unknown = log_in(client, "nobody@souk.example", "a guess").text
    strip = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"')
    assert strip.sub("", wrong).replace("amina@souk", "nobody@souk") == strip.sub("", unknown)
    assert "The log-in name or the password is wrong." in unknown


def test_a_customer_without_names_cannot_log_in(client: Client) -> None:
    CustomerWithoutLogin()
    User.objects.update(password=make_password(PASSWORD))
    for login in ("None", "", " "):
        log_in(client, login)
        assert not is_logged_in(client)


def test_a_closed_account_cannot_log_in(client: Client) -> None:
    UserFactory(username="amina", is_active=False)
    response = log_in(client, "amina")
    assert response["Location"] == "/en/account/inactive/"
    assert not is_logged_in(client)
    assert client.get(response["Location"]).status_code == 200


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(client: Client) -> None:
    UserFactory(username="amina")
    for _ in range(5):
        log_in(client, "amina", "a guess")
    assert "Too many failed attempts." in log_in(client, "amina").text
    assert not is_logged_in(client)


def test_next_leads_on_after_log_in(client: Client) -> None:
    UserFactory(username="amina")
    assert log_in(client, "amina", next="/en/cart/")["Location"] == "/en/cart/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "http://localhost/", "javascript:x"])
def test_next_never_leads_to_another_host(client: Client, target: str) -> None:
    UserFactory(username="amina")
    assert log_in(client, "amina", next=target)["Location"] == "/en/account/"


def test_logging_out_takes_a_button_not_a_link(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get("/en/account/logout/").status_code == 200
    assert is_logged_in(client)
    assert client.post("/en/account/logout/")["Location"] == "/en/"
    assert not is_logged_in(client)


@pytest.mark.parametrize("hasher", ["pbkdf2_sha256", "pbkdf2_sha1", "bcrypt_sha256", "scrypt"])
def test_a_password_hashed_by_an_older_shop_works_and_is_hashed_anew(
    client: Client, settings: Settings, hasher: str
) -> None:
    settings.PASSWORD_HASHERS = shop_settings.PASSWORD_HASHERS
    user = UserFactory(username="amina")
    User.objects.update(password=make_password(PASSWORD, hasher=hasher))
    log_in(client, "amina")
    assert is_logged_in(client)
    user.refresh_from_db()
    assert user.password.startswith("argon2")
    assert user.check_password(PASSWORD)


# --- The cart comes along -------------------------------------------------------------------------


def units_in_cart(user: User) -> dict[str, int]:
    return {line.variant.sku: line.quantity for line in Cart.objects.get(customer=user, status="open").lines.all()}


def put(client: Client, sku: str, quantity: int) -> None:
    variant = stocked_variant(sku=sku)
    client.post("/en/cart/items/", {"variant": variant.pk, "quantity": quantity})


def test_what_a_guest_put_into_the_cart_is_there_after_signing_up(client: Client) -> None:
    put(client, "TEA", 2)
    sign_up(client)
    assert "TEA" in client.get("/en/cart/").text
    follow_link(client)
    assert units_in_cart(User.objects.get()) == {"TEA": 2}


def test_what_a_guest_put_into_the_cart_joins_what_the_customer_had(client: Client) -> None:
    user = UserFactory(username="amina")
    client.force_login(user)
    put(client, "OIL", 1)
    client.logout()
    put(client, "TEA", 2)
    assert log_in(client, "amina", next="/en/cart/")["Location"] == "/en/cart/"
    page = client.get("/en/cart/").text
    assert units_in_cart(user) == {"OIL": 1, "TEA": 2}
    assert "TEA" in page
    assert Cart.objects.get(customer=None).status == "merged"


def test_after_logging_out_the_cart_is_empty_for_who_comes_next(client: Client) -> None:
    client.force_login(UserFactory())
    put(client, "TEA", 2)
    client.post("/en/account/logout/")
    assert "Your cart is empty" in client.get("/en/cart/").text


# --- Forgotten passwords --------------------------------------------------------------------------


def ask_for_link(client: Client, email: str) -> str:
    return client.post("/en/account/password/reset/", {"email": email}, follow=True).text


def set_password(client: Client, link: str) -> HttpResponse:
    form = client.get(link, follow=True)
    here = form.redirect_chain[-1][0] if form.redirect_chain else link
    return client.post(here, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)


def test_the_mailed_link_changes_the_password_once(client: Client) -> None:
    user = UserFactory(email="amina@souk.example", preferred_language="fr")
    ask_for_link(client, "AMINA@souk.example")
    link = link_in(mail.outbox[0].body)
    assert link.startswith("/fr/account/password/reset/key/")
    set_password(client, link)
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert client.get(link).status_code == 200
    assert 'name="password1"' not in client.get(link, follow=True).text


def test_a_new_password_ends_the_sessions_on_other_devices(client: Client) -> None:
    user = UserFactory(email="amina@souk.example")
    elsewhere = Client()
    elsewhere.force_login(user)
    ask_for_link(client, user.email)
    set_password(client, link_in(mail.outbox[0].body))
    assert elsewhere.get("/en/account/").status_code == 302


def test_an_unknown_address_gets_the_same_page_as_a_known_one(client: Client) -> None:
    UserFactory(email="amina@souk.example")
    known = ask_for_link(client, "amina@souk.example")
    unknown = ask_for_link(client, "nobody@souk.example")
    strip = re.compile(r'"X-CSRFToken": "\w+"')
    assert strip.sub("", known) == strip.sub("", unknown)
    assert [message.to for message in mail.outbox] == [["amina@souk.example"], ["nobody@souk.example"]]
    assert "/password/reset/key/" not in mail.outbox[1].body


def test_a_made_up_link_says_so_and_changes_nothing(client: Client) -> None:
    user = UserFactory()
    response = client.get(f"/en/account/password/reset/key/{user.pk.hex}-abc123-deadbeef/")
    assert "This link does not work any more" in response.text
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_too_many_requests_get_a_page_that_says_so(client: Client) -> None:
    for _ in range(6):
        response = client.post("/en/account/password/reset/", {"email": "amina@souk.example"})
    assert response.status_code == 429
    assert "Too many attempts" in response.text
    assert int(response["Retry-After"]) == 60


# --- Changing password and address ----------------------------------------------------------------


def test_changing_the_password_keeps_this_session_and_tells_the_owner(client: Client) -> None:
    user = UserFactory(email="amina@souk.example")
    client.force_login(user)
    data = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post("/en/account/password/change/", data)["Location"] == "/en/account/"
    assert is_logged_in(client)
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    assert mail.outbox[0].subject == "Souk: Your password was changed"


def test_changing_the_password_takes_the_old_one(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    data = {"oldpassword": "a guess", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert "This is not your current password." in client.post("/en/account/password/change/", data).text
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def change_email(client: Client, action: str, email: str) -> HttpResponse:
    """The page asks for the password, then does what was asked for."""
    asked = client.post("/en/account/email/", {"email": email, action: ""})
    assert asked["Location"].startswith("/en/account/reauthenticate/")
    assert mail.outbox == []
    return client.post(asked["Location"], {"password": PASSWORD, "next": "/en/account/email/"}, follow=True)


@pytest.fixture
def amina(client: Client) -> User:
    """Logged in; her address is not confirmed."""
    user: User = UserFactory(email="amina@souk.example")
    client.force_login(user)
    client.get("/en/account/email/")
    return user


def test_another_address_counts_when_it_is_confirmed(client: Client, amina: User) -> None:
    change_email(client, "action_add", "amina@new.example")
    amina.refresh_from_db()
    assert amina.email == "amina@souk.example"
    client.post(link_in(mail.outbox[-1].body))
    amina.refresh_from_db()
    assert amina.email == "amina@new.example"


def test_an_address_of_another_account_is_never_taken_over(client: Client, amina: User) -> None:
    UserFactory(email="owner@souk.example")
    change_email(client, "action_add", "owner@souk.example")
    client.post(link_in(mail.outbox[-1].body))
    amina.refresh_from_db()
    assert amina.email == "amina@souk.example"


def test_a_waiting_address_can_be_taken_back(client: Client, amina: User) -> None:
    change_email(client, "action_add", "amina@new.example")
    client.post("/en/account/email/", {"email": "amina@new.example", "action_remove": ""})
    assert [address.email for address in amina.emailaddress_set.all()] == ["amina@souk.example"]


def test_an_account_cannot_lose_its_address(client: Client, amina: User) -> None:
    assert "An account needs an e-mail address." in change_email(client, "action_remove", "amina@souk.example").text
    amina.refresh_from_db()
    assert amina.email == "amina@souk.example"


def test_without_the_password_the_address_stays(client: Client, amina: User) -> None:
    asked = client.post("/en/account/email/", {"email": "amina@new.example", "action_add": ""})
    refused = client.post(asked["Location"], {"password": "a guess", "next": "/en/account/email/"})
    assert "This is not your current password." in refused.text
    assert not amina.emailaddress_set.filter(email="amina@new.example").exists()


@pytest.mark.parametrize("is_listed", [True, False])
def test_an_address_that_nobody_confirmed_takes_no_others_place(is_listed: bool) -> None:
    person = UserFactory(email="mallory@souk.example", username="mallory@souk.example")
    if is_listed:
        EmailAddress.objects.create(user=person, email=person.email, primary=True)
    browser = Client()
    browser.force_login(person)
    browser.post("/en/account/reauthenticate/", {"password": PASSWORD})
    browser.post("/en/account/email/", {"email": "amina@souk.example", "action_add": ""})
    answer = browser.post("/en/account/email/", {"email": "amina@souk.example", "action_primary": ""}, follow=True)
    assert "Please confirm your e-mail address first." in answer.text
    person.refresh_from_db()
    assert (person.email, person.username) == ("mallory@souk.example", "mallory@souk.example")
