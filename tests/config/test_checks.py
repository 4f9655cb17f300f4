"""Each wrong setting is named by a system check of its own."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings

from config import checks

PRODUCTION = {"APP_ENV": "production", "DATABASE_URL": "postgres://db.example/souk", "SHOP_URL": "https://shop.example"}
BUCKET = {"S3_BUCKET": "pictures", "MEDIA_BASE_URL": "https://cdn.shop.example"}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("souk.E001", {"SECRET_KEY": "short"}),
    ("souk.E002", {"TOKEN_SECRET": "short"}),
    ("souk.E003", PRODUCTION | {"DEBUG": True}),
    ("souk.E050", {"MFA_ENCRYPTION_KEYS": ["x" * 50, "short"]}),
    ("souk.E004", PRODUCTION | {"ALLOWED_HOSTS": ["*"]}),
    ("souk.E005", {"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}),
    ("souk.E006", {"DATABASES": {"default": {"ENGINE": "core.postgresql", "ATOMIC_REQUESTS": True}}}),
    (
        "souk.E007",
        {"DATABASES": {"default": {"ENGINE": "core.postgresql", "OPTIONS": {"pool": "true"}}}},
    ),
    ("souk.E008", {"REDIS_URL": "localhost:6379"}),
    ("souk.E060", {"API_CORS_ORIGINS": ["https://app.example/"]}),
    ("souk.E009", {"SHOP_CURRENCY": "XYZ"}),
    ("souk.E010", {"SHOP_COUNTRY": "ZZ"}),
    ("souk.E011", {"BANK_TRANSFER_DAYS": 0}),
    ("souk.E016", {"RESERVATION_MINUTES": 0}),
    ("souk.E063", {"REDIS_TIMEOUT_SECONDS": 0}),
    ("souk.E064", {"FORM_MAX_BYTES": 0}),
    ("souk.E065", {"IMPORT_MAX_ROWS": 0}),
    ("souk.E066", {"IMPORT_KEEP_DAYS": 0}),
    ("souk.E060", {"RATE_LIMITS": {"auth": "30/fortnight"}}),
    ("souk.E061", {"GUEST_RESERVATION_PERCENT": 101}),
    ("souk.W060", PRODUCTION | {"RATE_LIMITS_ENABLED": False}),
    ("souk.E062", {"NOTICE_CONFIRM_DAYS": 0}),
    ("souk.E012", {"TOKEN_TTL_MINUTES": 0}),
    ("souk.E013", {"DATA_DIR": Path("/proc/1/fdinfo/none")}),
    ("souk.E020", {"TOKEN_ISSUER": "https://issuer.example"}),
    (
        "souk.E021",
        PRODUCTION
        | {
            "TOKEN_JWKS_URL": "http://issuer.example/keys",
            "TOKEN_ISSUER": "https://issuer.example",
            "TOKEN_AUDIENCE": "souk",
        },
    ),
    ("souk.E022", {"TOKEN_CLOCK_SKEW_SECONDS": 3600}),
    ("souk.E023", {"GUESS_LIMITS": {"pair": "five"}}),
    ("souk.E030", {"SHOP_URL": "shop.example"}),
    ("souk.E031", {"OUTBOX_CONSUMERS": ["notifications.consumers.Nobody"]}),
    ("souk.E032", {"OUTBOX_KEEP_DAYS": 0}),
    ("souk.E033", {"EMAIL_TIMEOUT": 600}),
    ("souk.E034", {"SECURITY_EVENTS_KEEP_DAYS": -1}),
    ("souk.E036", {"RECOMMENDATIONS_PER_USER": 0}),
    ("souk.E070", {"PAYMENT_PROVIDERS": ["payments.providers.Nobody"]}),
    ("souk.E071", {"PAYMENT_TIMEOUT_SECONDS": 0}),
    ("souk.E072", {"PAYMENT_TIMEOUT_SECONDS": 30, "IDEMPOTENCY_LEASE_SECONDS": 60}),
    ("souk.E037", {"LOW_STOCK_UNITS": -1}),
    ("souk.E038", {"STOCK_ALERT_EMAILS": ["stock"]}),
    ("souk.E070", {"DEFAULT_FROM_EMAIL": "Souk"}),
    ("souk.E071", {"SHOP_SETTINGS_SECONDS": 61}),
    ("souk.E040", {"MEDIA_BASE_URL": "cdn.shop.example"}),
    ("souk.E041", PRODUCTION | BUCKET | {"S3_ENDPOINT_URL": "http://s3.example"}),
    ("souk.E042", BUCKET | {"S3_ACCESS_KEY_ID": "key"}),
    ("souk.E043", {"S3_REGION": "eu-west-3"}),
    ("souk.W003", BUCKET | {"MEDIA_BASE_URL": ""}),
    ("souk.W002", PRODUCTION | {"SHOP_URL": "http://127.0.0.1:8000"}),
    ("souk.W001", PRODUCTION | {"DATABASE_URL": ""}),
]


def found() -> list[str | None]:
    return [message.id for message in checks.check_settings(None)]


def test_the_settings_as_they_are_break_no_rule() -> None:
    assert found() == []


@pytest.mark.parametrize(("expected", "wrong"), WRONG)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_wrong_setting_is_named(settings: Settings, expected: str, wrong: dict[str, Any]) -> None:
    for name, value in wrong.items():
        setattr(settings, name, value)
    assert found() == [expected]


@pytest.mark.parametrize("host", ["localhost", "[::1]", "0.0.0.0", "[::]"])  # noqa: S104  (nothing is bound to it)
def test_links_that_lead_nowhere_but_here_are_warned_of(settings: Settings, host: str) -> None:
    for name, value in (PRODUCTION | {"SHOP_URL": f"http://{host}:8000"}).items():
        setattr(settings, name, value)
    assert found() == ["souk.W002"]


def test_every_rule_is_tried_and_has_a_hint() -> None:
    assert sorted(rule.id for rule in checks.RULES) == sorted(expected for expected, _ in WRONG)
    assert all(rule.hint for rule in checks.RULES)


def test_django_runs_the_rules(settings: Settings) -> None:
    settings.SHOP_CURRENCY = "XYZ"
    assert "souk.E009" in [message.id for message in run_checks()]


@pytest.mark.django_db
def test_a_database_without_uuidv7_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_database_version(None, databases=["default"]) == []
    monkeypatch.setattr(checks, "OLDEST_POSTGRES", connection.pg_version // 10_000 + 1)
    assert [message.id for message in checks.check_database_version(None, databases=["default"])] == ["souk.E014"]
