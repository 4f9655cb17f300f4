"""The statements of check_integrity derive states by the very rules of the services, in whatever case."""

from decimal import Decimal
from random import Random

import pytest
from django.db import connection

from core import clock
from core.integrity import make_check, registered
from core.money import Money
from orders.models import Order, OrderLine
from orders.services import record_payment_totals
from payments.ledger import recompute
from payments.models import Payment, PaymentTransaction
from payments.states import PaymentState
from pricing.calculator import tax_on
from shipping import services as shipping
from shipping.models import Shipment, ShipmentLine
from shipping.states import ShipmentState
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

CASES = 150


def orders_with_lines(count: int) -> list[Order]:
    """Copies of an order with three lines of some units each, whose states nothing has derived yet."""
    pattern = confirmed_order(variant=stocked_variant(50))
    line = pattern.lines.get()
    made = []
    for number in range(count):
        order = Order.objects.get(pk=pattern.pk)
        order.pk, order.cart_id, order.number = Order().pk, None, f"CASE-{number}"
        order.save(force_insert=True)
        for position in (1, 2, 3):
            line.pk, line.order, line.position, line.quantity = (
                OrderLine().pk,
                order,
                position,
                1 + (number + position) % 3,
            )
            line.total_minor = line.unit_price_minor * line.quantity
            line.save(force_insert=True)
        made.append(order)
    return made


def broken(code: str) -> set[str]:
    outcome = make_check(registered()[code], limit=CASES)
    assert outcome.error == ""
    return {example.subject for example in outcome.examples}


def test_payment_statuses_follow_from_the_ledger_as_the_services_derive_them() -> None:
    chance, seen = Random(4), set()
    for order in orders_with_lines(CASES):
        for _ in range(chance.randrange(4)):
            pay_somehow(order, chance)
        recompute(order, None)
        seen.add(order.payment_status)

    assert seen == {"unpaid", "authorized", "partially_paid", "paid", "partially_refunded", "refunded"}
    assert broken("payments.of_orders") == set()


def pay_somehow(order: Order, chance: Random) -> None:
    amount = chance.choice([order.total_minor, order.total_minor // 2, 1])
    payment = Payment.objects.create(
        order=order, provider="bank_transfer", currency=order.currency, amount_minor=amount,
        status=chance.choice([PaymentState.PENDING, PaymentState.AUTHORIZED, PaymentState.CAPTURED]),
    )  # fmt: skip
    if payment.status == PaymentState.CAPTURED:
        for kind, part in (("capture", amount), ("refund", chance.choice([0, 0, amount // 2, amount]))):
            if part:
                PaymentTransaction.objects.create(
                    payment=payment, kind=kind, amount_minor=part, provider=payment.provider, door="command"
                )


def test_another_status_than_the_services_derive_is_named() -> None:
    [order] = orders_with_lines(1)
    record_payment_totals(order=order, authorized=order.total_minor, promised=0, paid=0, refunded=0, actor=None)

    assert broken("payments.of_orders") == {"CASE-0"}


def test_fulfilment_statuses_follow_from_the_parcels_as_the_services_derive_them() -> None:
    chance, seen = Random(5), set()
    for order in orders_with_lines(CASES):
        if parcels := send_somehow(order, chance):
            # Recording that one arrived derives the order's status from all of them.
            shipping.deliver_shipment(order=order, shipment_id=parcels[0].pk, actor=None, now=clock.now())
        seen.add(order.fulfilment_status)

    assert seen == {"unfulfilled", "partially_shipped", "shipped", "delivered"}
    assert broken("shipping.fulfilment") == set()


def send_somehow(order: Order, chance: Random) -> list[Shipment]:
    """Parcels of whole lines or parts, the first of them on the road."""
    whole, parcels = chance.random() < 0.6, []
    for line in order.lines.all():
        units = line.quantity if whole else chance.randint(0, line.quantity)
        if units and (whole or chance.random() < 0.7):
            state = chance.choice([ShipmentState.SHIPPED, *[ShipmentState.DELIVERED] * 3, ShipmentState.RETURNED])
            parcels.append(Shipment.objects.create(order=order, status=state if parcels else ShipmentState.SHIPPED))
            ShipmentLine.objects.create(shipment=parcels[-1], order_line=line, quantity=units)
    return parcels


@pytest.mark.parametrize("included", [True, False])
def test_taxes_are_rounded_as_the_calculator_rounds_them(included: bool) -> None:
    chance = Random(6)
    cases = [
        (chance.choice([1, 3, 5, 10, 50, 999, 10**6, 10**12]) * chance.randint(1, 999), Decimal(rate))
        for rate in ("0", "0.05", "0.055", "0.07", "0.12", "0.19", "0.2", "0.25", "0.5", "0.196078", "0.999999")
        for _ in range(40)
    ]
    [order] = orders_with_lines(1)
    Order.objects.filter(pk=order.pk).update(prices_include_tax=included)
    lines = []
    for position, (minor, rate) in enumerate(cases, start=10):
        tax = tax_on(Money(minor, "USD"), rate, included=included)
        lines.append(
            OrderLine(
                order=order, position=position, sku="x", name="x", unit_price_minor=minor, quantity=1, tax_rate=rate,
                total_minor=minor, tax_minor=tax.minor,
            )
        )  # fmt: skip
    OrderLine.objects.bulk_create(lines)

    assert broken("orders.line_totals") == set()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_orderline SET tax_minor = tax_minor + 1 WHERE id = %s", [lines[-1].pk])
    assert broken("orders.line_totals") == {f"{order.number} x"}
