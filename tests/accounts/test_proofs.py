"""Taking one's data and being erased ask for fresh proof, also of who has no password here."""

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.http import HttpResponse
from rest_framework.test import APIClient

from accounts.errors import InvalidProof
from accounts.models import ExternalIdentity, ProofCode, SecurityEvent, User
from accounts.proofs import require_proof
from core import clock
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.checkout import confirmed_order
from tests.issuer import Issuer
from tests.races import at_once

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"


class Bearer:
    """Somebody who logs in at the issuer, by default long enough ago that it proves nothing."""

    def __init__(self, issuer: Issuer, email: str | None = "leila@souk.example", **claims: Any) -> None:
        self.client = APIClient()
        said: dict[str, Any] = {"auth_time": time.time() - 3_000, "email": email, "email_verified": True} | claims
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {issuer.token(**said)}")
        self.id = given(self.client.get(f"{V1}/users/me"))["id"]

    def post(self, address: str, **body: Any) -> HttpResponse:
        return self.client.post(f"{V1}/users/me/{address}", body)

    def asks_for_a_code(self) -> str:
        given(self.post("proof"))
        return mailed_code()


def mailed_code() -> str:
    found = re.search(r"^\d{8}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[0]


def guess_other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


# --- A token alone --------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["export", "erase"])
@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": "anything"}, {"code": ""}], ids=str)
def test_an_old_log_in_alone_opens_nothing(issuer: Issuer, address: str, body: dict[str, str]) -> None:
    refused(Bearer(issuer).post(address, **body), 403, "proof_required")
    assert User.objects.get().erased_at is None


@pytest.mark.parametrize(("ago", "status"), [(0, 200), (590, 200), (700, 403), (-3_000, 403)])
def test_a_log_in_of_the_last_ten_minutes_is_proof(issuer: Issuer, ago: int, status: int) -> None:
    assert Bearer(issuer, auth_time=time.time() - ago).post("export").status_code == status


@pytest.mark.parametrize("odd", [None, "now", True, 1e300, ["x"], float("nan")], ids=str)
def test_a_time_that_is_none_is_no_proof(issuer: Issuer, odd: Any) -> None:
    refused(Bearer(issuer, auth_time=odd).post("export"), 403, "proof_required")


# --- The mailed code ------------------------------------------------------------------------------


def test_the_code_goes_to_the_confirmed_address_and_opens_ones_data_once(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    code = leila.asks_for_a_code()
    assert mail.outbox[-1].to == ["leila@souk.example"]
    assert leila.post("export", code=code)["Content-Disposition"] == 'attachment; filename="my-data.json"'
    refused(leila.post("export", code=code), 422, "invalid_proof")
    refused(leila.post("erase", code=code), 422, "invalid_proof")


def test_with_the_code_one_is_erased_and_nothing_of_it_is_left(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    given(leila.post("erase", code=leila.asks_for_a_code()))
    assert User.objects.get().erased_at is not None
    assert not ProofCode.objects.exists()
    assert not ExternalIdentity.objects.exists()


def test_the_code_may_be_typed_with_blanks(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    code = leila.asks_for_a_code()
    assert leila.post("export", code=f" {code[:4]} {code[4:]} ").status_code == 200


def test_anothers_code_opens_nothing_and_stays_good_for_its_owner(issuer: Issuer) -> None:
    leila, karim = Bearer(issuer), Bearer(issuer, "karim@souk.example", sub="person-2")
    code = leila.asks_for_a_code()
    refused(karim.post("erase", code=code), 422, "invalid_proof")
    given(leila.post("erase", code=code))
    assert User.objects.get(pk=karim.id).erased_at is None


def test_a_code_is_good_for_ten_minutes(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    code, asked_at = leila.asks_for_a_code(), clock.now()
    with clock.at(asked_at + timedelta(minutes=10, seconds=1)):
        refused(leila.post("export", code=code), 422, "invalid_proof")
    assert leila.post("export", code=code).status_code == 200


def test_a_new_code_takes_the_place_of_the_one_before(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    old, new = leila.asks_for_a_code(), leila.asks_for_a_code()
    refused(leila.post("export", code=old), 422, "invalid_proof")
    assert leila.post("export", code=new).status_code == 200


def test_after_five_wrong_guesses_the_right_code_is_no_good_either(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    code = leila.asks_for_a_code()
    for _guess in range(5):
        refused(leila.post("export", code=guess_other_than(code)), 422, "invalid_proof")
    refused(leila.post("export", code=code), 422, "invalid_proof")
    assert SecurityEvent.objects.filter(user_id=leila.id, kind="log_in_failed").count() == 6


def test_the_database_does_not_know_the_code(issuer: Issuer) -> None:
    code = Bearer(issuer).asks_for_a_code()
    assert code not in str(ProofCode.objects.values())


def test_a_code_costs_few_queries(
    issuer: Issuer, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    leila = Bearer(issuer)
    with django_assert_num_queries(9):
        code = leila.asks_for_a_code()
    with django_assert_num_queries(6):
        refused(leila.post("erase", code=guess_other_than(code)), 422, "invalid_proof")


def test_mails_to_one_person_are_limited(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    for _mail in range(5):
        leila.asks_for_a_code()
    refused(leila.post("proof"), 429, "too_many_attempts")
    assert len(mail.outbox) == 5


def test_the_owner_sees_that_a_code_was_asked_for(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    leila.asks_for_a_code()
    assert SecurityEvent.objects.filter(user_id=leila.id, kind="code_asked").count() == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Your confirmation code"), ("fr", "Votre code de confirmation"), ("ar", "رمز التأكيد")],
)
def test_the_mail_is_in_its_readers_language(issuer: Issuer, language: str, words: str) -> None:
    leila = Bearer(issuer)
    User.objects.update(preferred_language=language)
    leila.asks_for_a_code()
    assert words in mail.outbox[-1].subject
    assert str(mail.outbox[-1].body).rstrip().endswith(f"http://testserver/{language}/")


# --- Who has no confirmed address, or a password --------------------------------------------------


def test_no_code_goes_to_an_address_that_nobody_has_confirmed(issuer: Issuer) -> None:
    person = Bearer(issuer, None)
    User.objects.update(email="typed-by-staff@souk.example")
    EmailAddress.objects.create(user_id=person.id, email="typed-by-staff@souk.example", verified=False)
    refused(person.post("proof"), 409, "no_confirmed_address")
    assert mail.outbox == []


def test_an_address_that_was_confirmed_in_the_shop_will_do(issuer: Issuer) -> None:
    person = Bearer(issuer, None)
    User.objects.update(email="leila@souk.example")
    EmailAddress.objects.create(user_id=person.id, email="leila@souk.example", verified=True)
    given(person.post("proof"))
    assert mail.outbox[-1].to == ["leila@souk.example"]


def test_who_has_a_password_gives_it(issuer: Issuer) -> None:
    user = UserFactory(email="amina@souk.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True)
    client = client_of(user)
    refused(client.post(f"{V1}/users/me/proof"), 409, "password_required")
    for body in ({}, {"code": "12345678"}, {"password": "wrong"}):
        refused(client.post(f"{V1}/users/me/export", body), 422, "wrong_password")
    assert client.post(f"{V1}/users/me/export", {"password": PASSWORD}).status_code == 200


def test_who_forgets_to_give_it_is_not_locked_out() -> None:
    client = client_of(UserFactory())
    for _time in range(6):
        refused(client.post(f"{V1}/users/me/export", {}), 422, "wrong_password")
    assert client.post(f"{V1}/users/me/export", {"password": PASSWORD}).status_code == 200


def test_guests_are_sent_no_code(api: APIClient) -> None:
    refused(api.post(f"{V1}/users/me/proof"), 401, "not_authenticated")


def test_a_code_is_used_up_also_where_an_order_stands_in_the_way(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    confirmed_order(customer=User.objects.get(pk=leila.id))
    code = leila.asks_for_a_code()
    refused(leila.post("erase", code=code), 409, "open_orders")
    refused(leila.post("erase", code=code), 422, "invalid_proof")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_a_code_at_once_one_is_believed(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    code, user = leila.asks_for_a_code(), User.objects.get(pk=leila.id)
    results = at_once(*[lambda: require_proof(user=user, code=code)] * 6)
    assert sum(isinstance(result, InvalidProof) for result in results) == 5


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_all_count(issuer: Issuer) -> None:
    leila = Bearer(issuer)
    code, user = leila.asks_for_a_code(), User.objects.get(pk=leila.id)
    at_once(*[lambda: require_proof(user=user, code=guess_other_than(code))] * 4)
    assert ProofCode.objects.get(user=user).failed == 4
