"""A log-in is a family of tokens: it ends as a whole, at once, and whatever was given out in it."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import RefreshToken

from accounts import tokens
from accounts.erasure import erase_person
from accounts.models import LoginSession, SecurityEvent, User
from accounts.tokens import TokenInvalid, TokenPair, issue_tokens, refresh_tokens
from tests.api import V1, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.staff import staff_client
from tests.races import at_once

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
NEW_PASSWORD = "nine tall fig trees"


@pytest.fixture
def amina() -> User:
    user: User = UserFactory(username="amina", email="amina@souk.example")
    return user


def opens(access: str) -> bool:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client.get(f"{V1}/users/me").status_code == 200


def works(refresh: str) -> bool:
    try:
        refresh_tokens(refresh)
    except TokenInvalid:
        return False
    return True


def is_in(client: Client) -> bool:
    return client.get("/en/account/").status_code == 200


# --- A spent refresh token that comes again -------------------------------------------------------


def test_a_spent_token_ends_the_refresh_token_that_followed_it(amina: User) -> None:
    first = issue_tokens(amina)
    second = refresh_tokens(first.refresh)
    assert not works(first.refresh)
    assert not works(second.refresh)


def test_a_spent_token_ends_every_access_token_of_its_log_in_at_once(amina: User) -> None:
    first = issue_tokens(amina)
    second = refresh_tokens(first.refresh)
    third = refresh_tokens(second.refresh)
    assert all(opens(pair.access) for pair in (first, second, third))
    assert not works(first.refresh)
    assert not any(opens(pair.access) for pair in (first, second, third))


def test_a_spent_token_at_the_log_out_ends_its_family_too(api: APIClient, amina: User) -> None:
    first = issue_tokens(amina)
    second = refresh_tokens(first.refresh)
    refused(api.post(f"{V1}/auth/logout", {"refresh": first.refresh}), 401, "token_not_valid")
    assert not opens(second.access)
    assert not works(second.refresh)


def test_other_log_ins_of_the_person_go_on(amina: User) -> None:
    other, first = issue_tokens(amina), issue_tokens(amina)
    refresh_tokens(first.refresh)
    assert not works(first.refresh)
    assert opens(other.access)
    assert works(other.refresh)


def test_reuse_is_noted_for_the_owner(amina: User) -> None:
    first = issue_tokens(amina)
    refresh_tokens(first.refresh)
    works(first.refresh)
    assert SecurityEvent.objects.filter(user=amina, kind="token_reused").count() == 1


def test_a_token_of_a_log_in_that_is_over_ends_nothing_else(api: APIClient, amina: User) -> None:
    over, other = issue_tokens(amina), issue_tokens(amina)
    given(api.post(f"{V1}/auth/logout", {"refresh": over.refresh}))
    assert not works(over.refresh)
    assert opens(other.access)


def test_an_access_token_is_no_refresh_token_and_ends_nothing(amina: User) -> None:
    pair = issue_tokens(amina)
    assert not works(pair.access)
    assert opens(pair.access)


def test_a_refresh_token_opens_nothing(amina: User) -> None:
    assert not opens(issue_tokens(amina).refresh)


# --- Log-ins that are ended -----------------------------------------------------------------------


def log_out(pair: TokenPair, person: User) -> None:
    given(APIClient().post(f"{V1}/auth/logout", {"refresh": pair.refresh}))


def end_in_the_list(pair: TokenPair, person: User) -> None:
    browser = Client()
    browser.force_login(person)
    session = LoginSession.objects.get(user=person, kind="api")
    browser.post(f"/en/account/devices/{session.pk}/end/")


def end_all_others(pair: TokenPair, person: User) -> None:
    browser = Client()
    browser.force_login(person)
    browser.post("/en/account/devices/end/")


def change_password(pair: TokenPair, person: User) -> None:
    browser = Client()
    browser.force_login(person)
    typed = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert browser.post("/en/account/password/change/", typed).status_code == 302


def deactivate(pair: TokenPair, person: User) -> None:
    url = reverse("admin:accounts_user_change", args=[person.pk])
    client = staff_client()
    shown = client.get(url).context
    form = shown["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields if name not in {"is_active", "password"}}
    typed |= {"is_staff": "", "is_superuser": "", "groups": [], "user_permissions": []}
    for prefix in [inline.formset.prefix for inline in shown["inline_admin_formsets"]]:
        typed |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    typed = {name: value for name, value in typed.items() if value not in ("", None)}
    assert client.post(url, typed).status_code == 302
    person.refresh_from_db()
    assert not person.is_active


def erase(pair: TokenPair, person: User) -> None:
    erase_person(user_id=person.pk)


ENDINGS = [log_out, end_in_the_list, end_all_others, change_password, deactivate, erase]


@pytest.mark.parametrize("end", ENDINGS)
def test_an_ended_log_in_ends_its_tokens_at_once(amina: User, end: Callable[[TokenPair, User], None]) -> None:
    pair = issue_tokens(amina)
    assert opens(pair.access)
    end(pair, amina)
    assert not opens(pair.access)
    assert not works(pair.refresh)


@pytest.mark.parametrize("by", ["row", "bulk"])
def test_an_account_that_is_opened_again_does_not_open_its_old_log_ins(amina: User, by: str) -> None:
    pair, browser = issue_tokens(amina), Client()
    browser.force_login(amina)
    for active in (False, True):
        if by == "bulk":
            User.objects.filter(pk=amina.pk).update(is_active=active)
        else:
            amina.is_active = active
            amina.save()
    assert not opens(pair.access)
    assert not works(pair.refresh)
    assert not is_in(browser)


def test_a_browser_is_logged_out_by_its_row_even_if_its_session_lives_on_in_a_cache(amina: User) -> None:
    browser = Client()
    browser.force_login(amina)
    assert is_in(browser)
    # What ended it could not reach the cache, so that the session is still there.
    LoginSession.objects.filter(user=amina).delete()
    assert not is_in(browser)
    refused(browser.get(f"{V1}/users/me"), 401, "not_authenticated")


def test_the_check_needs_no_cache(amina: User, settings: Settings) -> None:
    pair = issue_tokens(amina)
    cache.clear()
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert opens(pair.access)
    LoginSession.objects.all().delete()
    assert not opens(pair.access)


def test_a_token_that_names_no_log_in_opens_nothing(amina: User) -> None:
    assert not opens(str(RefreshToken.for_user(amina).access_token))


def test_a_token_that_names_somebody_elses_log_in_opens_nothing(amina: User) -> None:
    issue_tokens(UserFactory())
    token = RefreshToken.for_user(amina)
    token[tokens.SESSION_CLAIM] = str(LoginSession.objects.get().pk)
    assert not opens(str(token.access_token))
    token[tokens.SESSION_CLAIM] = "no-id\x00"
    assert not opens(str(token.access_token))


# --- Races ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_refreshes_at_once_one_gets_a_pair_which_reuse_has_ended(amina: User) -> None:
    first = issue_tokens(amina)
    results = at_once(*[lambda: refresh_tokens(first.refresh)] * 6)
    pairs = [result for result in results if isinstance(result, TokenPair)]
    assert len(pairs) <= 1
    assert all(isinstance(result, TokenPair | TokenInvalid) for result in results)
    assert not LoginSession.objects.exists()
    assert not any(opens(pair.access) or works(pair.refresh) for pair in pairs)


@pytest.mark.django_db(transaction=True)
def test_a_spent_token_beside_a_good_one_ends_what_the_good_one_gets(amina: User) -> None:
    for _round in range(5):
        first = issue_tokens(amina)
        second = refresh_tokens(first.refresh)
        results = at_once(lambda: refresh_tokens(second.refresh), lambda: refresh_tokens(first.refresh))  # noqa: B023
        pairs = [second, *(result for result in results if isinstance(result, TokenPair))]
        assert not any(opens(pair.access) for pair in pairs)
        assert not any(works(pair.refresh) for pair in pairs)


@pytest.mark.django_db(transaction=True)
def test_a_log_out_beside_a_refresh_ends_the_log_in(amina: User) -> None:
    for _round in range(5):
        first = issue_tokens(amina)
        results = at_once(
            lambda: refresh_tokens(first.refresh),  # noqa: B023
            lambda: tokens.revoke_token(first.refresh),  # noqa: B023
        )
        pairs = [first, *(result for result in results if isinstance(result, TokenPair))]
        assert not any(opens(pair.access) or works(pair.refresh) for pair in pairs)
