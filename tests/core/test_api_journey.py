"""The whole way through the API alone: a guest buys, staff ships, the parcel arrives."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from inventory.models import StockItem
from tests.api import V1, client_of, client_with_cart, given
from tests.factories.accounts import StaffFactory, postal
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory

pytestmark = pytest.mark.django_db


def test_a_guest_buys_staff_ships_and_the_parcel_arrives(api: APIClient) -> None:
    TaxRateFactory()
    ShippingMethodFactory()
    variant = stocked_variant(5, price_minor=1999)

    [product] = given(api.get(f"{V1}/products", {"in_stock": "true"}))
    detail = given(api.get(f"{V1}/products/{product['slug']}"))
    [offered] = detail["variants"]
    assert offered["id"] == str(variant.pk)

    cart = given(api.post(f"{V1}/cart/items", {"variant_id": offered["id"], "quantity": 2}), 201)
    guest = client_with_cart(cart["token"])
    checkout = given(
        guest.patch(f"{V1}/checkout", {"email": "guest@souk.example", "shipping_address": postal(country="us")})
    )
    assert checkout["missing_step"] == "delivery"
    [method], [provider, *_others] = checkout["shipping_methods"], checkout["payment_providers"]
    choices = {"shipping_method": method["code"], "payment_provider": provider["code"]}
    checkout = given(guest.patch(f"{V1}/checkout", choices))
    assert checkout["missing_step"] is None
    total = checkout["cart"]["totals"]["total"]
    assert total == {"amount": "48.69", "currency": "USD"}  # 2 × 19.99 + 5.00, and 8.25 % of each

    order = given(guest.post(f"{V1}/checkout/place", {"expected_total": total}), 201)
    assert (order["status"], order["total"]) == ("confirmed", total)
    again = given(guest.post(f"{V1}/checkout/place", {"expected_total": Decimal("48.69")}), 200)
    assert again["id"] == order["id"]

    staff = client_of(StaffFactory())
    [waiting] = given(staff.get(f"{V1}/orders", {"status": "confirmed"}))
    parcel = given(staff.post(f"{V1}/orders/{waiting['id']}/shipments", {"tracking_number": "1Z999"}), 201)
    tracked = given(api.get(f"{V1}/orders/track", {"number": order["number"].lower(), "email": "GUEST@souk.example"}))
    assert [shipment["tracking_number"] for shipment in tracked["shipments"]] == ["1Z999"]
    assert tracked["fulfilment_status"] == "shipped"

    given(staff.post(f"{V1}/shipments/{parcel['id']}/deliver"))
    done = given(api.get(f"{V1}/orders/{order['id']}", {"token": order["link_token"]}))
    assert (done["status"], done["payment_status"], done["fulfilment_status"]) == ("completed", "paid", "delivered")
    stock = StockItem.objects.get()
    assert (stock.on_hand, stock.reserved) == (3, 0)
