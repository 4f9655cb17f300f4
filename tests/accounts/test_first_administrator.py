"""How a new shop gets its first administrator: a command, then the two-step log-in that production requires."""

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from tests.accounts.test_second_factor import AREA, PASSWORD, set_up

pytestmark = pytest.mark.django_db


def test_who_createsuperuser_made_sets_the_two_step_log_in_up_and_opens_the_admin(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    settings.MFA_TOTP_PERIOD = 60 * 60 * 24 * 365
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, username="owner", email="Owner@souk.example")

    client.post("/admin/login/", {"username": "owner", "password": PASSWORD})
    assert client.get("/admin/")["Location"] == AREA
    set_up(client)
    assert client.get("/admin/").status_code == 200
