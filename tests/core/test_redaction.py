"""Nothing that opens something, and nobody's address, stands in a log or in the record of a failure."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail, signing
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django.urls.converters import StringConverter
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from audit.models import Change
from core.failures.models import FailedTask
from core.failures.services import record_failure
from core.logs import OneLineARequest, json_formatter
from core.text.redaction import redact_text
from core.web.converters import SecretConverter
from notifications.mails import stop_token
from orders.selectors import order_link_token
from tests.api import V1
from tests.factories.accounts import UserFactory
from tests.factories.checkout import confirmed_order
from tests.mails import mailed_key

pytestmark = pytest.mark.django_db

_PASSWORD = "nine tall fig trees"


class _Lines(logging.Handler):
    """What the shop's own handler would write."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        chain = settings.LOGGING["formatters"]["json"]["foreign_pre_chain"]
        self.setFormatter(json_formatter(chain))
        self.addFilter(OneLineARequest())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[list[str]]:
    handler = _Lines()
    logging.getLogger().addHandler(handler)
    yield handler.lines
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("language", ["en", "fr", "ar", "de"])
@pytest.mark.parametrize("end", ["/", "", "/back-to-cart/", "x%20y/", "/?next=/en/"])
def test_the_key_of_no_mailed_link_is_logged(client: Client, log: list[str], language: str, end: str) -> None:
    client.post("/en/account/password/reset/", {"email": UserFactory(email="amina@souk.example").email})
    [reset] = [line for line in str(mail.outbox[0].body).splitlines() if "/reset/key/" in line]
    form = {"email": "new@souk.example", "username": "newcomer", "password1": _PASSWORD, "password2": _PASSWORD}
    client.post("/en/account/signup/", form)
    secrets = {
        "orders/track": order_link_token(confirmed_order().pk),
        "notices/stop": stop_token(confirmed_order().pk),
        "account/password/reset/key": reset.rstrip("/").rpartition("/")[2],
        "account/welcome": mailed_key(),
        "account/confirm-email": signing.dumps(1, salt="account"),
    }
    log.clear()
    for route, secret in secrets.items():
        client.get(f"/{language}/{route}/{secret}{end}")
        client.post(f"/{language}/{route}/{secret}{end}")
    assert len(log) == 2 * len(secrets)
    assert not [line for line in log for secret in secrets.values() if secret in line or secret[5:-5] in line]


@pytest.mark.parametrize(
    "query",
    [
        "number=ABC123XYZ&email=amina%40souk.example", "token={token}", "q=amina@souk.example", "q=Amina+Haddad",
        "x=1&Token={token}", "next=/en/orders/track/{token}/", "page=amina@souk.example", "a;token={token}",
    ],
)  # fmt: skip
def test_what_people_typed_into_an_address_is_not_logged(api: APIClient, log: list[str], query: str) -> None:
    token = order_link_token(confirmed_order().pk)
    for address in (f"{V1}/orders/track", "/en/search/", f"{V1}/products", "/en/none", "/admin/accounts/user/"):
        api.get(f"{address}?{query.format(token=token)}")
    written = "".join(log)
    assert not [secret for secret in (token, "ABC123XYZ", "amina", "Amina", "Haddad") if secret in written]


def test_what_tells_where_in_a_list_somebody_was_is_logged(api: APIClient, log: list[str]) -> None:
    api.get(f"{V1}/products?page=2&page_size=5&in_stock=true&q=tea")
    [line] = log
    assert json.loads(line)["request"] == f"GET {V1}/products?page=2&page_size=5&in_stock=true&q=…"


def test_a_request_has_one_line_with_its_caller_and_outcome(client: Client, log: list[str]) -> None:
    client.get("/en/none/", headers={"user-agent": "Firefox"})
    [line] = [json.loads(one) for one in log]
    assert (line["event"], line["code"], line["user_agent"], line["ip"]) == (
        "request_finished", 404, "Firefox", "127.0.0.1",
    )  # fmt: skip
    assert {"request_id", "timestamp", "level"} <= set(line)


def _fail(_request: HttpRequest) -> HttpResponse:
    raise ValueError("no such person: amina@souk.example")


urlpatterns = [path("fail", _fail)]


@pytest.mark.urls(__name__)
def test_a_request_that_fails_has_one_line_too(log: list[str]) -> None:
    assert Client(raise_request_exception=False).get("/fail").status_code == 500
    assert len(log) == 1
    assert "Traceback" in log[0]
    assert "amina" not in log[0]


@pytest.mark.parametrize(
    "text",
    [
        "SMTPRecipientsRefused: {'amina@souk.example': (550, b'no')}",
        "<أمينة@souk.example> refused",
        'IntegrityError: DETAIL:  Key (email)=(amina@souk.example) already exists.',
        "IntegrityError: DETAIL:  Key (username)=(secretvalue) already exists.",
        "DETAIL:  Failing row contains (1, Amina (secretvalue), 7 rue des Oliviers).",
        "Authorization: Bearer secretvalue", "postgres://souk:secretvalue@db/souk", "password='secretvalue'",
        '{"token": "secretvalue"}', "redis://:secretvalue@127.0.0.1/0",
    ],
)  # fmt: skip
def test_messages_of_exceptions_name_nobody(text: str) -> None:
    redacted = redact_text(text)
    assert not [secret for secret in ("amina", "أمينة", "secretvalue", "Oliviers") if secret in redacted]


def test_a_token_is_known_wherever_it_stands() -> None:
    for token in (
        str(AccessToken()),
        order_link_token(UserFactory().pk),
        signing.dumps({"a": 1}),
        stop_token(UserFactory().pk),
    ):
        assert token[6:-2] not in redact_text(f"failed with {token!r}, again")


@pytest.mark.parametrize(
    "text",
    [
        "GET /en/p/copper-teapot-with-a-long-name/ took 3.5 s", "2026-12-01T10:51:33.548427Z",
        'File "/srv/souk/core/text.py", line 12, in clean_line', "order 01a2313b-3502-765a-bf26-b75ca5ed29aa expired",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text


def test_a_failed_task_keeps_neither_key_nor_address() -> None:
    token = order_link_token(UserFactory().pk)
    error = f"GET /en/orders/track/{token}/ for amina@souk.example"
    record_failure(name="a.task", arguments={"message_id": "1"}, error=error, traceback=f"Traceback\n{error}")
    row = FailedTask.objects.get()
    assert row.arguments == {"message_id": "1"}
    assert not [secret for secret in (token, "amina") if secret in row.error + row.traceback]


def test_the_audit_keeps_no_key(client: Client) -> None:
    form = {"email": "new@souk.example", "username": "newcomer", "password1": _PASSWORD, "password2": _PASSWORD}
    client.post("/en/account/signup/", form)
    key = mailed_key()
    client.post(reverse("accounts:confirm_signup", args=[key]), {"username": "newcomer", "password": _PASSWORD})
    activities = set(Change.objects.values_list("activity", flat=True))
    assert not [one for one in activities if key in one]


def test_errors_of_the_database_are_redacted_in_the_log(log: list[str]) -> None:
    UserFactory(email="amina@souk.example")
    try:
        UserFactory(email="amina@souk.example", username="other")
    except IntegrityError:
        logging.getLogger("shop").exception("not stored for %s", "amina@souk.example")
    assert "IntegrityError" in log[0]
    assert "amina" not in log[0]


def test_celery_logs_in_the_form_of_the_settings() -> None:
    from celery.signals import setup_logging  # noqa: PLC0415 - config.celery connects it

    assert setup_logging.receivers


# --- Every route ------------------------------------------------------------------------------------

# Arguments of routes that open nothing.
_HARMLESS = {
    "number",
    "slug",
    "object_id",
    "app_label",
    "url",
    "path",
    "content_type_id",
    "id",
    "public_id",
    "format",
    "tag",
}


def _routes(resolver: Any) -> Iterator[URLPattern]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _routes(one)
        else:
            yield one


def test_every_route_with_a_text_says_whether_it_is_secret() -> None:
    for route in _routes(get_resolver()):
        for name, converter in getattr(route.pattern, "converters", {}).items():
            is_text = isinstance(converter, StringConverter) and not isinstance(converter, SecretConverter)
            # The keys of products and categories are slugs and ids.
            if is_text and type(converter).__name__ != "SlugConverter" and route.name not in settings.SECRET_ROUTES:
                assert name in _HARMLESS, f"{route.name}: declare <secret:{name}>, or add it to the harmless ones"


@pytest.mark.parametrize("sign", ["@", "%40", "%2540", "%252540", "＠"])
@pytest.mark.parametrize("around", ["GET /en/{}/", "/en/account/login/%3Fnext%3D/en/{}", "bounced: <{}>"])
def test_an_address_is_hidden_however_often_it_was_encoded(sign: str, around: str) -> None:
    assert "souk.example" not in redact_text(around.format(f"amina{sign}souk.example"))
