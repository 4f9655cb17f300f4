"""Every line of the shop's first drafts that names an address of the API answers, with and without a version."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Product
from config.compatibility import SUCCESSORS
from core.api.docs import openapi_document
from orders.models import Order
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import StaffFactory, UserFactory, postal
from tests.factories.catalog import VariantFactory
from tests.factories.checkout import cart_ready_to_order, order_awaiting_transfer, shipped_order
from tests.factories.files import picture, upload
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"


class Shop:
    def __init__(self) -> None:
        self.customer: User = UserFactory(email="amina@souk.example", username="amina")
        self.staff: User = StaffFactory()
        self.variant = stocked_variant(100)
        self.product = self.variant.product
        self.order = order_awaiting_transfer(variant=self.variant, customer=self.customer)
        self.sent, _shipment = shipped_order(variant=self.variant, customer=self.customer)


@dataclass(frozen=True)
class Line:
    """A line of a draft, and a call that it promises to answer."""

    line: str
    method: str
    address: Callable[[Shop], str]
    body: Callable[[Shop], dict[str, Any]] | None = None
    who: str = "guest"
    status: int = 200

    def __str__(self) -> str:
        return self.line


def at(address: str) -> Callable[[Shop], str]:
    return lambda shop: address.format(shop=shop)


def text(**fields: Any) -> Callable[[Shop], dict[str, Any]]:
    return lambda shop: fields


def new_person(shop: Shop) -> dict[str, Any]:
    return {"email": "new@souk.example", "username": "new", "password": PASSWORD}


def login(shop: Shop) -> dict[str, Any]:
    return {"email": shop.customer.email, "password": PASSWORD}


def item(shop: Shop) -> dict[str, Any]:
    return {"product_id": str(shop.product.pk), "quantity": 2}


def ordered_items(shop: Shop) -> dict[str, Any]:
    how = {"shipping_address": postal(), "shipping_method": "standard", "payment_method": "cash_on_delivery"}
    return {"user_id": str(shop.customer.pk), "items": [item(shop)], **how}


def pictures(shop: Shop) -> dict[str, Any]:
    return {"images": [upload(picture(size=(20, 20)))]}


TEST_PRODUCT = text(
    name="Test Product",
    description="A test product",
    price=99.99,
    category="Electronics",
    images=[
        {
            "url": "https://via.placeholder.com/400",
            "public_id": "test_main",
            "alt_text": "Test product",
            "is_primary": True,
        }
    ],
    primary_image_url="https://via.placeholder.com/400",
    stock_quantity=10,
    sku="TEST-001",
)
LINES = (
    # Draft 0
    Line("Products: GET /products", "get", at("products")),
    Line("Products: GET /products/:id", "get", at("products/{shop.product.pk}")),
    Line(
        "Products: POST /products", "post", at("products"), text(name="Tea", price=5, sku="T-1", stock=3), "staff", 201
    ),
    Line("Products: PUT /products/:id", "put", at("products/{shop.product.pk}"), text(name="Tea"), "staff"),
    Line("Products: DELETE /products/:id", "delete", at("products/{shop.product.pk}"), None, "staff", 409),
    Line("Customers/Auth: POST /auth/register", "post", at("auth/register"), new_person, status=202),
    Line("Customers/Auth: POST /auth/login", "post", at("auth/login"), login),
    Line("Customers/Auth: GET /customers/:id", "get", at("customers/{shop.customer.pk}"), None, "customer"),
    Line("Cart & Checkout: GET /cart", "get", at("cart")),
    Line("Cart & Checkout: POST /cart/add", "post", at("cart/add"), item, status=201),
    Line("Cart & Checkout: POST /cart/checkout", "post", at("cart/checkout"), text(), "customer", 201),
    Line("Orders/Payments: GET /orders/:id", "get", at("orders/{shop.order.pk}"), None, "customer"),
    Line(
        "Orders/Payments: POST /payments",
        "post",
        at("payments"),
        lambda shop: {
            "order_id": str(shop.order.pk),
            "amount": shop.order.total.as_dict()["amount"],
            "method": "bank_transfer",
        },
        "staff",
        201,
    ),
    # Draft 1
    Line("`POST /auth/signup` is invoked with user details.", "post", at("auth/signup"), new_person, status=202),
    Line("`POST /auth/login` is invoked with credentials.", "post", at("auth/login"), login),
    Line(
        "`POST /products` is invoked.",
        "post",
        at("products"),
        text(name="Tea", description="Green", category="Teas", price_cents=499, currency="EUR", sku="T-1"),
        "staff",
        201,
    ),
    Line(
        "`POST /orders` is invoked with a user ID and list of items.",
        "post",
        at("orders"),
        ordered_items,
        "customer",
        201,
    ),
    Line(
        "`GET /recommendations/{user_id}` is invoked.",
        "get",
        at("recommendations/{shop.customer.pk}"),
        None,
        "customer",
    ),
    # Draft 2
    Line("`GET /api/products` - List products with filters", "get", at("products?min_price=1")),
    Line("`POST /api/products` - Create product (requires images)", "post", at("products"), TEST_PRODUCT, "staff", 201),
    Line(
        "`PUT /api/products/{id}` - Update product",
        "put",
        at("products/{shop.product.pk}"),
        text(meta_title="Glass of tea", meta_description="From Tunis"),
        "staff",
    ),
    Line(
        "`POST /api/products/{id}/images` - Upload product images",
        "post",
        at("products/{shop.product.pk}/images"),
        pictures,
        "staff",
        201,
    ),
    Line("`GET /api/search/products?q={query}` - Semantic search", "get", at("search/products?q={shop.product.name}")),
    Line("`POST /api/orders` - Create order from cart", "post", at("orders"), text(), "customer", 201),
    Line("`GET /api/orders/{id}` - Get order details", "get", at("orders/{shop.order.pk}"), None, "customer"),
    Line(
        "`PUT /api/orders/{id}/status` - Update order status",
        "put",
        at("orders/{shop.order.pk}/status"),
        text(status="confirmed"),
        "staff",
    ),
    Line(
        "`GET /api/orders/{id}/tracking` - Get tracking info",
        "get",
        at("orders/{shop.sent.pk}/tracking"),
        None,
        "customer",
    ),
    Line("`POST /api/users/register` - User registration", "post", at("users/register"), new_person, status=202),
    Line("`POST /api/users/login` - User authentication", "post", at("users/login"), login),
    Line("`GET /api/users/profile` - Get user profile", "get", at("users/profile"), None, "customer"),
    Line(
        "`PUT /api/users/profile` - Update profile",
        "put",
        at("users/profile"),
        text(first_name="Amel", newsletter_subscribed=True, marketing_emails=False, preferred_language="fr"),
        "customer",
    ),
    Line(
        "`POST /api/users/addresses` - Add address",
        "post",
        at("users/addresses"),
        lambda shop: postal(),
        "customer",
        201,
    ),
    Line("Test Search: /api/search/products?q=electronics", "get", at("search/products?q=electronics")),
    # Draft 3
    Line("`products.list` | `GET /api/v1/products`", "get", at("products?page=1&page_size=5")),
    Line("`products.getById` | `GET /api/v1/products/{id}`", "get", at("products/{shop.product.slug}")),
    Line(
        "`products.create` | `POST /api/v1/products`",
        "post",
        at("products"),
        text(sku="TEST-001", name_en="Test Product", name_ar="منتج تجريبي", name_fr="Produit Test", base_price=100.00),
        "staff",
        201,
    ),
    Line("`orders.getAll` | `GET /api/v1/orders`", "get", at("orders"), None, "staff"),
    Line("`retailer.cart.getCart` | `GET /api/v1/retailers/cart`", "get", at("retailers/cart")),
    Line(
        "`retailer.cart.addToCart` | `POST /api/v1/retailers/cart/items`",
        "post",
        at("retailers/cart/items"),
        item,
        status=201,
    ),
)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def client_as(who: str, shop: Shop) -> APIClient:
    return APIClient() if who == "guest" else client_of(shop.customer if who == "customer" else shop.staff)


@pytest.mark.parametrize("prefix", ["/api/v1", "/api"])
@pytest.mark.parametrize("line", LINES, ids=str)
def test_a_line_of_the_drafts_is_answered(line: Line, prefix: str, shop: Shop) -> None:
    if line.body and line.body(shop) == {} and line.method == "post":
        cart_ready_to_order(shop.variant, customer=shop.customer)
    options = {"format": "multipart"} if line.body is pictures else {}
    body = line.body(shop) if line.body else None
    response = getattr(client_as(line.who, shop), line.method)(f"{prefix}/{line.address(shop)}", body, **options)
    assert response.status_code == line.status, response.content
    assert ("Deprecation" in response.headers) == (prefix == "/api" or (line.method, template(line)) in SUCCESSORS)


def template(line: Line) -> str:
    return line.address(_Names()).partition("?")[0]  # type: ignore[arg-type]


class _Names:
    """In place of a shop: each id as the OpenAPI document writes it."""

    def __getattr__(self, name: str) -> Any:
        return "{key}" if name in {"pk", "slug"} else self


def test_health_is_where_the_drafts_ask_for_it(client: Client) -> None:
    assert client.get("/health").status_code == 200


def test_other_names_of_a_products_fields_are_read_and_shown(shop: Shop) -> None:
    body = {"name": "Tea", "sku": "T-1", "price_cents": 499, "currency": "TND", "meta_title": "Green tea"}
    made = given(client_of(shop.staff).post(f"{V1}/products", body | {"meta_description": "From Tunis"}), 201)
    assert made["price"] == {"amount": "0.499", "currency": "TND"}
    assert (made["price_cents"], made["currency"]) == (499, "TND")
    assert (made["seo_title"], made["meta_title"], made["meta_description"]) == ("Green tea", "Green tea", "From Tunis")


def test_the_currency_of_a_body_is_that_of_its_plain_prices(shop: Shop) -> None:
    body = {"name": "Tea", "sku": "T-1", "price": "4.99", "cost_price": 2, "currency": "EUR"}
    made = given(client_of(shop.staff).post(f"{V1}/products", body), 201)
    assert made["price"] == {"amount": "4.99", "currency": "EUR"}
    assert made["variants"][0]["cost_price"] == {"amount": "2.00", "currency": "EUR"}


@pytest.mark.parametrize("body", [{"price_cents": -1}, {"price_cents": 4.5}, {"price_cents": 5, "currency": "XXX"}])
def test_a_price_in_minor_units_that_cannot_be_is_refused(body: dict[str, Any], shop: Shop) -> None:
    refused(client_of(shop.staff).post(f"{V1}/products", {"name": "T", "sku": "T-1"} | body), 400, "validation_error")
    assert not Product.objects.filter(slug="t").exists()


def test_two_names_of_a_field_that_disagree_are_refused(shop: Shop) -> None:
    client = client_of(shop.customer)
    body = {"newsletter": False, "newsletter_subscribed": True}
    assert "newsletter_subscribed" in str(refused(client.patch(f"{V1}/users/me", body), 400, "validation_error"))


def test_a_consent_given_by_its_other_name_is_shown_by_both(shop: Shop) -> None:
    profile = given(client_of(shop.customer).put(f"{V1}/users/profile", {"newsletter_subscribed": True}))
    assert (profile["newsletter"], profile["newsletter_subscribed"]) == (True, True)
    assert given(client_of(shop.customer).get(f"{V1}/users/me"))["newsletter"] is True


@pytest.mark.parametrize(
    ("address", "body"),
    [("cart/add", lambda pk: {"product_id": pk}), ("orders", lambda pk: {"items": [{"product_id": pk}]})],
)
def test_a_product_with_several_variants_is_refused_and_variant_id_named(
    address: str, body: Callable[[str], dict[str, Any]], shop: Shop
) -> None:
    VariantFactory(product=shop.product, sku="OTHER")
    before = Order.objects.count()
    response = client_of(shop.customer).post(f"{V1}/{address}", body(str(shop.product.pk)))
    assert "variant_id" in str(refused(response, 400, "validation_error"))
    assert Order.objects.count() == before


def test_a_product_that_is_not_for_sale_is_refused(shop: Shop) -> None:
    Product.objects.filter(pk=shop.product.pk).update(is_active=False)
    response = client_of(shop.customer).post(f"{V1}/cart/add", {"product_id": str(shop.product.pk)})
    assert "product_id" in str(refused(response, 400, "validation_error"))


def test_an_item_named_twice_is_refused(shop: Shop) -> None:
    body = {"product_id": str(shop.product.pk), "variant_id": str(shop.variant.pk)}
    refused(client_of(shop.customer).post(f"{V1}/cart/items", body), 400, "validation_error")
    refused(client_of(shop.customer).post(f"{V1}/cart/items", {"quantity": 1}), 400, "validation_error")


def test_somebody_elses_user_id_is_refused(shop: Shop) -> None:
    stranger = client_of(UserFactory())
    refused(stranger.post(f"{V1}/orders", ordered_items(shop)), 403, "not_allowed")
    refused(stranger.get(f"{V1}/customers/{shop.customer.pk}"), 404, "not_found")


def test_a_guest_orders_from_the_cart_but_not_from_items(shop: Shop) -> None:
    guest = APIClient()
    refused(guest.post(f"{V1}/orders", ordered_items(shop)), 401, "not_authenticated")
    cart = cart_ready_to_order(shop.variant)
    guest.credentials(HTTP_X_CART_TOKEN=cart.token)
    given(guest.post("/api/orders", {}), 201)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"amount": "0.01"}, "amount_differs"), ({"method": "cash_on_delivery"}, "payment_method_differs")],
)
def test_a_payment_of_another_amount_or_way_is_refused(wrong: dict[str, str], code: str, shop: Shop) -> None:
    body = {"order_id": str(shop.order.pk)} | wrong
    refused(client_of(shop.staff).post(f"{V1}/payments", body), 422, code)
    assert shop.order.payments.get().captured_at is None
    refused(client_of(shop.customer).post(f"{V1}/payments", body), 403, "not_allowed")


def test_a_payment_recorded_twice_is_captured_once(shop: Shop) -> None:
    client, body = client_of(shop.staff), {"order_id": str(shop.order.pk)}
    first, again = given(client.post(f"{V1}/payments", body), 201), given(client.post(f"{V1}/payments", body), 201)
    assert first["status"] == again["status"] == "captured"
    assert len(again["transactions"]) == 1


def test_the_document_marks_every_alias_and_names_its_successor() -> None:
    paths = openapi_document()["paths"]
    assert not [path for path in paths if not path.startswith(f"{V1}/")]
    for (method, address), (new_method, new_address) in SUCCESSORS.items():
        operation, successor = paths[f"{V1}/{address}"][method], paths[f"{V1}/{new_address}"][new_method]
        assert (operation["deprecated"], operation["tags"]) == (True, ["Compatibility"])
        assert operation["x-successor"] == successor["operationId"]


def test_an_alias_tells_since_when_until_when_and_what_instead(client: Client) -> None:
    headers = client.get("/api/v1/search/products").headers
    assert headers["Deprecation"] == "@1796083200"
    assert headers["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert headers["Link"].startswith('</api/v1/products>; rel="successor-version"')
    assert "Deprecation" not in client.get("/api/v1/products").headers
    refusal = client.get("/api/users/profile")
    assert refusal.status_code == 401
    assert '</api/v1/users/me>; rel="successor-version"' in refusal.headers["Link"]


def test_what_is_not_there_is_not_found_without_a_version_too(client: Client) -> None:
    refused(client.get("/api/nothing"), 404, "not_found")
