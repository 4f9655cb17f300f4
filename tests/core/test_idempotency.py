"""A change with an Idempotency-Key happens once, whatever is repeated; whose a key is, and how long it is kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.client import encode_multipart
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.test import APIClient

from carts.models import Cart, CartLine
from config.celery import app
from core import idempotency
from core.api import idempotency as header
from core.api.docs import openapi_document
from core.beat import beat_schedule
from core.continuations import Continuation, carry_on
from core.db.ids import new_id
from core.idempotency import Claim, StoredAnswer, sweep_idempotent_requests
from core.models import IdempotentRequest
from inventory.models import StockItem
from orders.models import Order
from tests.api import V1, client_of, client_with_cart, faulty, given, raw_client, refused
from tests.core.keyed import ITEMS, KEY, LEASE, PLACE, captured_payment, is_replayed, refund_of, refunds
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import cart_ready_to_order, cart_with
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db


# --- The same again -------------------------------------------------------------------------------


def test_the_same_request_gets_the_same_answer_and_happens_once() -> None:
    variant = stocked_variant()
    client = client_with_cart(cart_with(variant).token)
    body = {"variant_id": str(variant.pk), "quantity": 2}
    first = client.post(ITEMS, body, headers=KEY)
    again = client.post(ITEMS, body, headers=KEY)
    given(first, 201)
    assert (again.status_code, again.content) == (201, first.content)
    assert again["X-Cart-Token"] == first["X-Cart-Token"]
    assert (is_replayed(first), is_replayed(again)) == (False, True)
    assert CartLine.objects.get().quantity == 3


def test_a_refund_sent_again_pays_once() -> None:
    refund = refund_of(captured_payment(), client_of(StaffFactory()))
    first, again = given(refund(), 201), given(refund(), 201)
    assert (again, refunds()) == (first, 1)


def test_another_key_is_another_request() -> None:
    payment, client = captured_payment(), client_of(StaffFactory())
    for key in ("one", "two"):
        assert not is_replayed(refund_of(payment, client, **{"idempotency-key": key})())
    assert refunds() == 2


def test_an_order_placed_again_is_answered_as_the_first_time() -> None:
    client = client_with_cart(cart_ready_to_order().token)
    first, again = client.post(PLACE, headers=KEY), client.post(PLACE, headers=KEY)
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)


@pytest.mark.parametrize("other", ["body", "path", "method"])
def test_a_key_does_not_serve_for_another_request(other: str) -> None:
    variant = stocked_variant()
    cart = cart_with(variant)
    client, body = client_with_cart(cart.token), {"variant_id": str(variant.pk)}
    given(client.post(ITEMS, body, headers=KEY), 201)
    send = {
        "body": lambda: client.post(ITEMS, {**body, "quantity": 2}, headers=KEY),
        "path": lambda: client.post(PLACE, body, headers=KEY),
        "method": lambda: client.patch(f"{ITEMS}/{cart.lines.get().pk}", body, headers=KEY),
    }[other]
    refused(send(), 422, "idempotency_key_reused")
    assert CartLine.objects.get().quantity == 2


def test_a_key_does_not_serve_for_another_query() -> None:
    client, body = client_of(StaffFactory()), {"rows": [{"sku": stocked_variant().sku, "brand": "Souk"}]}
    given(client.post(f"{V1}/bulk/products", body, headers=KEY))
    refused(client.post(f"{V1}/bulk/products?atomic=true", body, headers=KEY), 422, "idempotency_key_reused")


def test_without_a_key_nothing_is_kept() -> None:
    variant = stocked_variant()
    given(client_with_cart(cart_with(variant).token).post(ITEMS, {"variant_id": str(variant.pk)}), 201)
    assert not IdempotentRequest.objects.exists()


# --- The header -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "a b", "\t", "é", "\x7f", "x" * 256])
def test_a_key_that_cannot_be_one_is_refused_by_name(key: str) -> None:
    client = client_with_cart(cart_ready_to_order().token)
    details = faulty(client.post(PLACE, headers={"idempotency-key": key}))
    assert set(details) == {"Idempotency-Key"}
    assert not Order.objects.exists()


@pytest.mark.parametrize("key", ["!", "~" * 255])
def test_the_longest_and_shortest_key_are_good(key: str) -> None:
    client = client_with_cart(cart_ready_to_order().token)
    given(client.post(PLACE, headers={"idempotency-key": key}), 201)


def test_a_key_on_a_read_is_not_looked_at(api: APIClient) -> None:
    given(api.get(f"{V1}/cart", headers={"idempotency-key": ""}))


def test_a_body_that_is_too_large_is_refused_with_a_key_too(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    client = client_with_cart(cart_with().token)
    refused(client.post(ITEMS, {"variant_id": "x" * 20}, headers=KEY), 413, "body_too_large")
    assert not IdempotentRequest.objects.exists()


def test_a_form_is_refused_with_a_key_too() -> None:
    browser = raw_client(**KEY)
    browser.force_login(UserFactory())
    refused(browser.post(ITEMS, {"variant_id": "1"}), 415, "unsupported_media_type")


def _print_of(boundary: str, picture: bytes) -> str:
    parts = {"name": "mint", "picture": SimpleUploadedFile("mint.webp", picture)}
    form = RequestFactory().post("/", encode_multipart(boundary, parts), f"multipart/form-data; boundary={boundary}")
    request = Request(form, parsers=[MultiPartParser()])
    printed = header._fingerprint(request)
    assert request.data["picture"].read() == picture
    return printed


def test_a_forms_parts_count_and_not_what_divides_them() -> None:
    assert _print_of("one", b"green") == _print_of("two", b"green") != _print_of("one", b"white")


# --- What was refused may be tried again ----------------------------------------------------------


def test_a_refused_request_frees_its_key_and_may_succeed_later() -> None:
    variant = stocked_variant(1)
    client, body = client_with_cart(cart_with(variant).token), {"variant_id": str(variant.pk)}
    refused(client.post(ITEMS, body, headers=KEY), 409, "out_of_stock")
    assert not IdempotentRequest.objects.exists()
    StockItem.objects.update(on_hand=5)
    given(client.post(ITEMS, body, headers=KEY), 201)


def test_a_crash_leaves_no_effect_and_frees_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(claim: Claim, answer: StoredAnswer) -> None:
        raise RuntimeError("before the answer was kept")

    client = client_of(StaffFactory())
    client.raise_request_exception = False
    refund = refund_of(captured_payment(), client)
    with monkeypatch.context() as patch:
        patch.setattr(header, "store_answer", crash)
        refused(refund(), 500, "server_error")
        assert (refunds(), IdempotentRequest.objects.count()) == (0, 0)
    given(refund(), 201)
    assert refunds() == 1


# --- Whose key ------------------------------------------------------------------------------------


def test_a_guest_does_not_get_another_guests_answer() -> None:
    variant = stocked_variant()
    body = {"variant_id": str(variant.pk)}
    tokens = [cart_with(variant).token for _guest in range(2)]
    answers = [client_with_cart(token).post(ITEMS, body, headers=KEY) for token in tokens]
    assert [given(answer, 201)["token"] for answer in answers] == tokens
    assert not any(map(is_replayed, answers))


def test_a_user_does_not_get_another_users_answer() -> None:
    users = UserFactory.create_batch(2)
    answers = [client_of(user).patch(f"{V1}/users/me", {"phone": "1"}, headers=KEY) for user in users]
    assert [given(answer)["id"] for answer in answers] == [str(user.pk) for user in users]


def test_a_users_key_is_the_users_whatever_cart_is_named_beside() -> None:
    user, guest = UserFactory(), cart_with()
    client = client_of(user)
    given(client.patch(f"{V1}/users/me", {"phone": "1"}, headers={**KEY, "x-cart-token": guest.token}))
    assert IdempotentRequest.objects.get().caller == f"user:{user.pk}"


@pytest.mark.parametrize("token", [None, "null", "x" * 64, "é"])
def test_the_key_of_who_has_no_cart_is_not_looked_up(token: str | None) -> None:
    body = {"variant_id": str(stocked_variant().pk)}
    headers = KEY if token is None else {**KEY, "x-cart-token": token}
    answers = [APIClient().post(ITEMS, body, headers=headers) for _guest in range(2)]
    assert len({given(answer, 201)["token"] for answer in answers}) == Cart.objects.count() == 2
    assert not IdempotentRequest.objects.exists()


def test_a_customers_cart_token_names_no_guest() -> None:
    cart = cart_with(customer=UserFactory())
    refused(client_with_cart(cart.token).post(PLACE, headers=KEY), 404, "not_found")
    assert not IdempotentRequest.objects.exists()


# --- Tokens ---------------------------------------------------------------------------------------


def test_an_answer_with_tokens_is_never_kept() -> None:
    user, guest = UserFactory(), cart_with()
    client = client_with_cart(guest.token)
    credentials = {"login": user.email, "password": "a-good-password-1"}
    first, second = (given(client.post(f"{V1}/auth/login", credentials, headers=KEY)) for _time in range(2))
    assert first["refresh"] != second["refresh"]
    change = {"old_password": "a-good-password-1", "new_password": "another-good-one-2"}
    given(client_of(user).post(f"{V1}/auth/password/change", change, headers=KEY))
    assert not IdempotentRequest.objects.exists()


def _changes() -> list[tuple[str, dict[str, Any]]]:
    paths = openapi_document()["paths"]
    methods = {"post", "put", "patch", "delete"}
    return [
        (f"{method} {path}", operation)
        for path, item in paths.items()
        for method, operation in item.items()
        if method in methods
    ]


def _takes_key(operation: dict[str, Any]) -> bool:
    return any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))


def test_the_document_names_the_key_on_every_change_but_those_of_log_ins() -> None:
    without = {name for name, operation in _changes() if not _takes_key(operation)}
    assert without
    others = {name for name in without if not name.startswith(f"post {V1}/auth/")}
    # A person's data are not kept once more, least of all while they are erased.
    kept_apart = {f"post {V1}/users/me/{name}" for name in ("erase", "export", "proof")}
    # A payment provider repeats its news by itself, and asking what a payment is now has no second effect.
    kept_apart.add(f"post {V1}/payments/providers/{{provider}}/events")
    assert others == kept_apart | {f"post {V1}/users/{alias}" for alias in ("login", "register")}


def test_no_operation_that_takes_a_key_answers_with_tokens() -> None:
    components = openapi_document()["components"]["schemas"]
    logs_in = {f'"#/components/schemas/{name}"' for name, schema in components.items() if _has_tokens(schema)}
    assert logs_in
    for name, operation in _changes():
        answers = str(operation["responses"]).replace("'", '"')
        assert not (_takes_key(operation) and any(schema in answers for schema in logs_in)), name


def _has_tokens(schema: dict[str, Any]) -> bool:
    return {"access", "refresh"} <= set(schema.get("properties", {}))


# --- The table ------------------------------------------------------------------------------------


def row(**values: Any) -> IdempotentRequest:
    given_up = {"caller": "user:1", "key": "k", "fingerprint": "f", "lease": new_id(), "leased_until": timezone.now()}
    return IdempotentRequest.objects.create(**{**given_up, **values})


def test_the_database_holds_one_row_a_caller_and_key() -> None:
    row()
    row(caller="user:2")
    with pytest.raises(IntegrityError, match="one_a_key"):
        row()


@pytest.mark.parametrize("answer", [{"status": 200}, {"body": b""}, {"status": 409, "body": b"", "headers": {}}])
def test_the_database_holds_whole_answers_of_success_only(answer: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="answer_whole"):
        row(**answer)


@pytest.mark.parametrize("half", [{"continuation": "payments.operation"}, {"continuation_id": new_id()}])
def test_the_database_holds_whole_continuations_only(half: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="continuation_whole"):
        row(**half)


def test_a_refusal_is_kept_once_an_effect_is_committed() -> None:
    committed = {"continuation": "payments.operation", "continuation_id": new_id()}
    row(status=422, headers={}, body=b"{}", **committed)
    with pytest.raises(IntegrityError, match="answer_whole"):
        row(key="fault", status=500, headers={}, body=b"{}", **committed)


def claimed(**arguments: Any) -> Claim:
    claim = idempotency.claim_request(caller="user:1", key="k", fingerprint="f", **arguments)
    assert isinstance(claim, Claim)
    return claim


def test_who_takes_a_committed_claim_over_is_told_what_it_waits_for() -> None:
    continuation = Continuation("payments.operation", new_id())
    claim = claimed()
    with transaction.atomic():
        idempotency.commit_to(claim, continuation)
    idempotency.give_up(claim)  # too late: the effect is there
    with pytest.raises(idempotency.InFlight):
        claimed()
    idempotency.release(claim)
    taken_over = claimed()
    assert (claim.continuation, taken_over.continuation) == (None, continuation)
    idempotency.store_outcome(claim, StoredAnswer(201, {}, b"late"))  # its lease is lost
    idempotency.store_outcome(taken_over, StoredAnswer(422, {}, b"declined"))
    answer = idempotency.claim_request(caller="user:1", key="k", fingerprint="f")
    assert answer == StoredAnswer(422, {}, b"declined")


def test_a_claim_that_was_lost_commits_nothing() -> None:
    claim = claimed()
    claimed(now=timezone.now() + LEASE)
    with pytest.raises(idempotency.InFlight), transaction.atomic():
        idempotency.commit_to(claim, Continuation("payments.operation", new_id()))


def test_only_what_an_app_registers_is_carried_on_with() -> None:
    with pytest.raises(KeyError):
        carry_on(Continuation("gold.rush", new_id()))


def test_the_sweep_forgets_what_is_past_its_time_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_BATCH", 2)
    now = timezone.now()
    for hours in (24, 25, 26, 27, 28):
        row(key=str(hours), leased_until=now - timedelta(hours=hours, seconds=1))
    row(key="young", leased_until=now - timedelta(hours=23))
    row(key="at work", leased_until=now + LEASE)
    assert (sweep_idempotent_requests(now=now), sweep_idempotent_requests(now=now)) == (5, 0)
    assert set(IdempotentRequest.objects.values_list("key", flat=True)) == {"young", "at work"}


def test_how_long_keys_are_kept_is_a_setting(settings: Settings) -> None:
    settings.IDEMPOTENCY_KEEP_HOURS = 1
    row(leased_until=timezone.now() - timedelta(hours=2))
    assert sweep_idempotent_requests() == 1


def test_the_command_says_how_many_it_forgot(capsys: pytest.CaptureFixture[str]) -> None:
    row(leased_until=timezone.now() - timedelta(days=2))
    call_command("sweep_idempotency")
    assert capsys.readouterr().out == "1 keys forgotten.\n"


def test_the_beat_starts_the_sweep(settings: Settings) -> None:
    row(leased_until=timezone.now() - timedelta(days=2))
    app.loader.import_default_modules()
    task = app.tasks[beat_schedule()["sweep-idempotent-requests"]["task"]]
    assert task() == 1


# --- Queries --------------------------------------------------------------------------------------


def _statements(send: Callable[..., HttpResponse], **headers: str) -> int:
    """The queries of a request; what opens and ends transactions is left out."""
    with CaptureQueriesContext(connection) as queries:
        assert send(headers=headers).status_code < 300
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


@pytest.mark.parametrize(("who", "more"), [("user", 2), ("guest", 3)])
def test_a_key_takes_few_queries_more(who: str, more: int) -> None:
    variant = stocked_variant(100)
    user = UserFactory() if who == "user" else None
    cart = cart_with(variant, customer=user)
    client = client_of(user) if user else client_with_cart(cart.token)
    address, quantities = f"{ITEMS}/{cart.lines.get().pk}", iter((2, 3))

    def change(headers: dict[str, str]) -> HttpResponse:
        return client.patch(address, {"quantity": next(quantities)}, headers=headers)

    assert _statements(change, **KEY) == _statements(change) + more


def test_a_replay_takes_who_is_asking_and_two_queries() -> None:
    client = client_of(UserFactory())

    def change(headers: dict[str, str]) -> HttpResponse:
        return client.patch(f"{V1}/users/me", {"phone": "1"}, headers=headers)

    change(KEY)
    assert _statements(change, **KEY) == 3
