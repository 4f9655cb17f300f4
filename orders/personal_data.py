"""Orders of a person: what was bought for how much stays, for the law; who bought it goes."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit.services import redact_changes
from core.db.locking import lock_rows
from core.errors import DomainError
from core.models import IdempotentRequest
from core.personal_data import ERASED, Person, PersonalData, Row
from orders.models import Order, OrderAdjustment, OrderLine, OrderTransition
from orders.states import OrderStatus

_PERSONAL = ["email", "shipping_address", "billing_address", "tax_id"]
_FINISHED = (OrderStatus.COMPLETED, OrderStatus.CANCELLED)
_FIELDS = (
    "number",
    "placed_at",
    "status",
    "payment_status",
    "fulfilment_status",
    "email",
    "language",
    "currency",
    "subtotal_minor",
    "discount_minor",
    "shipping_minor",
    "tax_minor",
    "total_minor",
    "paid_minor",
    "refunded_minor",
    "shipping_address",
    "billing_address",
    "tax_id",
    "shipping_method_name",
    "payment_provider",
)
_LINE_FIELDS = (
    "order__number",
    "position",
    "sku",
    "name",
    "variant_name",
    "quantity",
    "unit_price_minor",
    "discount_minor",
    "total_minor",
)
_ADJUSTMENT_FIELDS = ("order__number", "kind", "source", "code", "line__sku", "units", "amount_minor", "reason")
_HISTORY_FIELDS = ("order__number", "created_at", "kind", "from_state", "to_state", "note")


class OpenOrders(DomainError):
    """Orders that are still to be delivered or paid need a name and an address."""

    code = "open_orders"
    message = _("There are orders that are not finished. Please wait for them or cancel them first.")


class OrdersOfPerson(PersonalData):
    """Numbers, lines, amounts and history are kept; e-mail address, names, streets and phones are not."""

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        orders = orders_about(person)
        yield "orders", orders.order_by("placed_at", "id").values(*_FIELDS).iterator()
        lines = OrderLine.objects.filter(order__in=orders).order_by("order_id", "position")
        yield "order_lines", lines.values(*_LINE_FIELDS).iterator()
        adjustments = OrderAdjustment.objects.filter(order__in=orders).order_by("order_id", "created_at", "id")
        yield "order_adjustments", adjustments.values(*_ADJUSTMENT_FIELDS).iterator()
        history = OrderTransition.objects.filter(order__in=orders).order_by("order_id", "created_at", "id")
        yield "order_history", history.values(*_HISTORY_FIELDS).iterator()

    def lock_for_erasure(self, person: Person) -> None:
        orders = lock_rows(orders_about(person))
        if unfinished := [order.number for order in orders if order.status not in _FINISHED]:
            raise OpenOrders(details={"orders": unfinished})

    def erase(self, person: Person) -> None:
        orders = list(orders_about(person))
        for order in orders:
            order.email = order.tax_id = ""
            order.shipping_address = _without_person(order.shipping_address)
            order.billing_address = _without_person(order.billing_address)
        Order.objects.bulk_update(orders, _PERSONAL)
        redact_changes(model="orders.order", object_ids=[order.pk for order in orders], columns=_PERSONAL)
        IdempotentRequest.objects.filter(caller__in=[f"cart:{order.cart_id}" for order in orders]).delete()


def orders_about(person: Person) -> QuerySet[Order]:
    """Orders of the account, and those that a guest placed with an address that is known to be the person's."""
    mine = Q(customer=person.id)
    return Order.objects.filter(mine | Q(customer=None, email__iexact=person.email) if person.email else mine)


def _without_person(address: dict[str, Any]) -> dict[str, Any]:
    """What taxes depend on stays: the country."""
    return {"full_name": ERASED, "line1": ERASED, "city": ERASED, "country": address.get("country", "")}
