"""What people say about themselves, and what they agreed to: by page, API and sign-up."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.consents import TEXT_VERSION, consents_of, history_of
from accounts.models import Consent, User
from core import clock
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.catalog import VariantFactory
from tests.factories.staff import staff_client
from tests.mails import mailed_key

pytestmark = pytest.mark.django_db

PAGE = "/en/account/profile/"
PASSWORD = "a-good-password-1"
SIGNUP = {
    "email": "leila@souk.example",
    "username": "leila",
    "password1": "olives-and-thyme-7",
    "password2": "olives-and-thyme-7",
}


@pytest.fixture
def amina(client: Client) -> User:
    user: User = UserFactory(username="amina")
    client.force_login(user)
    return user


def told(user: User) -> list[tuple[str, bool, str]]:
    return [(row.purpose, row.granted, row.door) for row in history_of(user)]


def test_where_all_is_sold_in_one_currency_there_is_none_to_prefer(client: Client, amina: User) -> None:
    VariantFactory.create()
    assert "preferred_currency" not in client.get(PAGE).text


def test_currencies_that_nothing_is_sold_in_are_neither_offered_nor_taken(client: Client, amina: User) -> None:
    VariantFactory.create(currency="TND")
    page = client.get(PAGE).text
    assert 'value="TND"' in page
    assert 'value="EUR"' not in page
    answer = client_of(amina).patch(f"{V1}/users/me", {"preferred_currency": "EUR"}, format="json")
    assert refused(answer, 422, "currency_not_sold")["sold"] == ["TND", "USD"]


def test_the_page_keeps_birthday_currency_and_consents(client: Client, amina: User) -> None:
    VariantFactory.create(currency="TND")
    typed = {
        "first_name": "Amina",
        "preferred_language": "en",
        "preferred_currency": "TND",
        "date_of_birth": "1990-02-28",
        "newsletter": "on",
    }
    assert client.post(PAGE, typed).status_code == 302
    amina.refresh_from_db()
    assert (str(amina.date_of_birth), amina.preferred_currency) == ("1990-02-28", "TND")
    assert consents_of(amina) == {"newsletter": True, "marketing": False}
    page = client.get(PAGE).text
    assert 'value="1990-02-28"' in page
    assert page.count(" checked") == 1


def test_each_answer_is_kept_with_when_where_and_which_wording(client: Client, amina: User) -> None:
    client.post(PAGE, {"preferred_language": "en", "newsletter": "on"})
    given(client_of(amina).patch(f"{V1}/users/me", {"newsletter": False, "marketing": True}))
    assert told(amina) == [("marketing", True, "api"), ("newsletter", False, "api"), ("newsletter", True, "page")]
    latest = history_of(amina)[0]
    assert latest.text_version == TEXT_VERSION
    assert abs(latest.created_at - clock.now()) < timedelta(minutes=1)


def test_the_same_answer_again_leaves_no_row(amina: User) -> None:
    api = client_of(amina)
    for _again in range(2):
        given(api.patch(f"{V1}/users/me", {"newsletter": True, "marketing": False}))
    assert told(amina) == [("newsletter", True, "api")]


def test_an_answer_is_never_rewritten(amina: User) -> None:
    given(client_of(amina).patch(f"{V1}/users/me", {"newsletter": True}))
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Consent.objects.update(granted=False)


@pytest.mark.parametrize(("ticked", "expected"), [({}, []), ({"newsletter": "on"}, [("newsletter", True, "page")])])
def test_signing_up_asks_and_answers_for_nobody(
    client: Client, ticked: dict[str, str], expected: list[tuple[str, bool, str]]
) -> None:
    page = client.get("/en/account/signup/").text
    assert 'name="newsletter"' in page
    assert " checked" not in page
    client.post("/en/account/signup/", SIGNUP | ticked)
    client.post(f"/en/account/welcome/{mailed_key()}/", {"username": "leila", "password": SIGNUP["password1"]})
    assert told(User.objects.get(username="leila")) == expected


def test_registering_by_api_takes_them_too(api: APIClient) -> None:
    body = {"email": "leila@souk.example", "username": "leila", "password": "olives-and-thyme-7", "marketing": True}
    given(api.post(f"{V1}/auth/register", body), 202)
    confirmed = {"key": mailed_key(), "password": body["password"]}
    made = given(api.post(f"{V1}/auth/register/confirm", confirmed), 201)["user"]
    assert (made["marketing"], made["newsletter"]) == (True, False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"date_of_birth": str(clock.now().date() + timedelta(days=2))}, "date_of_birth"),
        ({"date_of_birth": "1800-01-01"}, "date_of_birth"),
        ({"preferred_currency": "XYZ"}, "preferred_currency"),
    ],
)
def test_what_cannot_be_is_refused_at_both_doors(
    client: Client, amina: User, changes: dict[str, str], field: str
) -> None:
    VariantFactory.create(currency="TND")
    api = client_of(amina)
    assert api.patch(f"{V1}/users/me", changes | {"newsletter": True}).json()["details"]["fields"].keys() == {field}
    assert field in client.post(PAGE, {"preferred_language": "en", "newsletter": "on"} | changes).context["form"].errors
    assert told(amina) == []


def test_a_date_that_is_none_is_refused(amina: User) -> None:
    refused(client_of(amina).patch(f"{V1}/users/me", {"date_of_birth": "31.12.1990"}), 400, "validation_error")


def test_the_preferred_language_takes_effect_on_log_in(client: Client) -> None:
    UserFactory(username="leila", preferred_language="ar")
    form = {"login": "leila", "password": PASSWORD}
    assert client.post("/en/account/login/", form)["Location"] == "/ar/account/"


def test_the_page_that_was_asked_for_comes_in_that_language(client: Client) -> None:
    UserFactory(username="leila", preferred_language="fr")
    form = {"login": "leila", "password": PASSWORD, "next": "/en/account/orders/"}
    assert client.post("/en/account/login/", form)["Location"] == "/fr/account/orders/"


def test_staff_see_the_consents_and_cannot_answer_for_people(amina: User) -> None:
    given(client_of(amina).patch(f"{V1}/users/me", {"newsletter": True}))
    response = staff_client().get(f"/admin/accounts/user/{amina.pk}/change/")
    assert "Newsletter" in response.text
    assert 'name="consents-0-granted"' not in response.text


def test_the_page_takes_few_queries(client: Client, amina: User) -> None:
    client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE)
    assert len(queries) <= 8
