"""An order that came from another shop is shown like any other, whatever it was paid with there."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from orders.selectors import order_link_token
from tests.factories.accounts import UserFactory
from tests.factories.checkout import confirmed_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported() -> Order:
    order = confirmed_order(customer=UserFactory())
    Order.objects.filter(pk=order.pk).update(payment_provider="cheque", source="oldshop", source_key="1")
    order.refresh_from_db()
    return order


def test_its_tracking_page_opens(client: Client, imported: Order) -> None:
    page = client.get(reverse("orders:tracking", args=[order_link_token(imported.pk)]))
    assert page.status_code == 200


def test_its_customer_sees_it_in_the_account(client: Client, imported: Order) -> None:
    client.force_login(imported.customer)
    assert client.get(reverse("accounts:order", args=[imported.number])).status_code == 200
