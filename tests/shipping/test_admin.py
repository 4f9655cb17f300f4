"""Staff delivers parcels and keeps the shipping methods."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse

from shipping.models import ShippingMethod
from tests.factories.checkout import completed_order, shipped_order
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import errors_of, filled_in, messages_of, staff_client

pytestmark = pytest.mark.django_db


class TestDelivering:
    def test_completes_the_order_and_collects_the_cash(self) -> None:
        order, shipment = shipped_order()

        page = staff_client().post(reverse("admin:shipping_shipment_deliver", args=[shipment.pk]), follow=True)

        order.refresh_from_db()
        shipment.refresh_from_db()
        assert shipment.status == "delivered"
        assert (order.status, order.payment_status) == ("completed", "paid")
        assert page.request["PATH_INFO"] == reverse("admin:orders_order_change", args=[order.pk])
        assert messages_of(page) == ["The parcel is delivered."]

    def test_changes_nothing_by_looking(self) -> None:
        _order, shipment = shipped_order()

        assert staff_client().get(reverse("admin:shipping_shipment_deliver", args=[shipment.pk])).status_code == 200
        shipment.refresh_from_db()
        assert shipment.status == "shipped"

    def test_happens_once(self) -> None:
        shipment = completed_order().shipments.get()

        page = staff_client().post(reverse("admin:shipping_shipment_deliver", args=[shipment.pk]), follow=True)

        assert messages_of(page) == ["This step is not possible in the current state."]

    def test_is_not_for_who_may_only_look(self) -> None:
        _order, shipment = shipped_order()
        client = staff_client("shipping.view_shipment")
        deliver = reverse("admin:shipping_shipment_deliver", args=[shipment.pk])

        page = client.get(reverse("admin:shipping_shipment_change", args=[shipment.pk]))

        assert deliver not in page.content.decode()
        assert client.post(deliver).status_code == 403
        shipment.refresh_from_db()
        assert shipment.status == "shipped"


class TestShippingMethods:
    def save(self, method: ShippingMethod, **changes: Any) -> HttpResponse:
        client, address = staff_client(), reverse("admin:shipping_shippingmethod_change", args=[method.pk])
        return client.post(address, filled_in(client.get(address), **changes))

    def test_have_their_price_in_major_units(self) -> None:
        method = ShippingMethodFactory()

        response = self.save(method, price="7.25 USD", free_from="100 USD", countries=["FR", "TN"])

        method.refresh_from_db()
        assert response.status_code == 302
        assert (method.price_minor, method.free_from_minor, method.countries) == (725, 10000, ["FR", "TN"])

    def test_lose_what_is_left_empty(self) -> None:
        method = ShippingMethodFactory(free_from_minor=5000, countries=["FR"])

        self.save(method, free_from="", countries=[])

        method.refresh_from_db()
        assert (method.free_from_minor, method.countries) == (None, [])

    def test_have_all_amounts_in_one_currency(self) -> None:
        response = self.save(ShippingMethodFactory(), free_from="100 EUR")

        assert "Give all amounts in the same currency." in errors_of(response)

    def test_take_at_most_as_many_days_as_at_least(self) -> None:
        response = self.save(ShippingMethodFactory(), min_days="5", max_days="2")

        assert "This is less than the days at least." in errors_of(response)
