"""The admin's first page: what is to be done today, for whoever may see it."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from checkout.services.cancel_order import cancel_order
from orders.admin.dashboard import orders_to_refund
from orders.models import Order
from payments.services import capture_payment, refund_payment
from tests.factories.accounts import StaffFactory
from tests.factories.checkout import completed_order, confirmed_order, order_awaiting_transfer
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

FIRST_PAGE = reverse("admin:index")


@pytest.fixture
def to_refund() -> Order:
    """A transfer that arrived for an order that was then cancelled."""
    order = order_awaiting_transfer()
    capture_payment(payment_id=order.payments.get().pk, actor=None)
    cancel_order(order_id=order.pk, actor=None)
    order.refresh_from_db()
    return order


def test_orders_of_which_money_is_to_be_given_back_are_counted_and_listed(to_refund: Order) -> None:
    completed_order()
    client = staff_client()

    page = client.get(FIRST_PAGE)
    assert (page.context["to_refund_count"], list(orders_to_refund())) == ("1", [to_refund])
    assert str(to_refund.to_refund) == str(to_refund.total)
    assert to_refund.number in page.text

    listed = client.get(reverse("admin:orders_order_changelist"), {"todo": "refund"})
    assert list(listed.context["cl"].result_list) == [to_refund]


def test_what_was_given_back_is_no_longer_to_be_refunded(to_refund: Order) -> None:
    refund_payment(payment_id=to_refund.payments.get().pk, amount=to_refund.total, actor=None, beyond_owed=False)
    assert list(orders_to_refund()) == []


def test_the_list_of_what_is_to_be_refunded_agrees_with_each_order(to_refund: Order) -> None:
    part = order_awaiting_transfer()
    capture_payment(payment_id=part.payments.get().pk, actor=None)
    refund_payment(payment_id=part.payments.get().pk, amount=part.total, actor=None)
    orders = [to_refund, part, completed_order(), confirmed_order()]
    listed = set(orders_to_refund())
    assert {order for order in Order.objects.filter(pk__in=[one.pk for one in orders]) if order.to_refund} == listed


@pytest.mark.parametrize(
    "permissions",
    [
        ["accounts.view_address"],
        ["orders.view_order"],
        ["core.view_failedtask"],
        ["inventory.view_stockitem"],
        ["catalog.change_product", "pricing.view_taxzone"],
    ],
)
def test_the_first_page_opens_for_staff_with_few_permissions(permissions: list[str]) -> None:
    assert staff_client(*permissions).get(FIRST_PAGE).status_code == 200


def test_the_first_page_opens_for_staff_whose_group_has_no_permission_yet() -> None:
    newcomer = StaffFactory(is_superuser=False)
    newcomer.groups.add(Group.objects.create(name="Newcomers"))
    client = Client()
    client.force_login(newcomer)

    page = client.get(FIRST_PAGE)

    assert page.status_code == 200
    assert "Please ask an administrator to put you into a group." in page.text


def test_the_first_page_takes_no_more_queries_with_more_orders(to_refund: Order) -> None:
    client = staff_client()

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get(FIRST_PAGE)
        return len(seen)

    few = queries()
    for _number in range(3):
        completed_order()
        confirmed_order()
    assert queries() == few
