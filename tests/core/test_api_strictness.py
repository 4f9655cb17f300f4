"""What the API does not know it refuses, at every operation of the document, and says what it does know."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import User
from core.api.docs import openapi_document
from orders.models import Order
from tests.api import V1, client_of, codes_of, faulty, given, refused
from tests.core.test_api_document import Shop
from tests.core.test_api_permissions import CASES, ROLES, client_in, routes
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.catalog import CategoryFactory
from tests.factories.checkout import cart_ready_to_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

CHANGES = {"post", "put", "patch", "delete"}


@pytest.fixture
def shop() -> Shop:
    made = Shop()
    cart_ready_to_order(made.variant, customer=made.customer)
    return made


@pytest.fixture
def staff() -> APIClient:
    return client_of(StaffFactory())


def right_requests(shop: Shop) -> Iterator[tuple[str, str, APIClient, Any, dict[str, Any]]]:
    """Every operation as who may do it, with a body and a query that are right; each within its own limits."""
    for (name, method), template in routes().items():
        case = CASES[name, method]
        role = next((role for role in reversed(ROLES) if case.expected()[role] < 400), None)
        # The admin is refused last: the names of a request are looked at before the row that it is for.
        role = role or next((role for role in reversed(ROLES) if case.expected()[role] not in {401, 403, 404}), "admin")
        cache.clear()
        with transaction.atomic():
            yield method, template, client_in(role, shop, case), case, case.query(shop)
            transaction.set_rollback(True)


def test_no_operation_takes_a_parameter_that_it_does_not_know(shop: Shop) -> None:
    for method, template, client, case, query in right_requests(shop):
        address = f"{shop.ids(template)}?{urlencode({**query, 'utm_source': 'x'})}"
        options = {"format": "multipart"} if case.multipart else {}
        response = (
            client.generic(method.upper(), address)
            if method == "get"
            else getattr(client, method)(address, case.body(shop), **options)
        )
        assert codes_of(response) == {"utm_source": "unknown_parameter"}, (method, template)


def test_no_operation_takes_a_field_that_it_does_not_know(shop: Shop) -> None:
    for method, template, client, case, _query in right_requests(shop):
        # What a payment provider writes in its news is its own.
        if method == "get" or template.endswith("/events"):
            continue
        options = {"format": "multipart"} if case.multipart else {}
        response = getattr(client, method)(shop.ids(template), {**case.body(shop), "quantiy": 1}, **options)
        assert codes_of(response) == {"quantiy": "unknown_field"}, (method, template)


def test_every_parameter_of_the_document_is_known_and_none_may_be_empty_or_come_twice(shop: Shop) -> None:
    for method, template, client, _case, query in right_requests(shop):
        parameters = openapi_document()["paths"][template][method].get("parameters", [])
        for name in [one["name"] for one in parameters if one["in"] == "query"]:
            others = "".join(f"&{other}={value}" for other, value in query.items() if other != name)
            for value, code in ((f"{name}=1&{name}=1", "repeated_parameter"), (f"{name}=", "blank")):
                if (name, code) == ("cursor", "blank"):
                    continue
                address = f"{shop.ids(template)}?{value}{others}"
                response = client.generic(method.upper(), address)
                assert codes_of(response) == {name: code}, (method, template)


def _bad_values(schema: dict[str, Any]) -> list[str]:
    if "enum" in schema:
        return ["bogus"]
    if schema.get("format") == "date-time":
        return ["yesterday", "2026-02-30T00:00:00Z", "9999999"]
    return {"integer": ["x", "0", "-1", "1.5", "9" * 30], "boolean": ["maybe", "2", "yes"]}.get(schema["type"], [])


def test_no_parameter_takes_a_value_of_another_kind(shop: Shop) -> None:
    tried = set()
    for method, template, client, _case, query in right_requests(shop):
        if method != "get":
            continue
        for parameter in openapi_document()["paths"][template][method].get("parameters", []):
            for value in _bad_values(parameter["schema"]) if parameter["in"] == "query" else []:
                name = parameter["name"]
                tried.add(name)
                response = client.get(shop.ids(template), {**query, name: value})
                assert set(faulty(response)) == {name}, (template, name, value)
    assert tried >= {"page", "page_size", "in_stock", "ordering", "status", "placed_from"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"customer_id": "1"}, "Known are: `cursor`, `fields`, "),
        ({"stats": "pending"}, "Did you mean `status`?"),
        ({"pagesize": "5"}, "Did you mean `page_size`?"),
        ({"format": "json"}, "Unknown parameter `format`."),
    ],
)
def test_an_unknown_parameter_is_told_with_the_nearest_one(staff: APIClient, query: dict[str, str], said: str) -> None:
    assert said in faulty(staff.get(f"{V1}/orders", query))[next(iter(query))]["message"]


@pytest.mark.parametrize("page_size", ["x", "0", "-1", "101", "1e1", "١٠", " 5"])
def test_a_page_size_that_cannot_be_is_refused(api: APIClient, page_size: str) -> None:
    assert set(faulty(api.get(f"{V1}/products", {"page_size": page_size}))) == {"page_size"}


def test_a_cursor_comes_with_a_page_size_that_can_be(api: APIClient) -> None:
    assert set(faulty(api.get(f"{V1}/products", {"cursor": "", "page_size": "1000"}))) == {"page_size"}


@pytest.mark.parametrize("path", ["schema", "docs"])
def test_the_documents_own_addresses_know_their_parameters_too(api: APIClient, path: str) -> None:
    assert codes_of(api.get(f"{V1}/{path}", {"colour": "red"})) == {"colour": "unknown_parameter"}


@pytest.mark.parametrize(
    ("name", "said"),
    [("quantiy", "Did you mean `quantity`?"), ("Quantity", "Did you mean `quantity`?"), ("x" * 5000, "`quantity`")],
)
def test_an_unknown_field_is_told_with_the_nearest_one(api: APIClient, name: str, said: str) -> None:
    [fault] = [
        fault
        for path, fault in faulty(
            api.post(f"{V1}/cart/items", {"variant_id": str(stocked_variant().pk), name: 2})
        ).items()
    ]
    assert fault["code"] == "unknown_field"
    assert said in fault["message"]
    assert len(fault["message"]) < 300


def test_a_row_of_a_bulk_call_refuses_the_names_of_other_addresses(staff: APIClient) -> None:
    category = CategoryFactory()
    row = {"name_en": "Tea", "category": category.slug, "sku": "TEA", "base_price": "5"}
    rows = [
        row,
        {**row, "sku": "B", "price": "4"},
        {**row, "sku": "C", "weight": 5},
        {**row, "sku": "D", "dimensions": {}},
    ]
    answer = given(staff.post(f"{V1}/bulk/products", {"rows": rows}), 207)
    assert answer["created"] == 1
    told = [[(error["field"], error["code"]) for error in one["errors"]] for one in answer["rows"]]
    assert told == [[], *([(name, "unknown_field")] for name in ("price", "weight", "dimensions"))]
    assert "`base_price`" in answer["rows"][1]["errors"][0]["message"]
    assert "`weight_grams`" in answer["rows"][2]["errors"][0]["message"]


def test_refused_rows_are_named_by_their_path(staff: APIClient) -> None:
    rows = [{"sku": "A", "base_price": "x"}]
    details = refused(staff.post(f"{V1}/bulk/products", {"rows": rows}), 422, "rows_refused")
    assert details["fields"]["rows.0.base_price"]["code"] == "invalid_amount"
    assert codes_of(staff.post(f"{V1}/bulk/products", {"rows": rows, "atomc": True})) == {"atomc": "unknown_field"}


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("2", "wrong_type"),
        (True, "wrong_type"),
        (1.5, "wrong_type"),
        ([1], "wrong_type"),
        ({}, "wrong_type"),
        (None, "null"),
    ],
)
def test_a_number_is_a_number(api: APIClient, quantity: Any, code: str) -> None:
    body = {"variant_id": str(stocked_variant().pk), "quantity": quantity}
    assert codes_of(api.post(f"{V1}/cart/items", body)) == {"quantity": code}


@pytest.mark.parametrize("written", ["2", "2.0", "2e0", "0.2e1", "20e-1"])
def test_a_whole_number_may_be_written_as_json_allows(api: APIClient, written: str) -> None:
    body = f'{{"variant_id": "{stocked_variant().pk}", "quantity": {written}}}'
    cart = given(api.post(f"{V1}/cart/items", body, content_type="application/json"), 201)
    assert cart["units"] == 2


@pytest.mark.parametrize("written", ["9" * 4000, "1e400", "1e99999", "2147483648", "-1", "9223372036854775808"])
def test_a_number_out_of_range_is_refused(staff: APIClient, written: str) -> None:
    sku = stocked_variant().sku
    body = f'{{"sku": "{sku}", "location": "main", "quantity": {written}}}'
    response = staff.post(f"{V1}/stock-items", body, content_type="application/json")
    assert set(faulty(response)) == {"quantity"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", 5), ("full_name", True), ("full_name", ["A"]), ("postal_code", 69001), ("country", {}),
        ("is_default_billing", 1), ("is_default_billing", "true"), ("is_default_billing", "yes"),
    ],
)  # fmt: skip
def test_texts_and_truths_are_such(field: str, value: Any) -> None:
    address = {"full_name": "A", "line1": "B", "city": "Tunis", "country": "TN"}
    response = client_of(UserFactory()).post(f"{V1}/users/me/addresses", address | {field: value})
    assert codes_of(response)[field] == "wrong_type"


_OTHER_TYPE: dict[str, Any] = {"string": 5, "integer": "5", "number": "5", "boolean": 1, "array": {}, "object": []}


def _typed_fields(method: str, template: str) -> dict[str, Any]:
    """The fields of an operation's body that are of one type, with a value of another."""
    document = openapi_document()
    content = document["paths"][template][method].get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    found = {}
    for name, schema in (
        document["components"]["schemas"].get(reference.rpartition("/")[2], {}).get("properties", {}).items()
    ):
        kinds = schema.get("type", [])
        kind = kinds if isinstance(kinds, str) else next((one for one in kinds if one != "null"), "")
        if kind in _OTHER_TYPE:
            found[name] = _OTHER_TYPE[kind]
    return found


def test_no_field_of_the_document_takes_a_value_of_another_type(shop: Shop) -> None:
    tried = 0
    for method, template, client, case, _query in right_requests(shop):
        for name, value in _typed_fields(method, template).items() if not case.multipart else ():
            with transaction.atomic():
                cache.clear()
                response = getattr(client, method)(shop.ids(template), {**case.body(shop), name: value})
                assert faulty(response)[name]["code"] == "wrong_type", (method, template, name)
                transaction.set_rollback(True)
            tried += 1
    assert tried > 80


def test_every_field_of_the_document_refuses_what_cannot_be_a_key(shop: Shop) -> None:
    """A field that is looked up in a table or a set before its type is checked would answer 500.

    So would an object that is built of parts that it lacks.
    """
    document, tried = openapi_document(), 0
    for method, template, client, case, _query in right_requests(shop):
        content = document["paths"][template][method].get("requestBody", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        for name in document["components"]["schemas"].get(reference, {}).get("properties", ()):
            for value in ({"a": {}}, [[{}]], {}, [{}]):
                with transaction.atomic():
                    cache.clear()
                    response = getattr(client, method)(shop.ids(template), {**case.body(shop), name: value})
                    assert response.status_code < 500, (method, template, name)
                    transaction.set_rollback(True)
                tried += 1
    assert tried > 200


def test_money_has_no_other_parts(staff: APIClient) -> None:
    body = {"name": "Tea", "sku": "T", "price": {"amount": "5", "currency": "USD", "curency": "EUR"}}
    assert codes_of(staff.post(f"{V1}/products", body)) == {"price.curency": "unknown_field"}


@pytest.mark.parametrize(("method", "address"), [("post", "orders/{id}/cancel"), ("delete", "cart/items/{id}")])
def test_what_reads_no_body_takes_none(shop: Shop, method: str, address: str) -> None:
    client = client_of(shop.customer)
    path = shop.ids(f"{V1}/{address}")
    assert codes_of(getattr(client, method)(path, {"reason": "late"})) == {"reason": "unknown_field"}
    assert codes_of(getattr(client, method)(path, [1])) == {"body": "wrong_type"}
    assert Order.objects.filter(status="cancelled").count() == 0


def _round_trip(client: APIClient, address: str, **changes: Any) -> Any:
    return client.patch(address, given(client.get(address)) | changes)


def test_a_document_that_was_read_can_be_sent_back_with_a_change(staff: APIClient, shop: Shop) -> None:
    customer = client_of(shop.customer)
    product = shop.variant.product
    picture = f"{V1}/products/{product.slug}/images/{product.images.get().public_id}"
    assert given(_round_trip(customer, f"{V1}/users/me", phone="5"))["phone"] == "5"
    address = f"{V1}/users/me/addresses/{shop.address.pk}"
    assert given(_round_trip(customer, address, company="Souk"))["company"] == "Souk"
    category = f"{V1}/categories/{product.category.slug}"
    assert given(_round_trip(staff, category, name_fr="Thés"))["name_fr"] == "Thés"
    attributes = {"litres": 1.5, "cups": 4, "material": "copper"}
    given(staff.patch(f"{V1}/products/{product.slug}", {"tags": ["tea"], "attributes": attributes}))
    assert given(_round_trip(staff, f"{V1}/products/{product.slug}", brand="Souk"))["brand"] == "Souk"
    shown = given(staff.get(f"{V1}/products/{product.slug}"))
    assert (shown["tags"], shown["attributes"]) == (["tea"], attributes)
    [image] = shown["images"]
    assert given(staff.patch(picture, image | {"alt_en": "A pot"}))["alt_en"] == "A pot"


@pytest.mark.parametrize(
    ("name", "value"), [("id", "x"), ("is_staff", True), ("date_joined", None), ("email", "a@b.cd")]
)
def test_what_is_only_read_and_differs_is_refused(name: str, value: Any) -> None:
    user: User = UserFactory()
    response = client_of(user).patch(f"{V1}/users/me", {"phone": "5", name: value})
    assert codes_of(response) == {name: "read_only_field"}
    user.refresh_from_db()
    assert (user.phone, user.is_staff) == ("", False)


def test_a_form_knows_its_fields(staff: APIClient) -> None:
    product = stocked_variant().product
    address = f"{V1}/products/{product.slug}/images"
    told = codes_of(
        staff.post(address, {"image": "x", "is_primary": "maybe", "alt_en": ["a", "b"]}, format="multipart")
    )
    assert told == {
        "image": "unknown_field",
        "is_primary": "invalid",
        "alt_en": "repeated_parameter",
        "images": "required",
    }


def test_many_made_up_names_are_answered_with_a_few_of_them(api: APIClient, staff: APIClient) -> None:
    many = {f"name{number}": [Decimal(1)] for number in range(20_000)}
    assert 0 < len(faulty(api.post(f"{V1}/cart/items", many))) <= 25
    assert 0 < len(faulty(staff.post(f"{V1}/bulk/products", many))) <= 25
    assert 0 < len(faulty(staff.post(f"{V1}/products", {"name": "Tea", "sku": "T", "price": many}))) <= 25


def test_a_name_that_stands_twice_among_many_is_found(api: APIClient) -> None:
    names = ", ".join(f'"name{number}": 1' for number in range(100_000))
    response = api.post(f"{V1}/cart/items", f'{{{names}, "last": 1, "last": 2}}', content_type="application/json")
    assert codes_of(response) == {"last": "duplicate_field"}


def test_bodies_in_the_document_are_closed() -> None:
    schemas = openapi_document()["components"]["schemas"]
    bodies = {name: schema for name, schema in schemas.items() if name.endswith("Request") and "properties" in schema}
    assert len(bodies) > 30
    assert [name for name, schema in bodies.items() if schema.get("additionalProperties") is not False] == []
