"""The OpenAPI document and the API say the same, for every reader."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.models import User
from accounts.tokens import issue_tokens
from core.api.docs import openapi_document
from desk.integrity_tasks import INTEGRITY_FAILED
from desk.kinds import Cause
from desk.services import raise_task
from orders.selectors import order_link_token
from shipping.models import ShippingMethod
from tests.api import V1, raw_client
from tests.factories.accounts import AddressFactory, MembershipFactory, StaffFactory, UserFactory
from tests.factories.catalog import ProductImageFactory, VariantOptionFactory, import_of
from tests.factories.checkout import cart_with, completed_order, confirmed_order, order_awaiting_transfer
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory

pytestmark = pytest.mark.django_db

_METHODS = {"get", "post", "put", "patch", "delete"}
# What no client of good will sends. Keys are those of the bodies, so that the values reach the fields.
_JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    10**400,
    2**31,
    2**63,
    1.5,
    "",
    "1e400",
    "\ud800",
    "x" * 100_000,
    [],
    [[]],
    {},
    {"amount": [], "currency": {}},
    {"amount": "1e99999", "currency": "USD"},
]


def operations(*methods: str) -> list[tuple[str, str]]:
    """(method, path template) of the document."""
    paths = openapi_document()["paths"]
    return [(method, path) for path, item in paths.items() for method in item if method in (methods or _METHODS)]


def answer_schema(method: str, path: str, status: int) -> dict[str, Any]:
    """What the document promises for a status, with the components beside it."""
    responses = openapi_document()["paths"][path][method]["responses"]
    promised = responses.get(str(status), responses["default"])
    assert status >= 400 or str(status) in responses, f"{method} {path} does not tell of {status}"
    return {**promised["content"]["application/json"]["schema"], "components": openapi_document()["components"]}


def hold_against_document(response: HttpResponse, method: str, path: str) -> None:
    assert response.status_code < 500, f"{method} {path}: {response.content[:300]!r}"
    assert response["Content-Type"] == "application/json"
    OAS31Validator(answer_schema(method, path, response.status_code)).validate(response.json())


def client_of(role: str, customer: User) -> Client:
    if role == "guest":
        return raw_client()
    user = customer if role == "customer" else StaffFactory()
    return raw_client(authorization=f"Bearer {issue_tokens(user).access}")


_STAFF_ONLY = {
    "customer-groups",
    "customer-groups/{id}",
    "customer-groups/{id}/members",
    "customers",
    "locations",
    "shop-settings",
    "locations/{id}",
    "message-texts",
    "message-texts/{code}/{language}",
    "staff-tasks",
    "staff-tasks/{id}",
    "stock-items",
    "stock-items/{id}",
    "stock-items/{id}/moves",
    "tax-zones",
    "tax-zones/{id}",
} | {f"imports/products{part}" for part in ("", "/{id}", "/{id}/refusals")}


class Shop:
    """One of everything, owned by one customer."""

    def __init__(self) -> None:
        self.tax_zone = TaxRateFactory().zone
        self.customer: User = UserFactory()
        self.address = AddressFactory(user=self.customer)
        issue_tokens(self.customer)
        self.session = self.customer.login_sessions.get()
        self.variant = stocked_variant(100)
        VariantOptionFactory(variant=self.variant)
        ProductImageFactory(product=self.variant.product)
        self.order = completed_order(variant=self.variant, customer=self.customer)
        self.waiting = order_awaiting_transfer(variant=self.variant, customer=self.customer)
        confirmed_order(variant=self.variant)
        self.cart_line = cart_with(self.variant, customer=self.customer).lines.get()
        self.product_import = import_of(b"sku,price\nA,1\n")
        self.membership = MembershipFactory(customer=self.customer)
        self.task = raise_task(kind=INTEGRITY_FAILED, cause=Cause(object_id="origins", params={"check": "origins"}))

    def ids(self, path: str) -> str:
        """The path with the ids of what is there."""
        product = self.variant.product
        for part, pk in {
            "users/me/addresses/{id}": self.address.pk,
            "users/me/sessions/{id}": self.session.pk,
            "categories/{key}": product.category.slug,
            "products/{key}": product.pk,
            "images/{public_id}": product.images.get().public_id,
            "customer-groups/{id}": self.membership.group_id,
            "members/{customer_id}": self.customer.pk,
            "customers/{id}": self.customer.pk,
            "staff-tasks/{id}": self.task.pk,
            "locations/{id}": self.variant.stock_items.get().location_id,
            "tax-zones/{id}": self.tax_zone.pk,
            "shipping-methods/{id}": ShippingMethod.objects.get(code=self.order.shipping_method).pk,
            "cart/items/{id}": self.cart_line.pk,
            "orders/{id}": self.order.pk,
            "discounts/{code}": "manual-1",
            "payments/{id}": self.order.payments.get().pk,
            "payments/providers/{provider}": "gateway",
            "shipments/{id}": self.order.shipments.get().pk,
            "recommendations/{id}": self.customer.pk,
            "stock-notices/{variant_id}": self.variant.pk,
            "imports/products/{id}": self.product_import.pk,
            "stock-items/{id}": self.variant.stock_items.get().pk,
        }.items():
            path = path.replace(part, part.partition("{")[0] + str(pk))
        path = path.replace("{code}/{language}", "order_placed/fr")
        assert "{" not in path, path
        return path


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(openapi_document(), default=str))).validate()


@pytest.mark.parametrize("role", ["guest", "customer", "staff"])
def test_everything_that_can_be_read_answers_as_the_document_says(role: str, shop: Shop) -> None:
    client = client_of(role, shop.customer)
    found = {}
    for method, path in operations("get"):
        known = {"number": shop.order.number, "email": shop.order.email} if path.endswith("orders/track") else {}
        response = client.get(shop.ids(path), known)
        hold_against_document(response, method, path)
        found[path.removeprefix(f"{V1}/")] = response.status_code
    assert {path for path, status in found.items() if status != 200} == {
        "guest": {
            "users/me",
            "users/profile",
            "users/addresses",
            "customers/{id}",
            "users/me/addresses",
            "users/me/sessions",
            "users/me/addresses/{id}",
            "orders",
            "orders/{id}",
            "orders/{id}/tracking",
            "payments",
            "payments/{id}",
            "recommendations/{id}",
            "stock-notices",
            *_STAFF_ONLY,
        },
        "customer": _STAFF_ONLY,
        "staff": {"users/me/addresses/{id}"},
    }[role]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["guest", "customer", "staff"])
def test_no_body_breaks_an_endpoint(role: str, shop: Shop) -> None:
    client = client_of(role, shop.customer)
    for method, path in operations("post", "put", "patch", "delete"):
        operation = openapi_document()["paths"][path][method]
        fields = body_fields(operation)
        bodies = [*_JUNK, *(dict.fromkeys(fields, junk) for junk in _JUNK)]
        for body in bodies if "requestBody" in operation else [None]:
            response = client.generic(method.upper(), shop.ids(path), json.dumps(body), "application/json")
            hold_against_document(response, method, path)


@pytest.mark.parametrize("value", ["", "%00", "-1", "9" * 400, "%F0%9F%98%80", "%22", "a" * 3000])
def test_no_parameter_breaks_a_list(value: str, shop: Shop) -> None:
    client = client_of("staff", shop.customer)
    for method, path in operations("get"):
        for parameter in openapi_document()["paths"][path]["get"].get("parameters", []):
            if parameter["in"] == "query":
                response = client.get(f"{shop.ids(path)}?{parameter['name']}={value}")
                hold_against_document(response, method, path)


@pytest.mark.parametrize("value", ["\x00", "\u00ff" * 64, "x" * 5000, "a b", ""])
def test_no_cart_token_breaks_an_endpoint(value: str, shop: Shop) -> None:
    client = raw_client(x_cart_token=value)
    for method, path in operations():
        response = client.generic(method.upper(), shop.ids(path), "{}", "application/json")
        hold_against_document(response, method, path)


@pytest.mark.parametrize("name", ["none", "%00", "1", "0197-not-a-uuid", "A" * 300, "..%2f..", "%E2%80%AE"])
def test_an_id_that_cannot_be_is_not_found(name: str) -> None:
    client = raw_client()
    for method, path in operations():
        if "{" in path:
            address = path.replace("{id}", name).replace("{key}", name).replace("{public_id}", name)
            response = client.generic(method.upper(), address, "{}", "application/json")
            assert response.status_code in {401, 404}, (address, response.content)
            assert response.json()["success"] is False


def test_a_line_taken_out_is_answered_as_the_document_says(shop: Shop) -> None:
    path = f"{V1}/cart/items/{{id}}"
    hold_against_document(client_of("customer", shop.customer).delete(shop.ids(path)), "delete", path)


def test_a_link_opens_its_own_order_only(shop: Shop) -> None:
    token = order_link_token(shop.waiting.pk)
    client = raw_client()
    assert client.get(f"{V1}/orders/{shop.waiting.pk}?token={token}").status_code == 200
    assert client.get(f"{V1}/orders/{shop.order.pk}?token={token}").status_code == 404


def test_the_document_is_served_as_yaml_and_json(client: Client) -> None:
    assert client.get(f"{V1}/schema")["Content-Type"].startswith("application/vnd.oai.openapi")
    assert client.get(f"{V1}/schema", headers={"accept": "application/json"}).json()["openapi"] == "3.1.0"


def test_the_page_of_the_document_loads_nothing_from_elsewhere(client: Client) -> None:
    response = client.get(f"{V1}/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert "://" not in page
    assert "<style" not in page
    assert page.count("<script") == page.count("<script src=") == 3
    script = client.get(f"{V1}/docs?script=").content.decode()
    assert f'"{V1}/schema"' in script.replace("'", '"')


def body_fields(operation: dict[str, Any]) -> list[str]:
    """The names of the fields that an operation takes."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    properties: dict[str, Any] = openapi_document()["components"]["schemas"].get(name, {}).get("properties", {})
    return list(properties)
