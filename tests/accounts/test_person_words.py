"""By what staff finds a person while they type."""

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import User
from accounts.selectors import people_matching
from orders.admin.entry import customers_matching
from tests.factories.accounts import UserFactory
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def jean(db: None) -> User:
    user: User = UserFactory(
        email="jl.o-neil@mail.example",
        username="Jean_L",
        first_name="Jean-Luc",
        last_name="O'Neil",
        company="Épicerie d’Afrique (Paris)",
    )
    return user


def found(text: str) -> list[User]:
    return list(people_matching(User.objects.all(), text))


@pytest.mark.parametrize(
    "text",
    [
        "jl.o-neil@mail.example",
        "JL.O-ne",
        "jean_",
        "jea",
        "jean-l",
        "luc",
        "o'n",
        "neil",
        "ÉPI",
        "afri",
        "paris",
        "(par",
        "luc neil",
        "neil  jean",
        "jl.o épi d’a",
    ],
)
def test_is_how_words_of_name_and_company_begin_or_an_address_or_username(jean: User, text: str) -> None:
    UserFactory()

    assert found(text) == [jean]


@pytest.mark.parametrize(
    "text", ["", "  ", "uc", "mail.example", "luc nobody", "jean:*", "jean | x", "'", "\\", "& !", "%"]
)
def test_is_no_part_from_the_middle_and_no_sign_of_a_query(jean: User, text: str) -> None:
    assert found(text) == []


def test_is_an_arabic_name_with_and_without_its_article() -> None:
    user = UserFactory(first_name="أنيس", last_name="الطرابلسي")

    assert found("طراب") == found("الطر") == found("أنيس طرا") == [user]


def test_is_whatever_somebody_without_a_log_in_has() -> None:
    user = UserFactory(email=None, username=None, first_name="", last_name="", company="Dar Zarrouk")

    assert found("zarr") == [user]


@pytest.mark.parametrize("text", ["x" * 5_000, " ".join(["x"] * 500), "ﷺ" * 3_000])
def test_may_be_asked_with_far_too_much(text: str) -> None:
    assert found(text) == []


def test_may_be_as_long_as_its_columns_are() -> None:
    user = UserFactory(first_name="ﷺ" * 150, last_name="ل" * 150, company="𝕏" * 200)

    assert found("لللل") == [user]


@pytest.mark.parametrize("text", ["nobody", "leila7", "leila7 trab"])
def test_is_read_by_an_index_among_many_people(text: str) -> None:
    User.objects.bulk_create(
        User(email=f"leila{number}@mail.example", first_name=f"Leila{number}", last_name="Trabelsi")
        for number in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user")

    plan = customers_matching(text)[:8].explain()

    assert "Bitmap Index Scan on accounts_user_folded_words" in plan, plan


def test_is_what_the_list_of_people_is_searched_by(jean: User) -> None:
    UserFactory(first_name="Nobody")

    page = staff_client().get(reverse("admin:accounts_user_changelist"), {"q": "luc o'ne"})

    assert list(page.context["cl"].queryset) == [jean]
