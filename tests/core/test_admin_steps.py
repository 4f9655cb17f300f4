"""Steps of staff: a page that is sent twice has one effect, and what somebody changed meanwhile is not undone."""

import pytest
from django.test import Client
from django.urls import reverse

from inventory.models import StockItem
from payments.models import PaymentTransaction
from tests.factories.checkout import completed_order
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.staff import messages_of, staff_client

pytestmark = pytest.mark.django_db(transaction=True)


def opened(client: Client, address: str) -> dict[str, str]:
    """The hidden values of a step's page."""
    page = client.get(address)
    hidden = {bound.html_name: bound.value() for bound in page.context["form"].hidden_fields()}
    return hidden | {"once": str(page.context["once"])}


def test_a_refund_that_is_sent_twice_is_recorded_once() -> None:
    payment = completed_order().payments.get()
    client, address = staff_client(), reverse("admin:payments_payment_refund", args=[payment.pk])
    form = opened(client, address) | {"amount": "5 USD", "goodwill": "on"}

    assert client.post(address, form).status_code == 302
    again = client.post(address, form, follow=True)

    assert "This was done already." in messages_of(again)
    assert PaymentTransaction.objects.filter(kind="refund").count() == 1
    assert client.post(address, form | opened(client, address)).status_code == 302
    assert PaymentTransaction.objects.filter(kind="refund").count() == 2


def test_a_receipt_that_is_sent_twice_counts_once() -> None:
    variant, location = stocked_variant(3), LocationFactory()
    client, address = staff_client(), reverse("admin:inventory_stockitem_receive")
    form = opened(client, address) | {"variant": str(variant.pk), "location": str(location.pk), "quantity": "5"}
    for _twice in range(2):
        client.post(address, form)
    assert StockItem.objects.get(variant=variant, location=location).on_hand == 8


def test_a_step_that_was_refused_can_be_sent_again_with_other_values() -> None:
    payment = completed_order().payments.get()
    client, address = staff_client(), reverse("admin:payments_payment_refund", args=[payment.pk])
    form = opened(client, address) | {"amount": "5 USD"}
    assert client.post(address, form).status_code == 200
    assert client.post(address, form | {"goodwill": "on"}).status_code == 302


def test_a_backorder_limit_that_was_changed_meanwhile_is_told() -> None:
    item = StockItem.objects.get(variant=stocked_variant(3))
    client, address = staff_client(), reverse("admin:inventory_stockitem_limit_backorders", args=[item.pk])
    first, second = opened(client, address), opened(client, address)
    assert client.post(address, first | {"limit": "7"}).status_code == 302

    refused = client.post(address, second | {"limit": "2"})

    assert "Somebody set another limit meanwhile" in str(refused.context["form"].errors["limit"])
    item.refresh_from_db()
    assert item.backorder_limit == 7
