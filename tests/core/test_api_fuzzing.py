"""Requests made from the OpenAPI document: no crash, and no answer that the document does not tell of.

A run of the tests makes a few requests for each operation, the same ones every time. More of them, and others each
time: `FUZZ_EXAMPLES=100 pytest tests/core/test_api_fuzzing.py`.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
from allauth.account.models import EmailAddress
from django.core import signals
from django.core.cache import cache
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from pytest_django import Settings
from rest_framework.test import APIClient
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from accounts.tokens import issue_tokens
from catalog.models import ProductImage
from checkout.services.edit_order import Edit, edit_order
from checkout.services.place_items import Item, place_items
from config.wsgi import application
from core.api.docs import openapi_document
from core.db.ids import new_id
from desk.integrity_tasks import INTEGRITY_FAILED
from desk.kinds import Cause
from desk.models import StaffTask
from desk.services import close_task, raise_task
from desk.states import TaskState
from orders.models import Order
from pricing.discounts import Discount, DiscountTarget
from tests.api import V1
from tests.core.test_api_document import Shop
from tests.core.test_api_permissions import CASES, routes
from tests.factories.accounts import StaffFactory, UserFactory, details_of, postal
from tests.factories.catalog import CategoryFactory, ProductImageFactory, VariantFactory
from tests.factories.checkout import cart_ready_to_order, confirmed_order

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
FEW = 5
_CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,  # the last, for sparse answers are not held against it
]


class Fuzz:
    """The document's operations, asked in one role over the rows of a shop; whatever is done is undone."""

    def __init__(self, role: str, shop: Shop) -> None:
        schema = schemathesis.openapi.from_dict(openapi_document())
        schema.app = _from_here
        self.operations = [result.ok() for result in schema.get_all_operations()]
        self.shop = shop
        self.headers = _headers(role, shop)
        self.statuses: Counter[tuple[str, int]] = Counter()

    def ids(self, template: str) -> dict[str, str]:
        """The ids that the shop has for an address' parameters."""
        names = [part[1:-1] for part in template.split("/") if part.startswith("{")]
        filled = self.shop.ids(template).split("/")
        found = [one for part, one in zip(template.split("/"), filled, strict=True) if part.startswith("{")]
        return dict(zip(names, found, strict=True))

    def send(self, case: Any) -> int:
        """Send a request, hold its answer against the document, and undo what it did."""
        with transaction.atomic():
            response = case.call(headers=self.headers)
            # The document's schemas are those of answers in full.
            is_sparse = "fields" in (case.query or {})
            case.validate_response(response, checks=_CHECKS[:-1] if is_sparse else _CHECKS)
            transaction.set_rollback(True)
        self.statuses[case.operation.label, response.status_code] += 1
        return int(response.status_code)

    def fuzz(self, examples: int, *, alike: bool) -> None:
        """So many requests for each operation, over ids that are there."""
        for operation in self.operations:
            self._fuzz(operation, self.ids(operation.path), examples, alike)

    def _fuzz(self, operation: Any, parameters: dict[str, str], examples: int, alike: bool) -> None:
        @settings(
            max_examples=examples,
            derandomize=alike,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(path_parameters=parameters or None))
        def run(case: Any) -> None:
            self.send(case)

        run()


def _from_here(environ: dict[str, Any], start_response: Any) -> Any:
    """The application, for a caller with an address: limits are counted by it."""
    return application({"REMOTE_ADDR": "127.0.0.1", **environ}, start_response)


def _passwordless() -> User:
    """Somebody who logs in at another issuer."""
    user: User = UserFactory(email="leila@mail.example")
    user.set_unusable_password()
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True)
    return user


def _headers(role: str, shop: Shop) -> dict[str, str]:
    if role == "guest":
        return {"X-Cart-Token": str(cart_ready_to_order(shop.variant).token)}
    people = {
        "staff": StaffFactory,
        "customer": lambda: shop.customer,
        "newcomer": UserFactory,
        "passwordless": _passwordless,
    }
    return {"Authorization": f"Bearer {issue_tokens(people[role]()).access}"}


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Every request ends by closing old connections, and the test's is one."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.fixture
def shop() -> Shop:
    made = Shop()
    cart_ready_to_order(made.variant, customer=made.customer)
    return made


@pytest.mark.parametrize("role", ["staff", "customer", "guest"])
def test_no_request_gets_an_answer_that_the_document_does_not_tell_of(role: str, shop: Shop) -> None:
    Fuzz(role, shop).fuzz(EXAMPLES or FEW, alike=not EXAMPLES)


def test_requests_that_are_right_succeed_at_nearly_every_operation(shop: Shop) -> None:
    succeeded: set[tuple[str, str]] = set()
    for role in ("staff", "customer", "newcomer", "passwordless", "guest"):
        fuzz = Fuzz(role, shop)
        by_name = {operation.label: operation for operation in fuzz.operations}
        for (name, method), address in routes().items():
            cache.clear()
            operation = by_name[f"{method.upper()} {address}"]
            body = CASES[name, method].body(shop)
            if name == "stock_notices" and body:
                body["variant_id"] = str(VariantFactory().pk)  # nobody waits for what is there
            case = operation.Case(
                path_parameters=_ids(fuzz, name, method, address),
                query=CASES[name, method].query(shop),
                **({"body": body, "media_type": "application/json"} if operation.body else {}),
            )
            if CASES[name, method].multipart:
                continue
            if fuzz.send(case) < 300:
                succeeded.add((name, method))
    missed = set(routes()) - succeeded
    assert len(missed) <= 0.05 * len(routes()), sorted(missed)


def _awaits_transfer(shop: Shop) -> Order:
    """An order of the shop's customer that took no cart."""
    details = details_of(shipping_address=postal(), shipping_method="standard", payment_provider="bank_transfer")
    return place_items(
        items=[Item(1, variant_id=shop.variant.pk)], customer=shop.customer, actor=shop.customer, details=details
    ).order


def _discounted(shop: Shop) -> Order:
    """A confirmed order with a discount that staff gave."""
    order = confirmed_order(variant=shop.variant)
    discount = Discount(target=DiscountTarget.GOODS, reason="Late", percent=Decimal(10))
    return edit_order(order_id=order.pk, edit=Edit(discount=discount), actor=None, note=discount.reason)


def _done_task() -> StaffTask:
    task = raise_task(kind=INTEGRITY_FAILED, cause=Cause(object_id=str(new_id()), params={"check": "totals"}))
    return close_task(task_id=task.pk, to=TaskState.DONE, actor=None)


def _image() -> ProductImage:
    made: ProductImage = ProductImageFactory(product=VariantFactory().product, is_primary=False)
    return made


# Rows other than the shop's, where those are past what is to be done: the ids of their addresses.
_OTHERS: dict[tuple[str, str], Callable[[Shop], dict[str, Any]]] = {
    ("category", "delete"): lambda shop: {"key": CategoryFactory().slug},
    ("product", "delete"): lambda shop: {"key": VariantFactory().product.slug},
    ("product_image", "delete"): lambda shop: {"key": (image := _image()).product.slug, "public_id": image.public_id},
    ("order_back_to_cart", "post"): lambda shop: {"id": _awaits_transfer(shop).pk},
    ("order_cancel", "post"): lambda shop: {"id": shop.waiting.pk},
    ("order_discount", "delete"): lambda shop: {"id": _discounted(shop).pk, "code": "manual-1"},
    ("payment_split", "post"): lambda shop: {"id": shop.waiting.payments.get().pk},
    ("staff_task_reopen", "post"): lambda shop: {"id": _done_task().pk},
    **dict.fromkeys(
        [("order", "patch"), ("order_discounts", "post"), ("order_shipments", "post")],
        lambda shop: {"id": confirmed_order(variant=shop.variant).pk},
    ),
}


def _ids(fuzz: Fuzz, name: str, method: str, address: str) -> dict[str, str]:
    others = _OTHERS.get((name, method))
    return {part: str(one) for part, one in others(fuzz.shop).items()} if others else fuzz.ids(address)


def test_who_asks_too_often_is_told_so_as_the_document_says(shop: Shop, settings: Settings) -> None:
    settings.RATE_LIMITS = {"auth": "3/min", "track": "3/min"}
    # What each fuzzed request counts is undone with it, so the limit is used up before.
    for _attempt in range(3):
        APIClient().post(f"{V1}/auth/login", {"username": "nobody", "password": "wrong"})
    # Django's client connected them again.
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    fuzz = Fuzz("guest", shop)
    fuzz.operations = [one for one in fuzz.operations if one.path.startswith((f"{V1}/auth/", f"{V1}/orders/track"))]
    fuzz.fuzz(FEW, alike=True)
    assert {status for _label, status in fuzz.statuses} >= {429}
