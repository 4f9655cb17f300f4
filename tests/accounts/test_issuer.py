"""Tokens of another issuer, a real one: an HTTP server of the test's own that publishes its keys."""

import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from django.http import HttpResponse
from jwt.utils import base64url_encode
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import ExternalIdentity, User
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import UserFactory
from tests.issuer import EC_KEY, RSA_KEYS, Issuer, published

pytestmark = pytest.mark.django_db


def signed_with_the_public_key(issuer: Issuer) -> str:
    """A token that passes for signed where the header's HS256 is believed; the library itself refuses to make it."""
    public = RSA_KEYS[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64url_encode(json.dumps({"alg": "HS256", "kid": "one", "typ": "JWT"}).encode())
    body = issuer.token().split(".")[1].encode()
    signature = hmac.digest(public, header + b"." + body, "sha256")
    return b".".join([header, body, base64url_encode(signature)]).decode()


def me(token: str) -> HttpResponse:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client.get(f"{V1}/users/me")


# --- Accepted -------------------------------------------------------------------------------------


def test_a_token_of_the_issuer_opens_the_api(issuer: Issuer) -> None:
    person = given(me(issuer.token(given_name="Leila", family_name="Mansour")))
    assert (person["first_name"], person["last_name"], person["is_staff"]) == ("Leila", "Mansour", False)


def test_the_same_subject_is_the_same_person_and_the_keys_are_fetched_once(issuer: Issuer) -> None:
    people = {given(me(issuer.token(iat=time.time() - again)))["id"] for again in range(3)}
    assert len(people) == 1
    assert issuer.asked == 1


def test_elliptic_curves_are_accepted(issuer: Issuer) -> None:
    issuer.keys = [published(EC_KEY, "curve")]
    given(me(issuer.token(EC_KEY, kid="curve", alg="ES256")))


def test_cognitos_access_tokens_name_the_application_in_client_id(issuer: Issuer) -> None:
    given(me(issuer.token(aud=None, client_id="souk", token_use="access")))


def test_one_of_several_audiences_is_enough(issuer: Issuer) -> None:
    given(me(issuer.token(aud=["other", "souk"])))


def test_a_clock_that_is_a_little_off_does_no_harm(issuer: Issuer) -> None:
    given(me(issuer.token(exp=time.time() - 20, iat=time.time() + 20)))


def test_the_shops_own_tokens_go_on_working(issuer: Issuer) -> None:
    user = UserFactory()
    assert given(client_of(user).get(f"{V1}/users/me"))["id"] == str(user.pk)
    assert issuer.asked == 0


# --- Refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-shop"},
        {"aud": None},
        {"aud": None, "client_id": "another-shop"},
        {"exp": 1},
        {"exp": None},
        {"nbf": 32503680000},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\x00b"},
        {"sub": "x" * 256},
        {"token_use": "id"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_us_or_not_good_now_is_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    refused(me(issuer.token(**claims)), 401, "token_not_valid")
    assert not User.objects.exists()


@pytest.mark.parametrize("forgery", ["other key", "shared secret", "unsigned", "no key named", "unknown key", "cut"])
def test_a_forged_token_is_refused(issuer: Issuer, forgery: str) -> None:
    tokens = {
        "other key": lambda: issuer.token(RSA_KEYS[1]),
        "shared secret": lambda: signed_with_the_public_key(issuer),
        "unsigned": lambda: issuer.token(None, alg="none"),
        "no key named": lambda: issuer.token(kid=None),
        "unknown key": lambda: issuer.token(kid="two"),
        "cut": lambda: issuer.token()[:-9],
    }
    refused(me(tokens[forgery]()), 401, "token_not_valid")


def test_another_issuers_name_is_not_even_looked_up(issuer: Issuer) -> None:
    refused(me(issuer.token(iss="https://evil.example")), 401, "token_not_valid")
    assert issuer.asked == 0


def test_without_the_setting_no_issuer_is_believed(issuer: Issuer, settings: Settings) -> None:
    settings.TOKEN_JWKS_URL = ""
    refused(me(issuer.token()), 401, "token_not_valid")


ID_TOKENS: list[dict[str, Any]] = [
    {"typ": "ID"},
    {"typ": "Refresh"},
    {"typ": "Offline"},
    {"typ": "Logout"},
    {"typ": "id"},
    {"typ": 1},
    {"typ": ["Bearer"]},
    {"token_use": "id"},
    {"token_use": "refresh"},
    {"token_use": "ID"},
    {"token_use": ["access"]},
    {"nonce": "n-0S6"},
    {"nonce": ""},
    {"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"},
    {"c_hash": "LDktKdoQak3Pk0cnXxCltA"},
    {"s_hash": "bOhtX8F73IMjSPeVAqxyTQ"},
    {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    {"headers": {"typ": "logout+jwt"}},
    {"headers": {"typ": "id_token+jwt"}},
    {"headers": {"typ": "dpop+jwt"}},
    {"headers": {"typ": "at+jwt"}, "typ": "ID"},
    {"headers": {"typ": "at+jwt"}, "nonce": "n-0S6"},
    {"headers": {"crit": ["exp"]}},
]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("marks", ID_TOKENS, ids=str)
def test_what_is_no_access_token_opens_nothing(
    issuer: Issuer, settings: Settings, marks: dict[str, Any], strict: bool
) -> None:
    settings.TOKEN_REQUIRE_TYPE = strict
    refused(me(issuer.token(**marks)), 401, "token_not_valid")
    refused(me(issuer.token(**({"typ": None, "scope": "openid email"} | marks))), 401, "token_not_valid")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "marks",
    [
        {"typ": "Bearer"},
        {"typ": "bearer"},
        {"headers": {"typ": "at+jwt"}},
        {"headers": {"typ": "application/at+jwt"}},
        {"headers": {"typ": "AT+JWT"}},
        {"token_use": "access"},
        {"token_use": "access", "aud": None, "client_id": "souk"},
        {"scope": "openid profile"},
        {"scp": ["orders.read"]},
    ],
    ids=str,
)
def test_what_says_that_it_is_an_access_token_opens_the_api(
    issuer: Issuer, settings: Settings, marks: dict[str, Any]
) -> None:
    settings.TOKEN_REQUIRE_TYPE = True
    given(me(issuer.token(**({"typ": None} | marks))))


@pytest.mark.parametrize(("strict", "status"), [(True, 401), (False, 200)])
def test_a_token_that_does_not_say_what_it_is_passes_only_where_the_setting_allows_it(
    issuer: Issuer, settings: Settings, strict: bool, status: int
) -> None:
    settings.TOKEN_REQUIRE_TYPE = strict
    assert me(issuer.token(typ=None)).status_code == status


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["another-shop", "and-another"]},
        {"aud": []},
        {"aud": [["souk"]]},
        {"aud": {"souk": 1}},
        {"aud": "souk-admin"},
        {"aud": "another-shop", "client_id": "souk"},
        {"iat": 32503680000},
        {"iat": "yesterday"},
        {"exp": "tomorrow"},
        {"nbf": "now"},
        {"sub": 7},
    ],
    ids=str,
)
def test_claims_of_other_shapes_are_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    refused(me(issuer.token(**claims)), 401, "token_not_valid")
    assert not User.objects.exists()


def test_a_header_that_names_another_algorithm_than_the_keys_is_refused(issuer: Issuer) -> None:
    issuer.keys = [published(RSA_KEYS[0], "one"), published(EC_KEY, "curve")]
    refused(me(issuer.token(EC_KEY, kid="one", alg="ES256")), 401, "token_not_valid")
    refused(me(issuer.token(RSA_KEYS[0], kid="curve")), 401, "token_not_valid")
    refused(me(issuer.token(RSA_KEYS[0], alg="RS512")), 401, "token_not_valid")


# --- Keys that change, and an issuer that is away --------------------------------------------------


def test_new_keys_arrive_and_old_ones_go(issuer: Issuer) -> None:
    given(me(issuer.token()))
    issuer.keys = [published(RSA_KEYS[1], "two")]
    issuer.wait_out(31)
    given(me(issuer.token(RSA_KEYS[1], kid="two")))
    refused(me(issuer.token()), 401, "token_not_valid")


def test_made_up_key_names_do_not_have_the_issuer_asked_again_and_again(issuer: Issuer) -> None:
    given(me(issuer.token()))
    for number in range(5):
        refused(me(issuer.token(kid=f"made up {number}")), 401, "token_not_valid")
    assert issuer.asked == 1


@pytest.mark.parametrize("failure", ["status", "garbage", "gone"])
def test_an_issuer_that_cannot_be_reached_is_said_to_be_so_and_not_asked_at_once_again(
    issuer: Issuer, failure: str, settings: Settings
) -> None:
    if failure == "status":
        issuer.status = 500
    elif failure == "garbage":
        issuer.keys = []
    else:
        settings.TOKEN_JWKS_URL = "http://127.0.0.1:1/jwks.json"
    answers = [me(issuer.token()) for _again in range(3)]
    assert [answer["Retry-After"] for answer in answers] == ["15"] * 3
    refused(answers[-1], 503, "issuer_unreachable")
    assert issuer.asked == (0 if failure == "gone" else 1)


def test_the_issuer_is_asked_again_after_a_while(issuer: Issuer) -> None:
    issuer.status = 500
    refused(me(issuer.token()), 503, "issuer_unreachable")
    issuer.status = 200
    issuer.wait_out(16)
    given(me(issuer.token()))


@pytest.mark.parametrize(("away", "status"), [(600, 200), (4000, 503)])
def test_the_last_keys_stay_good_for_an_hour(issuer: Issuer, away: float, status: int) -> None:
    given(me(issuer.token()))
    issuer.status = 500
    issuer.wait_out(away)
    assert me(issuer.token()).status_code == status


# --- Whom a token opens ---------------------------------------------------------------------------


def test_nobody_is_created_unless_the_setting_allows_it(issuer: Issuer, settings: Settings) -> None:
    settings.TOKEN_CREATE_USERS = False
    refused(me(issuer.token()), 401, "unknown_identity")
    user = UserFactory()
    ExternalIdentity.objects.create(user=user, issuer=issuer.name, subject="person-1")
    assert given(me(issuer.token()))["id"] == str(user.pk)


@pytest.mark.parametrize("verified", [True, False, "true", None])
def test_an_e_mail_address_never_opens_an_account(issuer: Issuer, verified: Any) -> None:
    owner = UserFactory(email="amina@souk.example")
    stranger = given(me(issuer.token(email="Amina@souk.example", email_verified=verified)))
    assert stranger["id"] != str(owner.pk)
    assert stranger["email"] is None


@pytest.mark.parametrize(("verified", "kept"), [(True, "leila@souk.example"), (False, None), ("true", None)])
def test_a_free_address_is_kept_if_the_issuer_confirmed_it(issuer: Issuer, verified: Any, kept: str | None) -> None:
    assert given(me(issuer.token(email="Leila@souk.example", email_verified=verified)))["email"] == kept


def test_a_closed_account_stays_closed(issuer: Issuer) -> None:
    given(me(issuer.token()))
    User.objects.update(is_active=False)
    refused(me(issuer.token()), 401, "unknown_identity")


def test_odd_claims_do_no_harm(issuer: Issuer) -> None:
    odd = {"given_name": ["x"], "family_name": "\x00", "email": {"a": 1}, "email_verified": True, "is_staff": True}
    person = given(me(issuer.token(**odd)))
    assert (person["first_name"], person["last_name"], person["is_staff"]) == ("", "", False)


@pytest.mark.django_db(transaction=True)
def test_two_first_requests_at_once_make_one_person(issuer: Issuer) -> None:
    def ask(_number: int) -> Any:
        try:
            return given(me(issuer.token()))["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        people = set(pool.map(ask, range(8)))
    assert len(people) == User.objects.count() == 1
