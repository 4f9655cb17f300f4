"""How many queries each endpoint takes, and that they do not grow with what there is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tokens import issue_tokens
from carts.models import Cart
from carts.services import add_item, set_checkout_details
from catalog.models import Variant
from checkout.services.fulfil_order import ship_order
from checkout.services.place_order import place_order
from notifications.notices import ask_notice
from orders.models import Order
from pricing.models import TaxRate
from tests.api import V1, client_of
from tests.factories.accounts import AddressFactory, StaffFactory, UserFactory, details_of, postal
from tests.factories.catalog import CategoryFactory, ProductImageFactory, VariantFactory, VariantOptionFactory
from tests.factories.checkout import cart_ready_to_order
from tests.factories.files import picture, upload
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.pricing import TaxRateFactory

pytestmark = pytest.mark.django_db


class Shop:
    """So many of everything: categories, products, lines a cart and order, orders, parcels, payments, addresses."""

    def __init__(self, size: int) -> None:
        self.size = size
        if not TaxRate.objects.exists():
            TaxRateFactory()
        self.customer: User = UserFactory()
        self.customers, self.staff = client_of(self.customer), client_of(StaffFactory())
        self.variants = [self._product() for _number in range(size)]
        AddressFactory.create_batch(size, user=self.customer)
        self.orders = [self._order() for _number in range(size)]
        for order in self.orders[1:]:
            ship_order(order_id=order.pk, actor=None)
        self.order = self.orders[0]
        for line in self.order.lines.all()[1:]:
            ship_order(order_id=self.order.pk, actor=None, quantities={line.pk: 1})
        self.cart = self.full_cart()

    def _product(self) -> Variant:
        variant: Variant = stocked_variant(100, product__category__parent=CategoryFactory())
        VariantOptionFactory(variant=variant)
        VariantFactory(product=variant.product)
        ProductImageFactory.create_batch(self.size, product=variant.product, is_primary=False)
        return variant

    def full_cart(self) -> Cart:
        cart = cart_ready_to_order(self.variants[0], customer=self.customer)
        for variant in self.variants[1:]:
            add_item(cart_id=cart.pk, variant_id=variant.pk)
        return cart

    def _order(self) -> Order:
        return place_order(cart_id=self.full_cart().pk, actor=None).order


ENDPOINTS: dict[str, tuple[int, Callable[[Shop], tuple[Any, ...]]]] = {
    "me": (3, lambda shop: (shop.customers.get, f"{V1}/users/me")),
    "addresses": (3, lambda shop: (shop.customers.get, f"{V1}/users/me/addresses")),
    "address": (2, lambda shop: (shop.customers.get, _address(shop))),
    "change address": (6, lambda shop: (shop.customers.patch, _address(shop), {"city": "Sfax"})),
    "add address": (9, lambda shop: (shop.customers.post, f"{V1}/users/me/addresses", postal())),
    "delete address": (7, lambda shop: (shop.customers.delete, _address(shop))),
    "change profile": (6, lambda shop: (shop.customers.patch, f"{V1}/users/me", {"phone": "1"})),
    "log in": (9, lambda shop: (shop.customers.post, f"{V1}/auth/login", _credentials(shop))),
    "refresh": (12, lambda shop: (shop.customers.post, f"{V1}/auth/refresh", _refresh(shop))),
    "log out": (12, lambda shop: (shop.customers.post, f"{V1}/auth/logout", _refresh(shop))),
    "sessions": (3, lambda shop: (shop.customers.get, f"{V1}/users/me/sessions")),
    "end session": (4, lambda shop: (shop.customers.delete, _session(shop))),
    "categories": (3, lambda shop: (shop.customers.get, f"{V1}/categories")),
    "category": (3, lambda shop: (shop.customers.get, f"{V1}/categories/{_category(shop)}")),
    "products": (4, lambda shop: (shop.customers.get, f"{V1}/products")),
    "products of a category": (6, lambda shop: (shop.customers.get, f"{V1}/products?category={_category(shop)}")),
    "products narrowed": (4, lambda shop: (shop.customers.get, f"{V1}/products?q=mint&in_stock=true&ordering=price")),
    "upload": (10, lambda shop: (shop.staff.post, f"{_product(shop)}/images", {"images": [_picture()]}, "multipart")),
    "change picture": (8, lambda shop: (shop.staff.patch, _image(shop), {"alt_en": "A glass", "is_primary": True})),
    "delete picture": (8, lambda shop: (shop.staff.delete, _image(shop))),
    "product": (3, lambda shop: (shop.customers.get, f"{V1}/products/{shop.variants[0].product.slug}")),
    "cart": (7, lambda shop: (shop.customers.get, f"{V1}/cart")),
    "add item": (16, lambda shop: (shop.customers.post, f"{V1}/cart/items", _item(shop))),
    "change item": (15, lambda shop: (shop.customers.patch, _line(shop), {"quantity": 2})),
    "accept price": (12, lambda shop: (shop.customers.put, f"{_line(shop)}/price", _price(shop))),
    "delete item": (13, lambda shop: (shop.customers.delete, _line(shop))),
    "checkout": (7, lambda shop: (shop.customers.get, f"{V1}/checkout")),
    "change checkout": (12, lambda shop: (shop.customers.patch, f"{V1}/checkout", {"shipping_method": "standard"})),
    "place": (19, lambda shop: (shop.customers.post, f"{V1}/checkout/place")),
    "orders": (3, lambda shop: (shop.customers.get, f"{V1}/orders")),
    "orders for staff": (3, lambda shop: (shop.staff.get, f"{V1}/orders?status=processing")),
    "order": (10, lambda shop: (shop.customers.get, f"{V1}/orders/{shop.order.pk}")),
    "tracking": (7, lambda shop: (shop.customers.get, f"{V1}/orders/{shop.order.pk}/tracking")),
    "track": (7, lambda shop: (shop.customers.get, f"{V1}/orders/track", _names(shop))),
    "cancel": (28, lambda shop: (shop.customers.post, f"{V1}/orders/{_placed(shop)}/cancel")),
    "edit": (37, lambda shop: (shop.staff.patch, f"{V1}/orders/{_placed(shop)}", _edit(shop))),
    "back to cart": (37, lambda shop: (shop.customers.post, f"{V1}/orders/{_waiting(shop)}/back-to-cart")),
    "move on": (13, lambda shop: (shop.staff.put, f"{V1}/orders/{_placed(shop)}/status", {"status": "processing"})),
    "ship": (23, lambda shop: (shop.staff.post, f"{V1}/orders/{_placed(shop)}/shipments", {})),
    "deliver": (30, lambda shop: (shop.staff.post, f"{V1}/shipments/{_parcel(shop)}/deliver")),
    "limit backorders": (16, lambda shop: (shop.staff.put, f"{V1}/stock-items/backorder-limit", _new_place(shop))),
    "notices": (2, lambda shop: (shop.customers.get, f"{V1}/stock-notices")),
    "ask for a notice": (11, lambda shop: (shop.customers.post, f"{V1}/stock-notices", _sold_out(shop))),
    "payments": (4, lambda shop: (shop.customers.get, f"{V1}/payments")),
    "payment": (3, lambda shop: (shop.customers.get, _payment(shop))),
    "capture": (17, lambda shop: (shop.staff.post, f"{_payment(shop)}/capture")),
    "refund": (17, lambda shop: (shop.staff.post, f"{_captured(shop)}/refund", {"amount": "0.01"})),
}


def _image(shop: Shop) -> str:
    image = shop.variants[0].product.images.filter(is_primary=False).order_by("position", "id")[0]
    return f"{_product(shop)}/images/{image.public_id}"


def _address(shop: Shop) -> str:
    return f"{V1}/users/me/addresses/{shop.customer.addresses.order_by('created_at')[0].pk}"


def _session(shop: Shop) -> str:
    for _number in range(shop.size):
        issue_tokens(shop.customer)
    return f"{V1}/users/me/sessions/{shop.customer.login_sessions.all()[0].pk}"


def _credentials(shop: Shop) -> dict[str, str]:
    return {"login": str(shop.customer.email), "password": "a-good-password-1"}


def _refresh(shop: Shop) -> dict[str, str]:
    return {"refresh": issue_tokens(shop.customer).refresh}


def _category(shop: Shop) -> str:
    return shop.variants[0].product.category.parent.slug


def _product(shop: Shop) -> str:
    return f"{V1}/products/{shop.variants[0].product.slug}"


def _picture() -> SimpleUploadedFile:
    return upload(picture(size=(20, 20)))


def _item(shop: Shop) -> dict[str, str]:
    return {"variant_id": str(shop.variants[0].pk)}


def _new_place(shop: Shop) -> dict[str, Any]:
    return {"sku": VariantFactory().sku, "location": LocationFactory().code, "limit": 3}


def _sold_out(shop: Shop) -> dict[str, str]:
    for variant in shop.variants:
        variant.stock_items.update(on_hand=F("reserved"))
        ask_notice(variant_id=variant.pk, email="", customer=UserFactory())
    return _item(shop)


def _price(shop: Shop) -> dict[str, Any]:
    return {"price": shop.cart.lines.all()[0].variant.price.as_dict()}


def _line(shop: Shop) -> str:
    return f"{V1}/cart/items/{shop.cart.lines.all()[0].pk}"


def _names(shop: Shop) -> dict[str, str]:
    return {"number": shop.order.number, "email": shop.order.email}


def _placed(shop: Shop) -> str:
    return str(place_order(cart_id=shop.cart.pk, actor=None).order.pk)


def _edit(shop: Shop) -> dict[str, Any]:
    lines = [
        {"id": str(pk), "quantity": 2} for pk in Order.objects.latest("placed_at").lines.values_list("pk", flat=True)
    ]
    return {"lines": lines, "items": [{"sku": variant.sku} for variant in shop.variants]}


def _waiting(shop: Shop) -> str:
    set_checkout_details(cart_id=shop.cart.pk, details=details_of(payment_provider="bank_transfer"))
    return _placed(shop)


def _parcel(shop: Shop) -> str:
    return str(ship_order(order_id=place_order(cart_id=shop.cart.pk, actor=None).order.pk, actor=None).pk)


def _payment(shop: Shop) -> str:
    return f"{V1}/payments/{shop.order.payments.get().pk}"


def _captured(shop: Shop) -> str:
    address = _payment(shop)
    assert shop.staff.post(f"{address}/capture").status_code == 200
    return address


def sent(shop: Shop, name: str) -> int:
    """The queries of one request, what it takes to get there left out."""
    call, *arguments = ENDPOINTS[name][1](shop)
    with CaptureQueriesContext(connection) as queries:
        response = call(*arguments)
    assert response.status_code < 300, response.content
    return len(queries)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_queries_are_few_and_do_not_grow(name: str) -> None:
    expected = ENDPOINTS[name][0]
    assert (sent(Shop(2), name), sent(Shop(5), name)) == (expected, expected)
