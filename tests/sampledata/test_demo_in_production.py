"""The demo's log-ins have passwords that everybody can read, so production gets them only if asked for by name."""

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from catalog.models import Product
from sampledata.checks import check_demo_logins
from tests.sampledata.test_command import run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("options", [[], ["--if-empty"], ["--products", "1"], ["--seed", "7"]])
@pytest.mark.parametrize("environment", ["production", "staging", "Local", ""])
def test_no_sample_data_are_loaded_outside_of_a_local_shop(
    settings: Settings, environment: str, options: list[str]
) -> None:
    settings.APP_ENV = environment

    with pytest.raises(CommandError, match="--in-production"):
        call_command("sampledata", *options)

    assert not User.objects.exists()
    assert not Product.objects.exists()


def test_production_is_warned_of_the_demo_it_asked_for_until_its_passwords_are_changed(settings: Settings) -> None:
    settings.APP_ENV = "production"
    run("--in-production")

    (warning,) = [message for message in run_checks() if message.id == "souk.W004"]
    assert "shopper, staff" in warning.msg
    for user in User.objects.filter(username__in=["shopper", "staff"]):
        user.set_password("nobody-knows-this-1")
        user.save()
    assert check_demo_logins(None) == []


def test_an_account_that_cannot_log_in_is_not_warned_of(settings: Settings) -> None:
    User.objects.create_user(email="staff@souk.example", username="staff", password="souk-staff-1", is_active=False)
    settings.APP_ENV = "production"
    assert check_demo_logins(None) == []


def test_a_local_shop_asks_its_database_nothing() -> None:
    queries: list[str] = []
    with connection.execute_wrapper(lambda execute, sql, *rest: queries.append(sql) or execute(sql, *rest)):
        assert check_demo_logins(None) == []
    assert queries == []
