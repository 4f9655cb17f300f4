"""Addresses that the shop's first drafts named, each answered by the viewset of the address that took its place.

Two kinds are kept: every address of version 1 also answers below `/api` without a version, and the aliases in this
module answer below both. The headers of their answers tell that they are deprecated (RFC 9745), until when they stay
(RFC 8594) and what to use instead; the OpenAPI document marks the aliases. docs/api-changelog.md has the policy.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.viewsets.account import AddressViewSet, AuthViewSet, MeViewSet
from carts.viewsets import CartViewSet
from catalog.viewsets import ProductViewSet
from checkout.viewsets.checkout import CheckoutViewSet, place_callers_cart
from checkout.viewsets.items import ItemsOrderInput, ItemsOrderViewSet
from core.api.fields import MoneyField
from core.continuations import Continuation
from core.errors import InvalidInput
from core.money import Money
from orders.serializers import OrderOutput
from payments.actions import PaymentAction
from payments.models import Payment
from payments.serializers import CaptureInput, PaymentDetailOutput
from payments.services import capture_payment
from payments.states import PaymentState
from payments.viewsets import PaymentViewSet

VERSION_1 = "/api/v1/"
UNVERSIONED = "/api/"
DEPRECATED_ON = datetime(2026, 12, 1, tzinfo=UTC)
STAYS_UNTIL = datetime(2028, 1, 1, tzinfo=UTC)
TAG = "Compatibility"

_Operation = tuple[str, str]  # method and address
# What to call instead. Addresses are below /api/v1, their parts as the OpenAPI document names them.
SUCCESSORS: Mapping[_Operation, _Operation] = {
    ("post", "auth/signup"): ("post", "auth/register"),
    ("post", "users/register"): ("post", "auth/register"),
    ("post", "users/login"): ("post", "auth/login"),
    ("get", "users/profile"): ("get", "users/me"),
    ("put", "users/profile"): ("patch", "users/me"),
    ("patch", "users/profile"): ("patch", "users/me"),
    ("get", "users/addresses"): ("get", "users/me/addresses"),
    ("post", "users/addresses"): ("post", "users/me/addresses"),
    ("get", "search/products"): ("get", "products"),
    ("put", "products/{key}"): ("patch", "products/{key}"),
    ("post", "cart/add"): ("post", "cart/items"),
    ("post", "cart/checkout"): ("post", "checkout/place"),
    ("get", "retailers/cart"): ("get", "cart"),
    ("post", "retailers/cart/items"): ("post", "cart/items"),
    ("post", "payments"): ("post", "payments/{id}/capture"),
}


class AnyOrderViewSet(ItemsOrderViewSet):
    """The list of orders, and new ones: from the items of the body, or else from the caller's cart."""

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.action == "place" else super().get_permissions()

    @extend_schema(
        summary="Place an order",
        request=ItemsOrderInput,
        responses={201: OrderOutput, 200: OpenApiResponse(OrderOutput, "This cart was ordered before; its order.")},
    )
    def place(self, request: Request) -> Response | Continuation:
        """In one step, from `items`; what is refused is refused as in the checkout.

        Without `items` it places the caller's cart, as `checkout/place` does: 200 if that was ordered before. Send an
        Idempotency-Key: nothing else tells a repeated request with items from a second order.
        """
        if not (isinstance(request.data, dict) and "items" in request.data):
            return place_callers_cart(self, request)
        # Asked here and not before: an idempotent request's body is read first as it came.
        if not request.user.is_authenticated:
            self.permission_denied(request)
        return super().place(request)


class PaymentRecordInput(CaptureInput):
    """The payment of an order that has arrived as a whole."""

    order_id = serializers.UUIDField()
    amount = MoneyField(required=False, help_text="The whole amount; another one is refused.")
    method = serializers.CharField(max_length=60, required=False, help_text="The order's way to pay, if given.")


class PaymentRecordViewSet(PaymentViewSet):
    """The payments, and a captured one by its order."""

    staff_actions = {**PaymentViewSet.staff_actions, "record": PaymentAction.CAPTURE_PAYMENT}

    @extend_schema(
        summary="Capture the payment of an order", request=PaymentRecordInput, responses={201: PaymentDetailOutput}
    )
    def record(self, request: Request) -> Response | Continuation:
        """Record that the order's open payment has arrived. A repeated request changes nothing."""
        wanted = self.read(PaymentRecordInput)
        payment = _payment_of(wanted["order_id"])
        # A plain number is in the currency of the payment.
        wanted = self.read(PaymentRecordInput, context={"currency": payment.currency})
        _require_same(payment, amount=wanted.get("amount"), method=wanted.get("method"))
        change = capture_payment(payment_id=payment.pk, actor=cast(User, request.user), note=wanted["note"])
        return change.continuation or self.payment_answer(payment.pk, status=201)


def _payment_of(order_id: Any) -> Payment:
    """The payment that an order waits for, or else the one that was captured last. Raises InvalidInput."""
    payments = Payment.objects.filter(order=order_id).exclude(status__in=[PaymentState.FAILED, PaymentState.VOIDED])
    waiting = payments.exclude(status=PaymentState.CAPTURED)
    payment = waiting.order_by("created_at").last() or payments.order_by("created_at").last()
    if payment is None:
        raise InvalidInput(code="no_payment", field="order_id")
    return payment


def _require_same(payment: Payment, *, amount: Money | None, method: str | None) -> None:
    if amount is not None and amount != payment.amount:
        details = {"amount": payment.amount.as_dict()}
        raise InvalidInput(code="amount_differs", field="amount", details={"due": details["amount"]})
    if method is not None and method != payment.provider:
        raise InvalidInput(code="payment_method_differs", field="method", details={"provider": payment.provider})


# Address, viewset, name, and the action for each method.
ALIASES: tuple[tuple[str, Any, str, dict[str, str]], ...] = (
    ("auth/signup", AuthViewSet, "signup", {"post": "register"}),
    ("users/register", AuthViewSet, "users_register", {"post": "register"}),
    ("users/login", AuthViewSet, "users_login", {"post": "login"}),
    (
        "users/profile",
        MeViewSet,
        "users_profile",
        {"get": "retrieve", "put": "partial_update", "patch": "partial_update"},
    ),
    ("users/addresses", AddressViewSet, "users_addresses", {"get": "list", "post": "create"}),
    ("search/products", ProductViewSet, "search_products", {"get": "list"}),
    ("cart/add", CartViewSet, "cart_add", {"post": "add"}),
    ("cart/checkout", CheckoutViewSet, "cart_checkout", {"post": "place"}),
    ("retailers/cart", CartViewSet, "retailers_cart", {"get": "retrieve"}),
    ("retailers/cart/items", CartViewSet, "retailers_cart_items", {"post": "add"}),
)


def announced(view: Callable[..., HttpResponse], address: str) -> Callable[..., HttpResponse]:
    """The view of an address, which tells in every answer of a deprecated one what to use instead."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        is_versioned = request.path.startswith(VERSION_1)
        successor = SUCCESSORS.get((cast(str, request.method).lower(), address))
        if successor is not None or not is_versioned:
            _announce(response, _filled_in(successor[1] if successor else address, kwargs))
        return response

    return answered


def _announce(response: HttpResponse, successor: str | None) -> None:
    links = [f'<{VERSION_1}docs>; rel="deprecation"; type="text/html"']
    if successor is not None:
        links.insert(0, f'<{VERSION_1}{successor}>; rel="successor-version"')
    response["Deprecation"] = f"@{int(DEPRECATED_ON.timestamp())}"
    response["Sunset"] = http_date(STAYS_UNTIL.timestamp())
    response["Link"] = ", ".join(links)


def _filled_in(address: str, parts: Mapping[str, Any]) -> str | None:
    """The address with the parts of this request; None if it needs one that the request does not have."""
    try:
        return address.format(**parts, **({"id": parts["pk"]} if "pk" in parts else {}))
    except KeyError:
        return None


def only_versioned(endpoints: list[tuple[Any, ...]], **kwargs: Any) -> list[tuple[Any, ...]]:
    """drf-spectacular pre-processing hook: the document tells of version 1, once."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(VERSION_1)]


def mark_deprecated(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular post-processing hook: each alias names the operation that took its place."""
    paths, replaced = result.get("paths", {}), []
    for (method, address), (new_method, new_address) in SUCCESSORS.items():
        operation = paths[f"{VERSION_1}{address}"][method]
        successor = paths[f"{VERSION_1}{new_address}"][new_method]
        operation |= {"deprecated": True, "tags": [TAG], "x-successor": successor["operationId"]}
        told = f"Alias of `{new_method.upper()} {new_address}`.\n\n{successor.get('description', '')}"
        operation["description"] = told.strip()
        if method == "put":
            replaced.append(operation["requestBody"]["content"]["application/json"]["schema"])
            operation["requestBody"] = successor["requestBody"]
    _drop_unused(result, [schema["$ref"] for schema in replaced])
    return result


def _drop_unused(document: dict[str, Any], references: list[str]) -> None:
    """Take out the components that nothing refers to any more."""
    text = json.dumps(document, default=str)
    for reference in references:
        if f'"{reference}"' not in text:
            document["components"]["schemas"].pop(reference.rpartition("/")[2], None)
