"""Where an order stood at its source is where it stands in the shop: money, parcels, histories and staff's lists."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from checkout.services.cancel_order import cancel_order
from core.integrity import make_check, registered
from notifications.models import Message
from orders.admin.dashboard import orders_awaiting_payment, orders_to_ship
from orders.models import Order
from payments.models import PaymentTransaction
from tests.etl.corner_shop import account, reasons
from tests.etl.test_integrity import broken
from tests.etl.told_shop import STATES, ToldShop

pytestmark = pytest.mark.django_db

# Of the order that is asked about: freight 1.00 and one line of 2.00.
TOTAL = 300


@pytest.fixture
def told(tmp_path: Path) -> ToldShop:
    return ToldShop(tmp_path)


def add(told: ToldShop, status: str | None, **columns: Any) -> None:
    told.add_order(600, Status=status, **columns)
    told.add_line(600, 1)


def moved(told: ToldShop, status: str, **columns: Any) -> Order:
    add(told, status, **columns)
    told.move_in()
    return Order.objects.get(number="600")


def standing(order: Order) -> tuple[str, str, str]:
    return order.status, order.payment_status, order.fulfilment_status


def to_refund() -> list[str]:
    return [order.number for order in Order.objects.all() if order.due.minor < 0]


PAID = {"PaidDate": "2020-01-02"}
SENT = {"ShippedDate": "2020-01-03"}


@pytest.mark.parametrize(
    ("status", "columns", "expected"),
    [
        ("new", {}, ("pending", "unpaid", "unfulfilled")),
        ("new", PAID, ("confirmed", "paid", "unfulfilled")),
        ("paid", PAID, ("confirmed", "paid", "unfulfilled")),
        ("paid", {}, ("confirmed", "unpaid", "unfulfilled")),
        ("packing", PAID, ("processing", "paid", "unfulfilled")),
        ("sent", PAID | SENT, ("processing", "paid", "shipped")),
        ("sent", {}, ("processing", "unpaid", "shipped")),
        ("arrived", PAID | SENT, ("completed", "paid", "delivered")),
        ("arrived", SENT, ("processing", "unpaid", "delivered")),
        ("complete", {}, ("completed", "paid", "delivered")),
        ("cancelled", {}, ("cancelled", "unpaid", "unfulfilled")),
        ("CANCELLED ", PAID, ("cancelled", "refunded", "unfulfilled")),
        ("cancelled", PAID | SENT, ("cancelled", "refunded", "unfulfilled")),
        ("cancelled", PAID | {"Refunded": "1.25"}, ("cancelled", "partially_refunded", "unfulfilled")),
        ("refunded", {}, ("cancelled", "refunded", "unfulfilled")),
        ("refunded", PAID | SENT, ("completed", "refunded", "delivered")),
        ("refunded", {"Refunded": "3"}, ("cancelled", "refunded", "unfulfilled")),
        ("part refunded", {"Refunded": "1.25"}, ("completed", "partially_refunded", "delivered")),
        ("part refunded", PAID | SENT | {"Refunded": "1.25"}, ("completed", "partially_refunded", "delivered")),
        ("paid", PAID | {"Refunded": "1.25"}, ("confirmed", "partially_refunded", "unfulfilled")),
        ("paid", PAID | {"Refunded": "3.00"}, ("cancelled", "refunded", "unfulfilled")),
    ],
)
def test_an_order_stands_where_its_source_says(
    told: ToldShop, status: str, columns: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    order = moved(told, status, **columns)

    assert standing(order) == expected
    assert broken() == {}


@pytest.mark.parametrize(
    ("status", "columns"),
    [
        ("cancelled", {}),
        ("cancelled", PAID),
        ("refunded", {}),
        ("refunded", PAID | SENT),
        ("part refunded", PAID | {"Refunded": "1.25"}),
        ("paid", PAID | {"Refunded": "3"}),
    ],
)
def test_what_is_over_is_on_no_list_of_staff(told: ToldShop, status: str, columns: dict[str, Any]) -> None:
    moved(told, status, **columns)

    assert "600" not in {order.number for order in orders_to_ship()}
    assert "600" not in {order.number for order in orders_awaiting_payment()}
    assert "600" not in to_refund()


def test_a_cancelled_order_of_which_the_source_kept_the_money_is_to_be_refunded(told: ToldShop) -> None:
    order = moved(told, "cancelled", Refunded="0", **PAID)

    assert (standing(order), to_refund()) == (("cancelled", "paid", "unfulfilled"), ["600"])


def test_the_ledger_has_what_came_and_what_went_back_at_their_dates(told: ToldShop) -> None:
    order = moved(told, "part refunded", Refunded="1.25", RefundedDate="2020-01-09", **PAID, **SENT)

    entries = PaymentTransaction.objects.filter(payment__order=order).order_by("created_at")
    assert [(entry.kind, entry.amount_minor, f"{entry.created_at:%d}") for entry in entries] == [
        ("capture", TOTAL, "02"),
        ("refund", 125, "09"),
    ]
    assert (order.paid_minor, order.refunded_minor) == (TOTAL, 125)


def test_a_cancelled_order_tells_its_history(told: ToldShop) -> None:
    order = moved(told, "cancelled", CancelledDate="2020-01-05", **PAID)

    steps = [(step.kind, step.from_state, step.to_state, f"{step.created_at:%d}") for step in order.transitions.all()]
    assert steps == [
        ("status", "", "confirmed", "01"),
        ("payment", "unpaid", "paid", "02"),
        ("payment", "paid", "refunded", "05"),
        ("status", "confirmed", "cancelled", "05"),
    ]


@pytest.mark.parametrize("status", ["on hold", "Storniert", "cancelled?"])
def test_an_unknown_state_rejects_its_order_with_the_remedy(told: ToldShop, status: str) -> None:
    add(told, status)
    run = told.move_in()

    assert reasons(run, "order") == [("600", "unknown_state", "Status", status)]
    assert run.rejections.get(entity="order").message == (
        f"Status is “{status}”, which is no state that the mapping knows; add it to the mapping's table states as one"
        " of: pending, confirmed, processing, shipped, delivered, completed, cancelled, refunded, partially_refunded."
    )
    assert not Order.objects.filter(number="600").exists()


@pytest.mark.parametrize("status", [None, "", " \u00a0"])
def test_an_order_without_a_state_is_not_guessed(told: ToldShop, status: str | None) -> None:
    add(told, status)

    assert reasons(told.move_in(), "order") == [("600", "missing", "Status", None)]


def test_words_of_the_shop_need_no_table(told: ToldShop) -> None:
    told.columns("order")["state"] = "Status"
    told.sql("UPDATE Orders SET Status = 'completed'")
    add(told, "Half done")
    run = told.move_in()

    assert reasons(run, "order") == [("600", "unknown_state", "Status", "Half done")]
    assert "use one of: pending" in run.rejections.get(entity="order").message
    assert account(run, "order")[1] == 3


@pytest.mark.parametrize(
    ("status", "refunded", "reason"),
    [
        ("cancelled", "3.01", "too_large"),
        ("refunded", "2.99", "refund_mismatch"),
        ("part refunded", None, "refund_mismatch"),
        ("part refunded", "0", "refund_mismatch"),
        ("refunded", "-1", "too_small"),
    ],
)
def test_a_refund_that_does_not_fit_rejects_its_order(
    told: ToldShop, status: str, refunded: str | None, reason: str
) -> None:
    add(told, status, Refunded=refunded)

    [(key, found, column, value)] = reasons(told.move_in(), "order")
    assert (key, found, column.lower(), value) == ("600", reason, "refunded", refunded)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("new", {}), ("paid", PAID), ("confirmed", "paid", "unfulfilled")),
        (("new", {}), ("cancelled", {}), ("cancelled", "unpaid", "unfulfilled")),
        (("new", {}), ("complete", SENT), ("completed", "paid", "delivered")),
        (("paid", PAID), ("cancelled", PAID), ("cancelled", "refunded", "unfulfilled")),
        (("packing", PAID), ("refunded", PAID), ("cancelled", "refunded", "unfulfilled")),
        (("sent", PAID | SENT), ("arrived", PAID | SENT), ("completed", "paid", "delivered")),
        (("complete", SENT), ("refunded", SENT), ("completed", "refunded", "delivered")),
        (
            ("part refunded", {"Refunded": "1"}),
            ("part refunded", {"Refunded": "2"}),
            ("completed", "partially_refunded", "delivered"),
        ),
        (("part refunded", SENT | {"Refunded": "1"}), ("refunded", SENT), ("completed", "refunded", "delivered")),
    ],
)
def test_a_later_state_follows(
    told: ToldShop,
    before: tuple[str, dict[str, Any]],
    after: tuple[str, dict[str, Any]],
    expected: tuple[str, str, str],
) -> None:
    moved(told, before[0], **before[1])
    told.sql("DELETE FROM Orders WHERE OrderID = 600")
    told.add_order(600, Status=after[0], **after[1])
    run = told.move_in()

    assert account(run, "order")[2:] == (1, 3, 0)
    assert standing(Order.objects.get(number="600")) == expected
    assert broken() == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [("complete", "cancelled"), ("sent", "cancelled"), ("arrived", "sent"), ("cancelled", "paid"), ("packing", "new")],
)
def test_what_happened_is_not_undone(told: ToldShop, before: str, after: str) -> None:
    held = standing(moved(told, before, **PAID))
    told.sql("UPDATE Orders SET Status = ? WHERE OrderID = 600", after)
    run = told.move_in()

    assert [reason for _key, reason, *_ in reasons(run, "order")] == ["state_conflict"]
    assert standing(Order.objects.get(number="600")) == held


def test_an_order_that_staff_and_the_source_cancelled_is_cancelled_once(told: ToldShop) -> None:
    order = moved(told, "paid")
    cancel_order(order_id=order.pk, actor=None, note="")
    told.sql("UPDATE Orders SET Status = 'cancelled' WHERE OrderID = 600")
    run = told.move_in()

    assert account(run, "order") == (4, 0, 1, 3, 0)
    assert order.transitions.filter(to_state="cancelled").count() == 1
    assert broken() == {}


def test_no_state_of_any_order_sends_a_mail(told: ToldShop) -> None:
    for number, status in enumerate(STATES, start=600):
        told.add_order(
            number, Status=status, Refunded="0.5" if status == "part refunded" else None, Email="a@example.com"
        )
    told.move_in()

    assert Order.objects.filter(email="a@example.com").count() == len(STATES)
    assert (mail.outbox, Message.objects.count()) == ([], 0)
    assert all(not make_check(check, limit=3).violations for check in registered().values())
